"""How much libraries may tell, in Python: what is too much is counted, and dropped."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Final

from twisted_tyk.native.desk import LOST, Item

#: Of each library and kind, between two drains or in one inline call.
_MOST_TOLD: Final = 1024
_MOST_BYTES: Final = 1024 * 1024


class Budget:
    """Any thread of a plugin's may ask it.

    :ivar lost: log lines and metrics that were too many, by the library's id.
    """

    def __init__(self, post: Callable[[Item], None]) -> None:
        self.lost: Counter[int] = Counter()
        self._post = post
        self._lock = threading.Lock()
        self._told: Counter[tuple[int, int]] = Counter()
        self._bytes: Counter[tuple[int, int]] = Counter()
        self._loss_told: set[int] = set()

    def admit(self, id: int, kind: int, size: int) -> bool:
        """Whether there is room for so many bytes more."""
        key = id, kind
        with self._lock:
            fits = self._told[key] < _MOST_TOLD and self._bytes[key] + size <= _MOST_BYTES
            if fits:
                self._told[key] += 1
                self._bytes[key] += size
                return True
            self.lost[id] += 1
            first = id not in self._loss_told
            self._loss_told.add(id)
        if first:
            self._post((LOST, 0, id, b"", 0, 0.0))
        return False

    def lose(self, id: int) -> None:
        """What it told was nothing that can be told."""
        with self._lock:
            self.lost[id] += 1

    def renew(self, id: int, kind: int) -> None:
        """There is room again for this kind."""
        with self._lock:
            del self._told[id, kind], self._bytes[id, kind]

    def next_batch(self) -> None:
        """There is room again for all."""
        with self._lock:
            self._told.clear()
            self._bytes.clear()
            self._loss_told.clear()

    def drop(self, id: int) -> None:
        """A library is closed."""
        with self._lock:
            self.lost.pop(id, None)
