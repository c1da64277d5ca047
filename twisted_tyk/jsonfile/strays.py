"""Keys of a document that no field takes: misspelt, or known to Tyk and not acted on here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Final, get_args, get_origin

import attrs

from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.keys import SCHEMA, fields_by_key, fields_by_spelling, not_acted_on
from twisted_tyk.jsonfile.problem import Path, Problem, dotted, quoted

#: Characters of a name that can be a misspelling; comparing takes longer than in proportion.
_LONGEST_NAME: Final = 200
#: Unknown keys of a document that are compared with the known ones, which takes milliseconds each.
_MOST_SUGGESTIONS: Final = 100
#: Unknown keys of a document that are told one by one.
_MOST: Final = 1000


def stray_warnings(document: Document, kind: type) -> Iterator[Problem]:
    """Warn of each unknown key of ``document``, and once of all that are not acted on."""
    idle: list[Path] = []
    unknown = 0
    for path, owner in _strays(document.value, kind, ()):
        name = str(path[-1])
        if name.lower() in not_acted_on(owner):
            idle.append(path)
        else:
            unknown += 1
            if unknown > _MOST:
                continue
            known = (*fields_by_key(owner), *not_acted_on(owner))
            near = nearest(name, known) if unknown <= _MOST_SUGGESTIONS else ""
            text = f"unknown key {_suggested(name, near)}"
            yield document.problem(path, text, suggestion=near, rule="unknown-key")
    if unknown > _MOST:
        note = f"{unknown - _MOST} more unknown keys"
        yield Problem(document.file, note, rule="unknown-key")
    if idle:
        yield idle_warning(document.file, map(dotted, idle), tuple(idle))


def idle_warning(file: str, names: Iterable[str], paths: tuple[Path, ...]) -> Problem:
    """Say which keys or variables are known to Tyk but change nothing here."""
    note = "known to Tyk, not acted on here: " + ", ".join(names)
    return Problem(file, note, rule="not-acted-on", paths=paths)


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """The one of the ``known`` names that ``name`` may be a misspelling of.

    :param likeness: how near it has to be, from 0 to 1.
    :returns: ``""`` when none is near.
    """
    if len(name) > _LONGEST_NAME:
        return ""
    by_lower = {other.lower(): other for other in known}
    near = difflib.get_close_matches(name.lower(), by_lower, 1, likeness)
    return by_lower[near[0]] if near else ""


def suggest(name: str, known: Iterable[str]) -> str:
    """Quote ``name``, with the nearest of the ``known`` names where one is near."""
    return _suggested(name, nearest(name, known))


def _suggested(name: str, near: str) -> str:
    return f"{quoted(name)}, did you mean {quoted(near)}?" if near else quoted(name)


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
    if origin in (tuple, list) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _strays(item, arguments[0], (*path, index))
    elif origin in (Mapping, dict) and isinstance(value, dict):
        for key, item in value.items():
            yield from _strays(item, arguments[1], (*path, key))
    elif origin is Annotated or type(None) in arguments:
        yield from _strays(value, arguments[0], path)
