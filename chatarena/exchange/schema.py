"""The JSON Schema of a bundle's lines, made from the definitions of the events themselves."""

from __future__ import annotations

from typing import Any, Final, get_args

import msgspec

from chatarena.arena.events import Event

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_HASH: Final = {"type": "string", "pattern": "^[0-9a-f]{64}$"}


def bundle_schema() -> dict[str, Any]:
    """The JSON Schema 2020-12 that every line of a bundle satisfies; fields that are left out have their default."""
    kinds = get_args(Event)
    _, components = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    for definition in components.values():
        if definition.get("type") == "object":
            definition["additionalProperties"] = False
    for kind in kinds:
        definition = components[kind.__name__]
        name = kind.__dataclass_fields__["kind"].default
        definition["properties"]["kind"] = {"const": name}
        definition["required"] = ["kind", *(field for field in definition.get("required", ()) if field != "kind")]
    return {
        "$schema": DIALECT,
        "title": "A line of a ChatArena bundle",
        "description": "The first line is the header, the last one the end, every line between them an entry.",
        "oneOf": [{"$ref": "#/$defs/Header"}, {"$ref": "#/$defs/Entry"}, {"$ref": "#/$defs/End"}],
        "$defs": {
            "Header": _object(
                {
                    "chatarena_bundle": {"type": "integer", "minimum": 1},
                    "session": {"type": "string"},
                    "name": {"type": "string"},
                    "tags": {"type": "array", "items": {"type": "string"}},
                }
            ),
            "Entry": _object(
                {
                    "seq": {"type": "integer", "minimum": 0},
                    "at": {"type": "number", "description": "UTC seconds since 1970"},
                    "elapsed": {"type": "number", "description": "monotonic seconds since this run of the session"},
                    "event": {"$ref": "#/$defs/Event"},
                    "hash": _HASH,
                }
            ),
            "End": _object(
                {"end": _object({"entries": {"type": "integer", "minimum": 0}, "hash": _HASH}), "seal": _HASH}
            ),
            "Event": {"oneOf": [{"$ref": f"#/$defs/{kind.__name__}"} for kind in kinds]},
            **components,
        },
    }


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }
