"""Records that are kept nowhere: counted, and told of now and then."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

#: Seconds between two lines in the log.
TELL_INTERVAL: Final = 60.0


@define(eq=False)
class Losses:
    """Called in the reactor thread.

    :ivar lost: told how many records have just been dropped.
    :ivar count: how many so far.
    :ivar last: nothing comes any more, so that all is told at once.
    """

    clock: IReactorTime
    lost: Callable[[int], None]
    count: int = field(default=0, init=False)
    last: bool = field(default=False, init=False)
    _untold: int = field(default=0, init=False)
    _told: float = field(default=-TELL_INTERVAL, init=False)

    log = Logger()

    def add(self, count: int, reason: str) -> None:
        """So many have just been dropped."""
        self.count += count
        self._untold += count
        self.lost(count)
        now = self.clock.seconds()
        if self._untold and (now - self._told >= TELL_INTERVAL or self.last):
            self.log.error(
                "analytics: {count} records were dropped: {reason}",
                count=self._untold, reason=reason,
            )  # fmt: skip
            self._told = now
            self._untold = 0
