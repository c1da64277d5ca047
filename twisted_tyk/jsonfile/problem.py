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
    #: Counted from 1, in characters; the sentence has it only where it has no path.
    column: int | None = None
    #: The place in the document as RFC 6901 writes it; ``None`` when it is none.
    pointer: str | None = None
    #: The known name that is nearest to what was found; ``""`` when none is near.
    suggestion: str = ""
    #: Which kind of problem it is: a row of the table in the manual.
    rule: str = ""
    #: The places that a problem about several keys sums up.
    paths: tuple[Path, ...] = ()

    def __str__(self) -> str:
        column = None if self.path or self.pointer == "" else self.column
        place = ":".join(str(part) for part in (self.file, self.line, column) if part)
        return ": ".join(part for part in (place, self.path, self.sentence) if part)

    @property
    def sentence(self) -> str:
        """What is wrong, without the place."""
        if self.text:
            return self.text
        meant = f", did you mean {quoted(self.suggestion)}?" if self.suggestion else ""
        return f"expected {self.expected}, found {self.found}{meant}"


class ConfigError(Exception):
    """A configuration that cannot be used.

    :ivar problems: every :class:`Problem` found, in the order of the file.
    :ivar warnings: what would have been told of it, had it been usable.
    """

    def __init__(self, problems: Iterable[Problem], warnings: Iterable[Problem] = ()) -> None:
        self.problems = tuple(problems)
        self.warnings = tuple(warnings)
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


def pointer(path: Path) -> str:
    """Write ``path`` as a JSON pointer (RFC 6901): ``/custom_middleware/pre/0/name``."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


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
