"""JSON Schemas that several areas of the control API share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from twisted_tyk.control.routes import Schema
from twisted_tyk.jsonfile.keys import fields_by_key

STATUS: Final = Schema(
    "Status",
    {
        "type": "object",
        "required": ["status", "message"],
        "properties": {"status": {"enum": ["ok", "error"]}, "message": {"type": "string"}},
    },
)

CHANGED: Final = Schema(
    "Changed",
    {
        "type": "object",
        "required": ["key", "status", "action"],
        "properties": {
            "key": {"type": "string"},
            "status": {"const": "ok"},
            "action": {"enum": ["added", "modified", "deleted", "updated"]},
            "key_hash": {"type": "string"},
        },
    },
)

#: What the name of a file may be, and so an id.
FILE_NAME: Final = {"type": "string", "pattern": "^[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,199}$"}

DEFINITION: Final = Schema(
    "Definition",
    {
        "type": "object",
        "description": "An API definition as Tyk's classic files have it; see the manual",
        "required": ["api_id", "proxy"],
        "properties": {
            "api_id": {"type": "string"},
            "name": {"type": "string"},
            "org_id": {"type": "string"},
            "active": {"type": "boolean"},
            "use_keyless": {"type": "boolean"},
            "proxy": {"type": "object", "properties": {"target_url": {"type": "string"}}},
        },
    },
)

NEW_DEFINITION: Final = Schema(
    "NewDefinition",
    {
        "type": "object",
        "description": "One that can be served. Without an id it gets one",
        "required": ["proxy"],
        "properties": {
            "api_id": FILE_NAME,
            "name": {"type": "string"},
            "org_id": {"type": "string"},
            "active": {"type": "boolean"},
            "use_keyless": {"type": "boolean"},
            "proxy": {
                "type": "object",
                "required": ["listen_path", "target_url"],
                "properties": {
                    "listen_path": {"type": "string", "pattern": "^/[!-~]*$"},
                    "target_url": {"type": "string", "pattern": "^https?://[a-z0-9.]{1,60}/"},
                    "strip_listen_path": {"type": "boolean"},
                },
            },
        },
    },
)


def schema_of(kind: Any) -> dict[str, Any]:
    """What the OpenAPI document of the control API says of a type, such as an attrs class.

    It is rougher than what :mod:`twisted_tyk.schema` makes for editors, where ranges, notes
    and other spellings of keys are told of as well.
    """
    origin, inside = get_origin(kind), get_args(kind)
    if kind in _SIMPLE:
        return {"type": _SIMPLE[kind]}
    if origin in (Union, UnionType):
        return {"anyOf": [schema_of(each) for each in inside]}
    if origin is Literal:
        return {"enum": list(inside)}
    if origin is Annotated:
        return schema_of(inside[0])
    if origin in (list, tuple):
        return {"type": "array", "items": schema_of(inside[0])}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": schema_of(inside[1])}
    if attrs.has(kind):
        return {"type": "object", "properties": dict(_members(kind))}
    return {}


def _members(kind: type[attrs.AttrsInstance]) -> Iterator[tuple[str, dict[str, Any]]]:
    hints = get_type_hints(kind, include_extras=True)
    for key, field in fields_by_key(kind).items():
        if field.metadata.get("json", "") is not None:
            yield key, schema_of(hints[field.name])


_SIMPLE: Final[Mapping[Any, str]] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
