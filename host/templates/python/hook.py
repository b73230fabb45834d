"""Gives each node a trait of the rack that it stands in."""

import json
import re

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.about import Description
from wit_world.exports.mapping import Error_Deferred, Error_Denied, Error_Failed
from wit_world.imports import provenance, settings

SETTINGS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "prefix": {
            "description": "What traits begin with, after `CUSTOM_`.",
            "type": "string",
            "default": "rack",
        },
    },
}


def prefix(text):
    """The setting, or its default."""
    return json.loads(text).get("prefix", "rack")


def rack_trait(prefix, rack):
    """The trait of `rack`."""
    words = re.findall("[A-Z0-9]+", f"{prefix} {rack}".upper())
    return "_".join(["CUSTOM", *words])


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
            place = error.__traceback__
            while place.tb_next is not None:
                place = place.tb_next
            text = f"{type(error).__name__}: {error}, in line {place.tb_lineno}"
        raise Err(Error_Failed(text))

    return call


class Mapping(exports.Mapping):
    @telling
    def map_node(self, registration, enrollment):
        rack = registration.location().rack
        if rack is None:
            node = registration.node_name()
            raise Err(Error_Denied(f"`{node}` has no rack in Redfish"))
        name = rack_trait(prefix(settings.get()), rack)
        provenance.because(f"/traits/{name}", f"it stands in rack {rack}")
        if name not in enrollment.traits:
            enrollment.traits.append(name)
        return enrollment


class Configuration(exports.Configuration):
    def check_settings(self, settings):
        # What the schema says has been checked by Valence.
        if not prefix(settings):
            raise Err("`prefix` is empty")


class About(exports.About):
    def describe(self):
        return Description(
            name="{{name}}",
            version="0.1.0",
            summary="Gives each node a trait of the rack that it stands in.",
            settings_schema=json.dumps(SETTINGS),
        )
