"""Regular expressions of definitions: written for Go, and read by RE2 as there.

Its searches take time in proportion to the text, whatever the expression. With Python's own
``re`` a client could choose a text that takes hours.
"""

from __future__ import annotations

from typing import Any, Protocol

import re2


class Match(Protocol):
    """Where an expression was found."""

    def group(self, number: int) -> bytes | None:
        """What a group has, ``None`` when it has no part in the match."""


class Expression(Protocol):
    """:ivar groups: how many there are."""

    groups: int

    def search(self, text: bytes) -> Match | None:
        """The first match anywhere in a text of UTF-8."""


def expression(pattern: str) -> Expression:
    """Compile one. :raises ValueError: one sentence, when it is none."""
    options = re2.Options()
    options.log_errors = False
    try:
        compiled: Any = re2.compile(pattern.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode("utf-8", "replace")
        raise ValueError(f"not a regular expression: {reason}") from None
    found: Expression = compiled
    return found
