"""A dictionary whose entries end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from math import inf

from attrs import define

Value = bytes | list[bytes] | dict[bytes, float]


@define(eq=False)
class Entry:
    """:ivar value: a string, a list, or a sorted set.

    :ivar until: when it is over, in seconds of the clock; ``inf`` is never.
    """

    value: Value
    until: float


class Table:
    """What is over is dropped before anything else is done, so it does not pile up."""

    def __init__(self, now: Callable[[], float]) -> None:
        """:param now: seconds of the clock."""
        self._now = now
        self._entries: dict[bytes, Entry] = {}
        # When entries end, soonest first; some of them are gone or end at another time by now.
        self._ends: list[tuple[float, bytes]] = []

    def __len__(self) -> int:
        self._drop_ended()
        return len(self._entries)

    def __iter__(self) -> Iterator[bytes]:
        """The keys."""
        self._drop_ended()
        return iter(self._entries)

    def find(self, key: bytes) -> Entry | None:
        """The entry, unless it is over."""
        self._drop_ended()
        return self._entries.get(key)

    def put(self, key: bytes, value: Value, seconds: float) -> Entry:
        """Replace whatever was there. :param seconds: 0 is for ever."""
        self._drop_ended()
        entry = self._entries[key] = Entry(value, inf)
        self.renew(key, entry, seconds)
        return entry

    def renew(self, key: bytes, entry: Entry, seconds: float) -> None:
        """Give an entry that is there a new lifetime."""
        entry.until = self._now() + seconds if seconds else inf
        if seconds:
            heappush(self._ends, (entry.until, key))
            if len(self._ends) > 2 * len(self._entries) + 64:
                self._ends = [(e.until, k) for k, e in self._entries.items() if e.until < inf]
                heapify(self._ends)

    def left(self, entry: Entry) -> float:
        """Seconds left, -1 for ever."""
        return -1.0 if entry.until == inf else entry.until - self._now()

    def drop(self, key: bytes) -> bool:
        """Whether it was there."""
        self._drop_ended()
        return self._entries.pop(key, None) is not None

    def _drop_ended(self) -> None:
        ends, now = self._ends, self._now()
        while ends and ends[0][0] <= now:
            until, key = heappop(ends)
            entry = self._entries.get(key)
            if entry is not None and entry.until == until:
                del self._entries[key]
