"""Reading JSON files so that everything wrong with them has a line number.

The text is kept beside the value. Lines are looked up only when there is
something to report, so a good file costs no more than :func:`json.loads`.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator
from typing import Any, NoReturn

import attrs

from twisted_tyk.jsonfile.problem import ConfigError, Path, Problem, dotted

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_SURROGATE = re.compile(
    r"\\\\"
    r"|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|(?P<half>\\u[dD][89a-fA-F][\da-fA-F]{2})"
)
_CLOSERS = frozenset("}]")
_NOT_JSON = frozenset(("NaN", "Infinity", "-Infinity"))


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

    def line(self, path: Path) -> int:
        """Find the line, from 1, of the key or list item at ``path``.

        Keys are compared as Go does, without regard to case. A place that the
        text does not have is answered with the nearest one around it.
        """
        depth, nearest = 0, 0
        for here, offset in _members(self.text):
            if depth < len(here) <= len(path) and all(map(_same, here, path)):
                depth, nearest = len(here), offset
                if depth == len(path):
                    break
        return _line(self.text, nearest)

    def problem(
        self, path: Path, text: str = "", *, expected: str = "", found: str = ""
    ) -> Problem:
        """Make a :class:`Problem` about the value at ``path`` of this document."""
        return Problem(self.file, text, expected, found, dotted(path), self.line(path))


def read(path: str | os.PathLike[str]) -> Document:
    """Read the JSON file at ``path``: UTF-8, with or without a byte order mark.

    :raises ConfigError: when it cannot be read, is not JSON, or gives a key of
        an object twice (parsers differ on which one counts).
    """
    file = os.fspath(path)
    try:
        with open(file, "rb") as stream:
            content = stream.read()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError([Problem(file, f"cannot be read: {reason}")]) from error
    return decode(content, file)


def decode(content: bytes, file: str) -> Document:
    """Decode ``content`` as :func:`read` does; ``file`` is its name in messages."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigError([Problem(file, "is not UTF-8 text", line=line)]) from error
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
        reason = error.msg[:1].lower() + error.msg[1:]
        raise ConfigError(
            [Problem(file, f"not JSON: {reason}", line=error.lineno, column=error.colno)]
        ) from error
    except RecursionError as error:
        raise ConfigError([Problem(file, "not usable: nested too deeply")]) from error
    except ValueError as error:
        raise ConfigError([_bad_number(file, text)]) from error
    if repeated:
        raise ConfigError(_repeated_keys(file, text))
    if half := _half_a_character(text):
        note = f"not text: {half.group()} is half of a character"
        raise ConfigError([Problem(file, note, line=_line(text, half.start()))])
    return Document(file, text, value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _bad_number(file: str, text: str) -> Problem:
    """Name the number that Python's parser let through and we do not, or that it gave up on."""
    tokens = [(match.group(), match.start()) for match in _TOKEN.finditer(text)]
    for token, offset in tokens:
        if token in _NOT_JSON:
            return Problem(file, f"not JSON: {token}", line=_line(text, offset))
        if (
            token[0] in "-0123456789"
            and not token.strip("-").isdigit()
            and math.isinf(float(token))
        ):
            return Problem(file, "a number that is too large", line=_line(text, offset))
    _, longest = max((len(token), offset) for token, offset in tokens if token[0] in "-0123456789")
    return Problem(file, "a number with too many digits", line=_line(text, longest))


def _half_a_character(text: str) -> re.Match[str] | None:
    """Find an escaped surrogate without its other half: no such string can be sent or logged."""
    return next((escape for escape in _SURROGATE.finditer(text) if escape["half"]), None)


def _repeated_keys(file: str, text: str) -> Iterator[Problem]:
    first: dict[Path, int] = {}
    for path, offset in _members(text):
        if path in first:
            note = f"given twice, first on line {_line(text, first[path])}"
            yield Problem(file, note, path=dotted(path), line=_line(text, offset))
        first.setdefault(path, offset)


def _members(text: str) -> Iterator[tuple[Path, int]]:
    """Walk valid JSON: the path and offset of every key and every list item, in order."""
    path: list[str | int] = []
    fresh = False  # the next token starts a member of the innermost object or list
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in _CLOSERS:
            path.pop()
            fresh = False
        elif token == ",":
            fresh = True
        elif token != ":":
            if fresh:
                last = path[-1]
                path[-1] = last + 1 if isinstance(last, int) else json.loads(token)
                fresh = False
                yield tuple(path), match.start()
            if token in ("{", "["):
                path.append("" if token == "{" else -1)
                fresh = True


def _same(one: str | int, other: str | int) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one == other or one.lower() == other.lower()
    return one == other


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
