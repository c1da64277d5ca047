"""Regular expressions of definitions: written for Go, read by Python."""

from __future__ import annotations

import re


def expression(pattern: str) -> re.Pattern[str]:
    """Compile one. Classes such as ``\\w`` are ASCII, as in Go.

    :raises ValueError: one sentence, when it is none or would mean something else here.
    """
    if "[[:" in pattern:
        raise ValueError("character classes such as [[:alpha:]] are not supported")
    try:
        return re.compile(pattern, re.ASCII)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from None
    except (RecursionError, OverflowError):
        raise ValueError("not a regular expression that could be used") from None
