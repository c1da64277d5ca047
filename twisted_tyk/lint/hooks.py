"""Whether the hooks that entries name are there, found without serving anything.

Native plugins are looked at and not run. Hooks in Python are loaded, which is the only way
to know what is in a file, in a process of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from attrs import frozen

from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.problem import Path as Place
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.lint.context import Context, PythonHook
from twisted_tyk.native.examine import examine
from twisted_tyk.native.find import find
from twisted_tyk.native.functions import function_of
from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.entries import Entry
from twisted_tyk.plugins.loader import driver_of, half, named


@frozen
class Named:
    """Entries with what they are part of.

    :ivar document: that they stand in.
    :ivar api_id: of their API; for a patch its name, for a bundle alone a word in its place.
    :ivar driver: of those whose path does not tell.
    :ivar driver_place: where that stands.
    """

    document: Document
    api_id: str
    driver: str
    entries: Sequence[Entry]
    places: Places
    driver_place: Place = ("custom_middleware", "driver")


def hook_problems(all_of_them: Iterable[Named], context: Context) -> Iterator[Problem]:
    """What keeps hooks from being loaded. All in Python share a process."""
    waiting: list[tuple[Named, Entry, PythonHook]] = []
    for one in all_of_them:
        for entry in one.entries:
            try:
                hook = _native_or_python(one, entry, context)
            except LoadError as error:
                yield _placed(one, entry, error)
            else:
                if hook is not None:
                    waiting.append((one, entry, hook))
    failures = context.python.load([hook for _, _, hook in waiting])
    for (one, entry, _), failure in zip(waiting, failures, strict=True):
        if failure is not None:
            yield _placed(one, entry, failure)


def _native_or_python(one: Named, entry: Entry, context: Context) -> PythonHook | None:
    """The hook, if it has to be loaded. :raises LoadError: when that would be in vain."""
    given = entry.given
    if not named(given):
        raise LoadError(half(given), "hook-incomplete")
    driver = driver_of(given, one.driver)
    base, path = one.places.find(given.path)
    if driver == "twisted":
        return PythonHook(str(base), path, given.name, entry.kind, one.api_id)
    file = find(path, base, context.version)
    function_of(examine(file, given.path), given.name, entry.kind, given.path)
    return None


def _placed(one: Named, entry: Entry, error: LoadError) -> Problem:
    key = {
        "unknown-driver": "",
        "hook-incomplete": "",
        "hook-missing": entry.name_key,
        "hook-interface": entry.name_key,
    }.get(error.rule, entry.path_key)
    place = (*entry.place, key) if key else entry.place
    if error.rule == "unknown-driver" and one.driver and entry.path_key:
        place = one.driver_place
    return one.document.problem(place, str(error), rule=error.rule, suggestion=error.suggestion)


def library_problem(file: Path, shown: str) -> Problem | None:
    """What keeps a library from being loaded, whatever function is wanted of it."""
    try:
        examine(file, shown)
    except LoadError as error:
        text = str(error).removeprefix(f"{shown}: ")
        return Problem(shown, text, rule=error.rule)
    return None
