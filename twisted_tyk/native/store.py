"""What plugins keep beyond a request: strings by key, in memory, until their time is over.

It is for all plugins of the gateway together, and gone when the gateway ends.
"""

from __future__ import annotations

import re
from math import inf
from typing import Any, Final, NoReturn

from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_tyk.native.shelf import Shelf, StoreFull, cost_of

#: Seconds between two lines in the log that tell of a full store.
TELL_INTERVAL: Final = 60.0
_NUMBER: Final = re.compile(rb"-?[0-9]{1,19}")


class Store:
    """Called in the reactor thread. Lifetimes are seconds; 0 is for ever.

    What happens when it is full says :class:`~twisted_tyk.native.shelf.Shelf`.
    """

    log = Logger()

    def __init__(
        self, clock: IReactorTime, entries: int = 100_000, size: int = 64 * 1024 * 1024
    ) -> None:
        """
        :param entries: at most.
        :param size: of keys, values and a little for each entry, in bytes, at most.
        """
        self._clock = clock
        self._shelf = Shelf(clock.seconds, entries, size)
        self._refused = 0
        self._told = -inf

    def get(self, key: bytes) -> bytes | None:
        """The value, or ``None``."""
        entry = self._shelf.find(key)
        return None if entry is None else entry.value

    def set(self, key: bytes, value: bytes, seconds: float = 0.0) -> None:
        """Keep a value in place of any before. :raises StoreFull: and that one stays."""
        self._put(key, value, self._until(seconds))

    def set_new(self, key: bytes, value: bytes, seconds: float = 0.0) -> bool:
        """The same for a key that is not there. Whether it was not. :raises StoreFull:"""
        if self._shelf.find(key) is not None:
            return False
        self.set(key, value, seconds)
        return True

    def delete(self, key: bytes) -> bool:
        """Whether it was there."""
        if self._shelf.find(key) is None:
            return False
        self._shelf.drop(key)
        return True

    def increment(self, key: bytes, by: int, seconds: float = 0.0) -> int:
        """Add to a number; one that is new was 0, and only then ``seconds`` count.

        :raises ValueError: when the value is no number, or the sum has more than 64 bits.
        :raises StoreFull: and the number is what it was.
        """
        entry = self._shelf.find(key)
        if entry is not None and not _NUMBER.fullmatch(entry.value):
            raise ValueError("the value is not a number")
        number = by if entry is None else by + int(entry.value)
        if not -(2**63) <= number < 2**63:
            raise ValueError("the number is out of range")
        self._put(key, b"%d" % number, self._until(seconds) if entry is None else entry.until)
        return number

    def expire(self, key: bytes, seconds: float) -> bool:
        """Give a new lifetime. Whether the key was there."""
        entry = self._shelf.find(key)
        if entry is None:
            return False
        self._put(key, entry.value, self._until(seconds))
        return True

    def ttl(self, key: bytes) -> float | None:
        """Seconds left, -1 for ever, ``None`` when there is no such key."""
        entry = self._shelf.find(key)
        if entry is None:
            return None
        return -1.0 if entry.until == inf else entry.until - self._clock.seconds()

    def keys(self, beginning: bytes) -> list[bytes]:
        """Those that begin so, in their order."""
        self._shelf.drop_ended()
        return sorted(key for key in self._shelf if key.startswith(beginning))

    def state(self) -> dict[str, Any]:
        """For people: how full it is, what had to make room, and what did not fit."""
        self._shelf.drop_ended()
        return {
            "entries": len(self._shelf),
            "bytes": self._shelf.size,
            "evicted": self._shelf.evicted,
            "refused": self._refused,
        }

    def _until(self, seconds: float) -> float:
        return self._clock.seconds() + seconds if seconds else inf

    def _put(self, key: bytes, value: bytes, until: float) -> None:
        try:
            self._shelf.put(key, value, until)
        except StoreFull:
            self._refuse(key, cost_of(key, value))

    def _refuse(self, key: bytes, cost: int) -> NoReturn:
        self._refused += 1
        now = self._clock.seconds()
        if now - self._told >= TELL_INTERVAL:
            self._told = now
            shelf = self._shelf
            self.log.error(
                "the store of plugins has no room for {key!r} ({cost} bytes): {count} entries of "
                "{most} and {size} bytes of {room} are there for ever; {refused} were refused",
                key=key[:100], cost=cost, count=len(shelf.lasting), most=shelf.most,
                size=shelf.lasting_size, room=shelf.room, refused=self._refused,
            )  # fmt: skip
        raise StoreFull("the store is full")
