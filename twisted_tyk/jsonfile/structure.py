"""From decoded JSON to frozen attrs classes, and back to the place of what is wrong.

The rules are those of Go's ``encoding/json``, which Tyk's users know: a missing
key or ``null`` means the default, keys match without regard to case, and an
unknown key is no error (here it is a warning). Types are strict: ``"5"`` is not
a number and ``true`` is not ``1``; an integer does for a float, and ``5.0`` for
an integer. All problems of a document are reported together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

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
from twisted_tyk.jsonfile.strays import stray_warnings

T = TypeVar("T")


def structure(
    document: Document, kind: type[T], converter: Converter
) -> tuple[T, tuple[Problem, ...]]:
    """Make a ``kind`` of the whole ``document``.

    :param converter: one made by :func:`~twisted_tyk.jsonfile.converter.make_converter`.
    :returns: the object, and warnings about the keys nothing was done with.
    :raises ConfigError: with every value of the wrong type.
    """
    try:
        made = converter.structure(document.value, kind)
    except (ValueError, BaseValidationError) as error:
        problems = [
            document.problem(path, **_wording(cause, secret))
            for path, cause, secret in _leaves(error)
        ]
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0)) from None
    return made, tuple(stray_warnings(document, kind))


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
        return {"expected": error.expected, "found": describe(error.value, secret=secret)}
    return {"text": str(error)}
