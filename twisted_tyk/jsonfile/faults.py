"""What :func:`json.loads` lets through, or gives up on in words that tell little."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any

from twisted_tyk.jsonfile.places import TOKEN, members
from twisted_tyk.jsonfile.problem import Path, Problem, dotted, pointer

_SURROGATE = re.compile(
    r"\\\\"
    r"|\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}"
    r"|(?P<half>\\u[dD][89a-fA-F][\da-fA-F]{2})"
)
_OTHER_SPELLINGS = {"True": "true", "False": "false", "None": "null", "undefined": "null"}
_NOT_JSON = frozenset(("NaN", "Infinity", "-Infinity"))


def deeper_than(value: Any, most: int) -> bool:
    """Whether objects and lists stand in each other more than ``most`` times."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(most):
        level = [
            item
            for each in level
            for item in (each.values() if isinstance(each, dict) else each)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


def not_json(file: str, text: str, error: JSONDecodeError) -> Problem:
    """Name what Python's parser has stumbled over; what people often write, in their words."""
    offset, note = error.pos, error.msg[:1].lower() + error.msg[1:]
    before, after = text[:offset].rstrip(), text[offset:].lstrip()
    # Up to Python 3.12 the place is that of what follows the comma.
    if before[-1:] == "," and after[:1] in ("}", "]"):
        offset, note = len(before) - 1, "a comma with nothing after it"
    elif after[:1] == "," and after[1:].lstrip()[:1] in ("}", "]"):
        note = "a comma with nothing after it"
    elif after.startswith(("//", "/*", "#")):
        note = "a comment, which JSON does not have"
    elif after.startswith("'"):
        note = "single quotes, expected double quotes"
    elif not after:
        note += ", but it ends here" if before else ", but it is empty"
    else:
        meant = _OTHER_SPELLINGS.get(re.split(r"\W", after, maxsplit=1)[0])
        note += f", did you mean {meant}?" if meant else ""
    return Problem(
        file,
        f"not JSON: {note}",
        line=line_of(text, offset),
        column=_column(text, offset),
        rule="not-json",
    )


def bad_number(file: str, text: str) -> Problem:
    """Name the number that Python's parser let through and we do not, or that it gave up on."""

    def bad_at(offset: int, note: str) -> Problem:
        return Problem(file, note, line=line_of(text, offset), rule="not-json")

    tokens = [(match.group(), match.start()) for match in TOKEN.finditer(text)]
    for token, offset in tokens:
        if token in _NOT_JSON:
            return bad_at(offset, f"not JSON: {token}")
        if (
            token[0] in "-0123456789"
            and not token.strip("-").isdigit()
            and math.isinf(float(token))
        ):
            return bad_at(offset, "a number that is too large")
    _, longest = max((len(token), offset) for token, offset in tokens if token[0] in "-0123456789")
    return bad_at(longest, "a number with too many digits")


def half_a_character(text: str) -> re.Match[str] | None:
    """Find an escaped surrogate without its other half: no such string can be sent or logged."""
    return next((escape for escape in _SURROGATE.finditer(text) if escape["half"]), None)


def repeated_keys(file: str, text: str) -> Iterator[Problem]:
    """Name every key that an object has twice, with the lines of both."""
    first: dict[Path, int] = {}
    for path, offset in members(text):
        if path in first:
            note = f"given twice, first on line {line_of(text, first[path])}"
            yield Problem(
                file,
                note,
                path=dotted(path),
                line=line_of(text, offset),
                column=_column(text, offset),
                pointer=pointer(path),
                rule="repeated-key",
            )
        first.setdefault(path, offset)


def line_of(text: str, offset: int) -> int:
    """The line, from 1, of an offset."""
    return text.count("\n", 0, offset) + 1


def _column(text: str, offset: int) -> int:
    return offset - text.rfind("\n", 0, offset)
