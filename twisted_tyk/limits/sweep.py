"""Forgetting counters that are over, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from attrs import define, field

from twisted_tyk.limits.counters import Counters

#: Entries that are looked at in one go, at least.
AT_ONCE: Final = 2_000
#: Goes that it takes for all of them, at most.
GOES: Final = 60


@define(eq=False)
class Sweep:
    """Goes through all counters, again and again.

    :ivar keeps_quotas: the store has the quotas too, so that those which nobody uses need
        not stay in memory.
    """

    counters: Counters
    seconds: Callable[[], float]
    keeps_quotas: bool
    _rest: Iterator[None] = field(factory=lambda: iter(()), init=False)

    def some(self) -> None:
        """Look at the next entries: called about once a second."""
        entries = sum(map(len, self.counters.tables()))
        for _ in range(max(AT_ONCE, entries // GOES)):
            if next(self._rest, self) is self:
                self._rest = self._all()
                return

    def _all(self) -> Iterator[None]:
        for table in self.counters.tables():
            quotas = table is self.counters.quotas.entries
            for key in list(table):
                entry = table.get(key)
                if entry is not None:
                    over = entry.until <= self.seconds()
                    if over or (quotas and self._idle(entry)):
                        del table[key]
                yield

    def _idle(self, used: Any) -> bool:
        if not self.keeps_quotas or used.changed:
            return False
        idle: bool = used.count == used.seen
        used.seen = used.count
        return idle
