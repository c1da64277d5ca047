"""``TYK_GW_…`` variables over the settings of the file.

A variable is named after Tyk's Go fields, in upper case, the parts of nested
objects joined by ``_``: ``TYK_GW_HTTPSERVEROPTIONS_USESSL``. Lists are separated
by commas, maps are written ``key:value,key:value``, and lists of objects are
JSON. An empty variable is a value too, as it is for Tyk.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import BaseValidationError

from twisted_tyk.jsonfile.converter import Mismatch
from twisted_tyk.jsonfile.keys import env_name, fields_by_key, not_acted_on
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.jsonfile.strays import idle_warning, nearest, suggest
from twisted_tyk.jsonfile.structure import mismatch_problems
from twisted_tyk.settings.model import Settings

PREFIX = "TYK_GW_"
#: When ``true``, the file is not read at all.
OMIT_FILE = "TYK_GW_OMITCONFIGFILE"
#: What a problem of a variable gives as its file.
SOURCE = "environment"

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
_INTEGER = re.compile(r"[+-]?[0-9]+")


@attrs.frozen
class Overlay:
    """Settings with the environment applied.

    :ivar settings: the result; unchanged where a variable was wrong.
    :ivar problems: variables whose values could not be used.
    :ivar warnings: variables that nothing was done with.
    """

    settings: Settings
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


def overlay(settings: Settings, environ: Mapping[str, str], converter: Converter) -> Overlay:
    """Apply every ``TYK_GW_…`` variable of ``environ`` to ``settings``."""
    known = dict(_variables(Settings))
    idle = dict(_idle_names(Settings))
    changes: dict[str, Any] = {}
    problems: list[Problem] = []
    warnings: list[Problem] = []
    unused: list[str] = []
    for name in sorted(environ):
        if not name.startswith(PREFIX) or name == OMIT_FILE:
            continue
        if name in known:
            *parents, field = known[name]
            kind: Any = field.type
            try:
                value = converter.structure(_parse(environ[name], kind), kind)
            except (ValueError, BaseValidationError) as error:
                secret = field.metadata["secret"]
                problems.extend(mismatch_problems(error, Problem(SOURCE, path=name), secret))
                continue
            inner = changes
            for parent in parents:
                inner = inner.setdefault(parent.name, {})
            inner[field.name] = value
        elif any(name == other or name.startswith(other + "_") for other in idle):
            unused.append(name)
        else:
            others = [*known, *idle, OMIT_FILE]
            note = f"unknown variable {suggest(name, others)}"
            meant = nearest(name, others)
            warnings.append(Problem(SOURCE, note, suggestion=meant, rule="unknown-variable"))
    if unused:
        warnings.append(idle_warning(SOURCE, unused, tuple((name,) for name in unused)))
    return Overlay(_evolve(settings, changes), tuple(problems), tuple(warnings))


def _evolve(thing: Any, changes: Mapping[str, Any]) -> Any:
    made = {
        name: _evolve(getattr(thing, name), change)
        if attrs.has(type(getattr(thing, name)))
        else change
        for name, change in changes.items()
    }
    return attrs.evolve(thing, **made)


def _variables(
    kind: type, prefix: str = PREFIX, parents: tuple[attrs.Attribute[Any], ...] = ()
) -> Iterator[tuple[str, tuple[attrs.Attribute[Any], ...]]]:
    """Name the variable of every field that is acted on, with the fields that lead to it."""
    idle = not_acted_on(kind)
    for key, field in fields_by_key(kind).items():
        if key in idle:
            continue
        name = prefix + (field.metadata["env"] or env_name(key))
        if field.type is not None and attrs.has(field.type):
            yield from _variables(field.type, name + "_", (*parents, field))
        else:
            yield name, (*parents, field)


def _idle_names(kind: type, prefix: str = PREFIX) -> Iterator[tuple[str, str]]:
    for key, name in not_acted_on(kind).items():
        yield prefix + name, key
    for key, field in fields_by_key(kind).items():
        if field.type is not None and attrs.has(field.type):
            name = field.metadata["env"] or env_name(key)
            yield from _idle_names(field.type, f"{prefix}{name}_")


def _parse(text: str, kind: Any) -> Any:
    """Make of a variable's ``text`` what the JSON of a ``kind`` would have been."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _parse(text, arguments[0])
    if origin is Literal:
        return text
    if kind is bool:
        if text not in _BOOLEANS:
            raise Mismatch("true or false", text)
        return _BOOLEANS[text]
    if kind is int:
        # A run of thousands of digits is no integer of ours; int() would refuse it anyway.
        return int(text) if _INTEGER.fullmatch(text) and len(text) < 100 else text
    if kind is float:
        try:
            return float(text)
        except ValueError:
            return text
    if origin is tuple and (arguments[0] is str or get_origin(arguments[0]) is Literal):
        return text.split(",") if text.strip() else []
    if origin is Mapping and arguments[1] is str:
        return _pairs(text)
    if origin is not None:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            raise Mismatch("JSON", text) from error
    return text


def _pairs(text: str) -> dict[str, str]:
    pairs = [pair.partition(":") for pair in text.split(",") if text.strip()]
    for pair in pairs:
        if not pair[1]:
            raise Mismatch("key:value pairs with commas between", text)
    return {name: value for name, _, value in pairs}
