"""Names a node after the place it stands in, as `site-naming` does in Rust."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.mapping import Error_Denied
from wit_world.imports import provenance, settings


class Mapping(exports.Mapping):
    def map_node(self, registration, enrollment):
        pattern = json.loads(settings.get()).get("pattern", "{rack}-u{unit:02}")
        location = registration.location()
        if location.rack is None or location.unit is None:
            raise Err(Error_Denied(f"{registration.node_name()} has no place in a rack"))
        name = pattern.format(rack=location.rack, unit=location.unit)

        node = json.loads(enrollment.node)
        node["name"] = name.lower()
        enrollment.node = json.dumps(node)
        provenance.because("/node/name", f"pattern {pattern}")
        return enrollment
