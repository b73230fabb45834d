"""Puts Ironic into the catalogue: argv is Keystone's address and Ironic's."""
import sys

from keystoneauth1 import identity, session

KEYSTONE, IRONIC = sys.argv[1:]
auth = identity.V3Password(
    KEYSTONE + "/v3", username="admin", password="admin-pa55word", user_domain_id="default", system_scope="all")
admin = session.Session(auth=auth)


def make(kind, many, **body):
    reply = admin.post(f"{KEYSTONE}/v3/{many}", json={kind: body})
    return reply.json()[kind]["id"]


service = make("service", "services", type="baremetal", name="ironic")
for interface, region, url in (
    ("public", "north", IRONIC),
    ("internal", "north", IRONIC),
    ("public", "south", "http://192.0.2.1:6385"),
):
    make("endpoint", "endpoints", service_id=service, interface=interface, region_id=region, url=url)
