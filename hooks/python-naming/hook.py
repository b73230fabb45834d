"""Names a node after the place it stands in, as `site-naming` does in Rust."""

import json

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.mapping import Error_Deferred, Error_Denied, Error_Failed
from wit_world.imports import provenance, settings


def telling(method):
    """Has Valence told what goes wrong in `method`: without words it would see a trap."""

    def call(*arguments):
        try:
            return method(*arguments)
        except Err as error:
            if isinstance(error.value, (Error_Deferred, Error_Denied, Error_Failed)):
                raise
            text = f"unread: {error.value}"
        except Exception as error:
            text = f"{type(error).__name__}: {error}"
        raise Err(Error_Failed(text))

    return call


class Mapping(exports.Mapping):
    @telling
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
