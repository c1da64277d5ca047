"""One key of an object: what its value may be, and how its name may be spelt."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

#: Where the schemas of classes are.
DEFS: Final = "#/$defs/"
_LARGEST: Final = 2**64 - 1
_LEAST: Final = -(2**63)
#: Any integer that our readers take.
INTEGER: Final = ("integer", _LEAST, _LARGEST)


def number(kind: str, low: float, high: float) -> Json:
    """A number with a range; an end that is infinite is left out."""
    made: Json = {"type": kind}
    if low != float("-inf"):
        made["minimum"] = _whole(low)
    if high != float("inf"):
        made["maximum"] = _whole(high)
    elif kind == "integer":
        made["maximum"] = _LARGEST
    return made


def or_null(schema: Json) -> Json:
    """The same with ``null``, which stands for the default wherever a key has a value."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    return schema  # which takes it already


def spellings(name: str) -> str:
    """A pattern for every other way to write a key: readers take no notice of case."""
    parts = (f"[{char.lower()}{char.upper()}]" if char.isalpha() else char for char in name)
    return f"^(?!{name}$){''.join(parts)}$"


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value
