"""Fills a new Keystone: argv[1] is its address. Prints what has got an id of its own."""
import json
import sys
import urllib.request

URL = sys.argv[1] + "/v3"


def ask(method, path, body=None, token=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["X-Auth-Token"] = token
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(URL + path, data, headers, method=method)
    with urllib.request.urlopen(request) as reply:
        text = reply.read()
        return (json.loads(text) if text else None), reply.headers


def token(user, password, domain, scope):
    user = {"name": user, "password": password, "domain": {"name": domain}}
    body = {"auth": {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": scope}}
    reply, headers = ask("POST", "/auth/tokens", body)
    return headers["X-Subject-Token"], reply["token"]["user"]["id"]


admin, _ = token("admin", "admin-pa55word", "Default", {"system": {"all": True}})


def make(kind, many, **body):
    reply, _ = ask("POST", "/" + many, {kind: body}, admin)
    return reply[kind]["id"]


def grant(role, user, project):
    ask("PUT", f"/projects/{project}/users/{user}/roles/{roles[role]}", token=admin)


for region in ("north", "south"):
    ask("PUT", f"/regions/{region}", {"region": {}}, admin)
identity = make("service", "services", type="identity", name="keystone")
for interface in ("public", "internal", "admin"):
    make("endpoint", "endpoints", service_id=identity, interface=interface, region_id="north", url=sys.argv[1])
roles = {role["name"]: role["id"] for role in ask("GET", "/roles", token=admin)[0]["roles"]}
site = make("domain", "domains", name="site")
metal = make("project", "projects", name="metal", domain_id=site)
spare = make("project", "projects", name="spare", domain_id=site)
service = make("project", "projects", name="service", domain_id="default")
ironic = make("user", "users", name="ironic", domain_id="default", password="ironic-pa55word")
grant("service", ironic, service)
grant("admin", ironic, service)
users = {}
for name, role in (("valence", "admin"), ("manager", "manager"), ("reader", "reader"), ("idle", None)):
    users[name] = make("user", "users", name=name, domain_id=site, password=f"{name}-pa55word")
    if role:
        grant(role, users[name], metal)
grant("reader", users["valence"], spare)
own, user = token("valence", "valence-pa55word", "site", {"project": {"id": metal}})
credential, _ = ask("POST", f"/users/{user}/application_credentials", {"application_credential": {
    "name": "registrar", "secret": "credential-pa55word"}}, own)
print(json.dumps({"credential": credential["application_credential"]["id"], "metal": metal, "site": site, "token": admin}))
