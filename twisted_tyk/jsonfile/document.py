"""Reading JSON files so that everything wrong with them has a line number.

The text is kept beside the value. Lines are looked up only when there is
something to report, so a good file costs no more than :func:`json.loads`.
"""

from __future__ import annotations

import json
import math
import os
from functools import cached_property
from typing import Any, Final, NoReturn

import attrs

from twisted_tyk.jsonfile.faults import (
    bad_number,
    deeper_than,
    half_a_character,
    line_of,
    not_json,
    repeated_keys,
)
from twisted_tyk.jsonfile.places import Places
from twisted_tyk.jsonfile.problem import ConfigError, Path, Problem, dotted, pointer
from twisted_tyk.jsonfile.reading import content_of

#: Levels of objects and lists. What reads values further on calls itself once for each.
_DEEPEST: Final = 128


@attrs.frozen
class Document:
    """A JSON document with its text.

    :ivar file: the name to use in messages.
    :ivar text: what the file holds, without a byte order mark.
    :ivar value: the same, decoded.
    """

    file: str
    text: str = attrs.field(repr=False)
    value: Any = attrs.field(repr=False)

    @cached_property
    def places(self) -> Places:
        """Where its members stand; looked for when it is first asked."""
        return Places.of(self.text)

    def line(self, path: Path) -> int:
        """Find the line, from 1, of the key or list item at ``path``.

        Keys are compared as Go does, without regard to case. A place that the
        text does not have is answered with the nearest one around it.
        """
        return self.places.find(path).line

    def problem(
        self,
        path: Path,
        text: str = "",
        *,
        expected: str = "",
        found: str = "",
        suggestion: str = "",
        rule: str = "",
    ) -> Problem:
        """Make a :class:`Problem` about the value at ``path`` of this document."""
        place = self.places.find(path)
        return Problem(
            self.file,
            text,
            expected,
            found,
            dotted(path),
            place.line,
            place.column,
            pointer(place.path),
            suggestion,
            rule,
        )


def read(path: str | os.PathLike[str]) -> Document:
    """Read the JSON file at ``path``: UTF-8, with or without a byte order mark.

    :raises ConfigError: when it cannot be read, is larger than any configuration, is not
        JSON, or gives a key of an object twice (parsers differ on which one counts).
    """
    file = os.fspath(path)
    return decode(read_bytes(file), file)


def read_bytes(file: str) -> bytes:
    """What :func:`read` decodes. :raises ConfigError: when it cannot be read, or is too large."""
    try:
        return content_of(file)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        problem = Problem(file, f"cannot be read: {reason}", rule="unreadable")
        raise ConfigError([problem]) from error
    except ValueError as error:
        raise ConfigError([Problem(file, str(error), rule="unreadable")]) from error


def decode(content: bytes, file: str) -> Document:
    """Decode ``content`` as :func:`read` does; ``file`` is its name in messages."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        note = "is not UTF-8 text"
        raise ConfigError([Problem(file, note, line=line, rule="not-text")]) from error
    repeated: list[bool] = []

    def collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            repeated.append(True)
        return members

    try:
        value = json.loads(
            text,
            object_pairs_hook=collect,
            parse_constant=_refuse_constant,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise ConfigError([not_json(file, text, error)]) from error
    except RecursionError as error:
        note = "not usable: nested too deeply"
        raise ConfigError([Problem(file, note, rule="too-deep")]) from error
    except ValueError as error:
        raise ConfigError([bad_number(file, text)]) from error
    if deeper_than(value, _DEEPEST):
        note = f"not usable: nested too deeply, expected at most {_DEEPEST} levels"
        raise ConfigError([Problem(file, note, rule="too-deep")])
    if repeated:
        raise ConfigError(repeated_keys(file, text))
    if half := half_a_character(text):
        note = f"not text: {half.group()} is half of a character"
        place = line_of(text, half.start())
        raise ConfigError([Problem(file, note, line=place, rule="not-text")])
    return Document(file, text, value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number
