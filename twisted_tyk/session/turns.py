"""A bounded queue in which those who ask much do not keep others waiting."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from attrs import define, field

T = TypeVar("T")


@define(eq=False)
class Turns(Generic[T]):
    """Each asker has a line of its own, and the lines take turns.

    :ivar most: things at most, of all together.
    """

    most: int
    _lines: dict[str, deque[T]] = field(factory=dict, init=False)
    _size: int = field(default=0, init=False)

    def __len__(self) -> int:
        return self._size

    def add(self, asker: str, thing: T) -> T | None:
        """Take it in.

        :returns: when there is no room, what has to go: the newest of the longest line.
        """
        self._lines.setdefault(asker, deque()).append(thing)
        self._size += 1
        if self._size <= self.most:
            return None
        longest = max(self._lines, key=self._length)
        last = self._lines[longest][-1]
        self.drop(longest, last)
        return last

    def next(self) -> T | None:
        """Take out the oldest of the line whose turn it is; ``None`` when there is nothing."""
        for asker in self._lines:
            line = self._lines.pop(asker)
            thing = line.popleft()
            self._size -= 1
            if line:
                self._lines[asker] = line
            return thing
        return None

    def drop(self, asker: str, thing: T) -> bool:
        """Take out one that nobody waits for any more. Whether it was there."""
        line = self._lines.get(asker)
        if line is None or thing not in line:
            return False
        line.remove(thing)
        self._size -= 1
        if not line:
            del self._lines[asker]
        return True

    def _length(self, asker: str) -> int:
        return len(self._lines[asker])
