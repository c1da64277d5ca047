"""From decoded JSON to frozen attrs classes, and back to the place of what is wrong.

The rules are those of Go's ``encoding/json``, which Tyk's users know: a missing
key or ``null`` means the default, keys match without regard to case, and an
unknown key is no error (here it is a warning). Types are strict: ``"5"`` is not
a number and ``true`` is not ``1``; an integer does for a float, and ``5.0`` for
an integer. All problems of a document are reported together.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

import attrs
from cattrs import Converter
from cattrs.errors import (
    AttributeValidationNote,
    BaseValidationError,
    ClassValidationError,
    IterableValidationError,
)

from twisted_tyk.jsonfile.converter import Mismatch
from twisted_tyk.jsonfile.document import Document
from twisted_tyk.jsonfile.keys import fields_by_key
from twisted_tyk.jsonfile.problem import ConfigError, Path, Problem, describe, dotted
from twisted_tyk.jsonfile.strays import nearest, stray_warnings

T = TypeVar("T")

#: A class may find fault with values whose types are right, in each object around another.
_ROUNDS: Final = 8
#: Problems of a document that are told one by one.
_MOST: Final = 1000


def structure(
    document: Document, kind: type[T], converter: Converter
) -> tuple[T, tuple[Problem, ...]]:
    """Make a ``kind`` of the whole ``document``.

    :param converter: one made by :func:`~twisted_tyk.jsonfile.converter.make_converter`.
    :returns: the object, and warnings about the keys nothing was done with.
    :raises ConfigError: with every value of the wrong type, and the same warnings.
    """
    made, problems, warnings = structure_what_fits(document, kind, converter)
    if made is None or problems:
        raise ConfigError(problems, warnings)
    return made, warnings


def structure_what_fits(
    document: Document, kind: type[T], converter: Converter
) -> tuple[T | None, tuple[Problem, ...], tuple[Problem, ...]]:
    """Make a ``kind`` of those members of ``document`` that are of the right type.

    :returns: the object, with defaults in place of the rest, or ``None`` when nothing can be
        made; every value of the wrong type, in the order of the file; and the warnings.
    """
    problems: list[Problem] = []
    value, made = document.value, None
    for _ in range(_ROUNDS):
        try:
            made = converter.structure(value, kind)
            break
        except (ValueError, BaseValidationError) as error:
            leaves = list(_leaves(error))
            problems += [
                document.problem(path, **_wording(cause, secret))
                for path, cause, secret in leaves[:_MOST]
            ]
            if len(leaves) > _MOST:
                note = f"{len(leaves) - _MOST} more values of a wrong type"
                problems.append(Problem(document.file, note, rule="wrong-type"))
            paths = [path for path, _, _ in leaves]
            if not all(paths):
                break
            value = _without(value, paths)
    problems.sort(key=lambda problem: (problem.line or 0, problem.column or 0))
    return made, tuple(problems), tuple(stray_warnings(document, kind))


def _without(value: Any, paths: Sequence[Path]) -> Any:
    """A copy without these members; of lists, without the member that each is the value of."""
    value = copy.deepcopy(value)
    for path in paths:
        holder: Any = value
        last: tuple[dict[str, Any], str] | None = None
        for step in path:
            if isinstance(holder, dict) and isinstance(step, str):
                same = [key for key in holder if key.lower() == step.lower()]
                if not same:
                    break
                last = holder, step if step in same else same[0]
                holder = holder[last[1]]
            elif isinstance(holder, list) and isinstance(step, int) and step < len(holder):
                holder = holder[step]
            else:
                break
        if last is not None:
            last[0].pop(last[1])
    return value


def mismatch_problems(error: Exception, place: Problem, secret: bool) -> Iterator[Problem]:
    """Tell what ``converter.structure`` raised about a value that is in no document.

    :param place: a problem that names the place; the wording is added to it.
    :param secret: whether to keep the value out of the wording.
    """
    for path, cause, hidden in _leaves(error, secret=secret):
        full = ": ".join(part for part in (place.path, dotted(path)) if part)
        yield attrs.evolve(place, path=full, **_wording(cause, hidden))


def _leaves(
    error: Exception, path: Path = (), secret: bool = False
) -> Iterator[tuple[Path, Exception, bool]]:
    """Undo cattrs' nesting: every single failure, with its path and whether it is a secret's."""
    if not isinstance(error, (ClassValidationError, IterableValidationError)):
        yield path, error, secret
        return
    noted, others = error.group_exceptions()
    for inner in others:
        yield from _leaves(inner, path, secret)
    for inner, note in noted:
        if isinstance(note, AttributeValidationNote):
            for key, field in fields_by_key(error.cl).items():
                if field.name == note.name:
                    hidden = secret or field.metadata.get("secret", False)
                    yield from _leaves(inner, (*path, key), hidden)
        else:
            yield from _leaves(inner, (*path, note.index), secret)


def _wording(error: Exception, secret: bool) -> dict[str, Any]:
    if isinstance(error, Mismatch):
        near = "" if secret else nearest(str(error.value), error.choices, 0.7)
        found = describe(error.value, secret=secret)
        return {"expected": error.expected, "found": found, "suggestion": near, "rule": error.rule}
    return {"text": str(error), "rule": getattr(error, "rule", "bad-value")}
