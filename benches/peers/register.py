"""Does with openstacksdk what the requests of a registration do.

A line of JSON a registration on standard input; the seconds that it took on
standard output.
"""

import json
import sys
import time
import urllib.parse

import openstack

api = openstack.connect().baremetal
# Finds the versions out and opens the connection.
list(api.nodes(limit=1))


def look_up(path):
    parts = urllib.parse.urlsplit(path)
    if parts.path == "/v1/ports":
        list(api.ports(**dict(urllib.parse.parse_qsl(parts.query))))
    else:
        api.find_node(parts.path.split("/")[-1])


def do(request):
    method, path, body = request["method"], request["path"], request["body"]
    if method == "GET":
        look_up(path)
    elif path == "/v1/nodes":
        api.create_node(provision_state="enroll", **body)
    elif path == "/v1/ports":
        api.create_port(**body)
    elif path.endswith("/traits"):
        api.set_node_traits(path.split("/")[-2], body["traits"])
    else:
        sys.exit(f"unknown request: {method} {path}")


for line in sys.stdin:
    asked = json.loads(line)
    requests = [
        request
        for request in asked["requests"]
        if asked["look_ups"] or request["method"] != "GET"
    ]
    begun = time.perf_counter()
    for request in requests:
        do(request)
    print(time.perf_counter() - begun, flush=True)
