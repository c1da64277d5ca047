"""How long to wait before a process is started again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

#: Seconds of the first wait, and of the longest.
FIRST: Final = 0.1
LONGEST: Final = 10.0
#: Seconds that a process has to be well for what was before to be forgotten.
WELL: Final = 30.0


class Backoff:
    """None at first, then twice as long each time.

    Waits differ by up to a quarter, so that plugins which died together do
    not start together for ever.
    """

    def __init__(self, random: Callable[[], float]) -> None:
        """:param random: from 0 to 1."""
        self._random = random
        self._deaths = 0

    def died(self, well: float) -> float:
        """:param well: seconds for which it was ready. :returns: seconds to wait."""
        self._deaths = 1 if well >= WELL else self._deaths + 1
        if self._deaths == 1:
            return 0.0
        # The power stays small when a plugin dies all day.
        wait = min(FIRST * 2.0 ** min(self._deaths - 2, 20), LONGEST)
        return wait * (1 - self._random() / 4)
