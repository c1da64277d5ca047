"""Strings by key within bounds: what has an end makes room for what is new."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from attrs import define

#: What an entry costs beside its key and its value, about, in bytes.
OVERHEAD: Final = 200


class StoreFull(Exception):
    """There is no room, and too little has an end that could make room."""


@define(eq=False)
class Entry:
    """:ivar until: when it is over, in seconds of the clock; ``inf`` is never."""

    value: bytes
    until: float


class Shelf:
    """When it is full, what has an end makes room: first what is over, then what was not
    used for longest. What is for ever stays until it is dropped.

    :ivar lasting: what is for ever.
    :ivar lasting_size: its bytes.
    :ivar evicted: how many entries had to make room before they were over.
    """

    def __init__(self, now: Callable[[], float], most: int, room: int) -> None:
        """
        :param now: seconds of the clock.
        :param most: entries.
        :param room: for keys, values and :data:`OVERHEAD` of each, in bytes.
        """
        self._now = now
        self.most = most
        self.room = room
        self.lasting: dict[bytes, Entry] = {}
        self.lasting_size = 0
        # The least recently used first.
        self._passing: OrderedDict[bytes, Entry] = OrderedDict()
        self._passing_size = 0
        # When entries end, soonest first; some of them are gone or end later by now.
        self._ends: list[tuple[float, bytes]] = []
        self.evicted = 0

    def __len__(self) -> int:
        return len(self.lasting) + len(self._passing)

    @property
    def size(self) -> int:
        return self.lasting_size + self._passing_size

    def __iter__(self) -> Iterator[bytes]:
        """The keys."""
        yield from self.lasting
        yield from self._passing

    def find(self, key: bytes) -> Entry | None:
        """An entry that is not over; now it was used."""
        entry = self.lasting.get(key)
        if entry is not None:
            return entry
        entry = self._passing.get(key)
        if entry is None:
            return None
        if entry.until <= self._now():
            self.drop(key)
            return None
        self._passing.move_to_end(key)
        return entry

    def put(self, key: bytes, value: bytes, until: float) -> None:
        """:raises StoreFull: and all is as it was."""
        cost = cost_of(key, value)
        before = self.find(key)
        others, size = len(self.lasting), self.lasting_size
        if before is not None and before.until == inf:
            others, size = others - 1, size - cost_of(key, before.value)
        # Whether it fits when all makes room that may. If not, nothing has to.
        if others >= self.most or size + cost > self.room:
            raise StoreFull("the store is full")
        if before is not None:
            self.drop(key)
        if not self._fits(cost):
            self.drop_ended()
        while not self._fits(cost):
            self.drop(next(iter(self._passing)))
            self.evicted += 1
        if until == inf:
            self.lasting[key] = Entry(value, until)
            self.lasting_size += cost
        else:
            self._passing[key] = Entry(value, until)
            self._passing_size += cost
            self._note(key, until)

    def drop(self, key: bytes) -> None:
        """Take an entry away that is there."""
        entry = self.lasting.pop(key, None)
        if entry is not None:
            self.lasting_size -= cost_of(key, entry.value)
        else:
            self._passing_size -= cost_of(key, self._passing.pop(key).value)

    def drop_ended(self) -> None:
        """Take away what is over."""
        now = self._now()
        while self._ends and self._ends[0][0] <= now:
            _, key = heappop(self._ends)
            entry = self._passing.get(key)
            if entry is not None and entry.until <= now:
                self.drop(key)

    def _fits(self, cost: int) -> bool:
        return len(self) < self.most and self.size + cost <= self.room

    def _note(self, key: bytes, until: float) -> None:
        heappush(self._ends, (until, key))
        if len(self._ends) > 2 * len(self._passing) + 64:
            self._ends = [(entry.until, each) for each, entry in self._passing.items()]
            heapify(self._ends)


def cost_of(key: bytes, value: bytes) -> int:
    """The bytes that an entry counts for."""
    return len(key) + len(value) + OVERHEAD
