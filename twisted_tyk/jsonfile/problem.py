"""What is wrong with a configuration, said so that one can go and mend it.

A :class:`Problem` is one sentence with a place; :class:`ConfigError` is raised
with all the problems of a file at once. Warnings are problems that nobody raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

import attrs

#: Where a value stands in a JSON document: keys and list indices from the root.
Path = tuple[str | int, ...]

_PLAIN_KEY = re.compile(r"[\w-]+")
_LONGEST_FOUND = 60


@attrs.frozen
class Problem:
    """One thing that is wrong, and where.

    ``str(problem)`` is one line, such as
    ``apps/a.json:12: proxy.listen_path: expected a string, found the number 5``.
    """

    #: The file as it was named to the reader, or ``environment``.
    file: str
    #: What is wrong, without the place; made from the next two when left empty.
    text: str = ""
    #: What would have been right, with its article: ``a string``.
    expected: str = ""
    #: What was there instead: ``the number 5``; never the content of a secret.
    found: str = ""
    #: The place in the document, ``proxy.target_list[0]``, or a variable's name.
    path: str = ""
    #: Counted from 1; ``None`` when the problem has no line.
    line: int | None = None
    #: Counted from 1; only syntax errors have one.
    column: int | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        text = self.text or f"expected {self.expected}, found {self.found}"
        return ": ".join(part for part in (place, self.path, text) if part)


class ConfigError(Exception):
    """A configuration that cannot be used.

    :ivar problems: every :class:`Problem` found, in the order of the file.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(self.problems)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


def dotted(path: Path) -> str:
    """Write ``path`` as people do: ``custom_middleware.pre[0].name``."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def quoted(text: str) -> str:
    """Write ``text`` as a JSON string that any log can hold, cut when it is long."""
    if len(text) > _LONGEST_FOUND:
        text = text[:_LONGEST_FOUND] + "…"
    return json.dumps(text, ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def describe(value: object, *, secret: bool = False) -> str:
    """Name a JSON value: ``the number 5``, ``an object``; of a secret only its type."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "null"
    if secret:
        kinds = {bool: "a boolean", str: "a string"}
        return f"{kinds.get(type(value), 'a number')} (not shown)"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f"the string {quoted(value)}" if value else "an empty string"
    return f"the number {_number(value)}"


def _number(value: object) -> str:
    # Integers of thousands of digits refuse to be printed in decimal.
    return f"{value:.6g}" if isinstance(value, float) else _short_integer(value)


def _short_integer(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > 64:
        return f"of {value.bit_length()} bits"
    return str(value)
