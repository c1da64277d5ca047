"""Keys of a document that no field takes: misspelt, or known to Tyk and not acted on here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

import attrs

from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.keys import SCHEMA, fields_by_key, fields_by_spelling, not_acted_on
from twisted_tyk.jsonfile.problem import Path, Problem, dotted, quoted


def stray_warnings(document: Document, kind: type) -> Iterator[Problem]:
    """Warn of each unknown key of ``document``, and once of all that are not acted on."""
    idle = []
    for path, owner in _strays(document.value, kind, ()):
        name = str(path[-1])
        if name.lower() in not_acted_on(owner):
            idle.append(dotted(path))
        else:
            known = (*fields_by_key(owner), *not_acted_on(owner))
            yield document.problem(path, f"unknown key {suggest(name, known)}")
    if idle:
        yield idle_warning(document.file, idle)


def idle_warning(file: str, names: Iterable[str]) -> Problem:
    """Say which keys or variables are known to Tyk but change nothing here."""
    return Problem(file, "known to Tyk, not acted on here: " + ", ".join(names))


def suggest(name: str, known: Iterable[str]) -> str:
    """Quote ``name``, with the nearest of the ``known`` names where one is near."""
    near = difflib.get_close_matches(name, known, n=1)
    return f"{quoted(name)}, did you mean {quoted(near[0])}?" if near else quoted(name)


def _strays(value: Any, kind: Any, path: Path) -> Iterator[tuple[Path, type]]:
    """Walk ``value`` beside its type; yield the paths that are in no class, and which class."""
    if attrs.has(kind) and isinstance(value, dict):
        spellings = fields_by_spelling(kind)
        idle = not_acted_on(kind)
        for key, item in value.items():
            field = spellings.get(key.lower())
            if key.lower() in idle:
                if item:
                    yield (*path, key), kind
            elif field is None:
                if (*path, key) != (SCHEMA,):
                    yield (*path, key), kind
            else:
                yield from _strays(item, field.type, (*path, key))
        return
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is tuple and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strays(item, arguments[0], (*path, index))
    elif origin is Mapping and isinstance(value, dict):
        for key, item in value.items():
            yield from _strays(item, arguments[1], (*path, key))
    elif origin is Annotated or type(None) in arguments:
        yield from _strays(value, arguments[0], path)
