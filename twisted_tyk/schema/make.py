"""A class that is read from JSON, and all that it holds, made into one schema.

It says what :mod:`twisted_tyk.jsonfile.converter` does: what that refuses is not valid,
and the other way round. Two things no schema can say: that a number is an ordinary one
with hundreds of digits, and that one key is given in two spellings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import attrs

from twisted_tyk.jsonfile.keys import Between, fields_by_key, not_acted_on
from twisted_tyk.schema import comments
from twisted_tyk.schema.members import DEFS, INTEGER, Json, number, or_null, spellings

_IDLE: Final = "Known to Tyk, not acted on here."
_SIMPLE: Final[Mapping[Any, str]] = {str: "string", bool: "boolean", float: "number"}


@attrs.define
class Maker:
    """:ivar strict: keys that nobody knows are not valid; else they are let through.

    :ivar notes: what else is to be said of a key, by its class and name.
    :ivar defs: schemas of classes by their names, of those that came up.
    """

    strict: bool
    notes: Mapping[tuple[type, str], str] = attrs.field(factory=dict)
    defs: dict[str, Json] = attrs.field(factory=dict)
    _kinds: dict[str, type] = attrs.field(factory=dict)

    def of(self, kind: Any) -> Json:
        """What a value of a type may be. :raises TypeError: for a type that no reader takes."""
        origin, inside = get_origin(kind), get_args(kind)
        if kind is Any:
            return {}
        if kind is int:
            return number(*INTEGER)
        if kind in _SIMPLE:
            return {"type": _SIMPLE[kind]}
        if origin in (Union, UnionType) and inside[1:] == (type(None),):
            return or_null(self.of(inside[0]))
        if origin is Literal:
            return {"enum": list(inside)}
        if origin is Annotated:
            return self._annotated(inside[0], inside[1:])
        if origin in (list, tuple):
            return {"type": "array", "items": self.of(inside[0])}
        if origin in (dict, Mapping):
            return {"type": "object", "additionalProperties": self.of(inside[1])}
        if attrs.has(kind):
            return {"type": "object", "$ref": DEFS + self._name(kind)}
        raise TypeError(f"no JSON Schema for {kind!r}")

    def members(self, kind: type[attrs.AttrsInstance], at: str) -> Json:
        """The keys of an object. :param at: the JSON pointer of its schema."""
        told = comments.of_fields(kind)
        hints = get_type_hints(kind, include_extras=True)
        idle = not_acted_on(kind)
        properties: Json = {}
        for key, field in fields_by_key(kind).items():
            note = _IDLE if key in idle else self.notes.get((kind, key), "")
            text = f"{told.get(field.name, '')} {note}".strip()
            properties[key] = {**or_null(self.of(hints[field.name])), **_about(text, field)}
            if other := field.metadata.get("also"):
                properties[other] = {
                    "$ref": f"{at}/properties/{key}",
                    "description": f"Another name of `{key}`.",
                    "deprecated": True,
                }
        for key in idle:
            properties.setdefault(key, {"description": _IDLE})
        made: Json = {"properties": properties}
        made["patternProperties"] = {
            spellings(key): {"$ref": f"{at}/properties/{key}"} for key in properties
        }
        if self.strict:
            made["additionalProperties"] = False
        return made

    def _name(self, kind: type[attrs.AttrsInstance]) -> str:
        name = kind.__name__
        if self._kinds.setdefault(name, kind) is not kind:
            raise TypeError(f"two classes are called {name}")
        if name not in self.defs:
            self.defs[name] = {}  # it may hold others of its own kind
            about = comments.of_class(kind)
            self.defs[name].update({"description": about} if about else {})
            self.defs[name].update(self.members(kind, DEFS + name))
        return name

    def _annotated(self, kind: Any, notes: tuple[Any, ...]) -> Json:
        made = self.of(kind)
        for note in notes:
            if isinstance(note, Between):
                ranged = number(made["type"], note.low, note.high)
                made = {"anyOf": [{"const": 0}, ranged]} if note.or_zero else ranged
        return made


def _about(text: str, field: attrs.Attribute[Any]) -> Json:
    about: Json = {"description": text} if text else {}
    default = field.default
    if isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        default = default.factory()  # type: ignore[union-attr]
    if default is None or attrs.has(type(default)):
        return about
    # A tuple is a list in JSON.
    return {**about, "default": json.loads(json.dumps(default))}
