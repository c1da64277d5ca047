"""What every store takes and gives: lifetimes, numbers and scores, checked in one way."""

from __future__ import annotations

import re
from math import isfinite, isnan
from typing import Final

#: Lifetimes that are longer are as long as this, some 3000 years, in seconds.
LONGEST: Final = 1e11
_NUMBER: Final = re.compile(rb"0|-?[1-9][0-9]{0,18}")


def lifetime(seconds: float) -> float:
    """A lifetime that every store can hold; 0 stays 0, for ever.

    :raises ValueError: when it is negative or no number.
    """
    if seconds < 0 or not isfinite(seconds):
        raise ValueError(f"a lifetime of {seconds} s; expected 0 or more")
    return min(seconds, LONGEST)


def checked_score(number: float) -> float:
    """:raises ValueError: when it is no number; infinite ones are fine."""
    if isnan(number):
        raise ValueError("a score of nan; expected a number")
    return number


def added(value: bytes | None, by: int) -> int:
    """The sum of a string, 0 when there is none, and ``by``.

    :raises ValueError: when the string is no number, or the sum has more than 64 bits.
    """
    if value is None:
        total = by
    elif _NUMBER.fullmatch(value):
        total = int(value) + by
    else:
        raise ValueError("the value is not a number of at most 64 bits")
    if not -(2**63) <= total < 2**63:
        raise ValueError("the number has more than 64 bits")
    return total


def other_kind() -> ValueError:
    """The key holds something else than the method is for."""
    return ValueError("the key holds a value of another kind")
