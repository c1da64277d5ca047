"""The threads of a library in the host in Python, and the calls that wait for them."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from twisted_tyk.native.abi import E_MEMORY, E_REFUSED
from twisted_tyk.native.desk import DONE, Item
from twisted_tyk.native.pure_file import PluginFile
from twisted_tyk.native.pure_here import NOTHING, Here
from twisted_tyk.native.pure_threads import NoThread, ended, start


class Pool:
    """Calls functions of one file, in the order in which calls come.

    :ivar running: calls that a thread has begun.
    """

    def __init__(
        self, file: PluginFile, most: int, post: Callable[[Item], None], here: Here
    ) -> None:
        """:param most: threads at most; they are started as they are needed.

        :param post: told that a call is over; in any thread.
        :param here: is told which call a thread runs.
        """
        self.running = 0
        self._file = file
        self._most = max(most, 1)
        self._post = post
        self._here = here
        self._changed = threading.Condition()
        self._queue: deque[tuple[int, int, bytes]] = deque()
        self._threads: list[threading.Thread] = []
        self._idle = 0
        self._closing = False

    @property
    def threads(self) -> int:
        return len(self._threads)

    @property
    def queued(self) -> int:
        return len(self._queue)

    def submit(self, id: int, function: int, frame: bytes) -> None:
        with self._changed:
            self._queue.append((id, function, frame))
            if self._idle >= len(self._queue):
                self._changed.notify()
            elif len(self._threads) < self._most and not self._add() and not self._threads:
                self._queue.pop()
                self._finish(id, E_MEMORY)

    def withdraw(self, id: int) -> bool:
        """Take back a call that no thread has begun; it is told as refused."""
        with self._changed:
            for item in self._queue:
                if item[0] == id:
                    self._queue.remove(item)
                    self._finish(id, E_REFUSED)
                    return True
        return False

    def close(self) -> None:
        """Begin to end: what is queued is still called."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def ended(self, deadline: float) -> bool:
        """Wait until all threads are gone, or until ``deadline`` of the monotonic clock.

        What is still queued then is told as refused.
        """
        if ended(self._threads, deadline):
            return True
        with self._changed:
            while self._queue:
                self._finish(self._queue.popleft()[0], E_REFUSED)
        return False

    def _add(self) -> bool:
        try:
            self._threads.append(start(self._work))
        except NoThread:
            return False
        return True

    def _work(self) -> None:
        room = self._file.room()
        while True:
            with self._changed:
                while not self._queue and not self._closing:
                    self._idle += 1
                    self._changed.wait()
                    self._idle -= 1
                if not self._queue:
                    return
                id, function, frame = self._queue.popleft()
                self.running += 1
            self._here.call = id
            status, changes, seconds = self._file.call(function, frame, room)
            self._here.call = NOTHING
            with self._changed:
                self.running -= 1
            self._post((DONE, status, id, changes, 0, seconds))

    def _finish(self, id: int, status: int) -> None:
        self._post((DONE, status, id, b"", 0, 0.0))
