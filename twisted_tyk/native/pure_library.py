"""One library in the host in Python, and its threads."""

from __future__ import annotations

import os
import threading
from collections import deque
from concurrent.futures import TimeoutError as Late
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted_tyk.native import desk as kinds
from twisted_tyk.native.abi import DEFINE, E_MEMORY, E_REFUSED, FORGET, OK
from twisted_tyk.native.contract import Done, Loading
from twisted_tyk.native.desk import Desk, Item
from twisted_tyk.native.host import HostForked
from twisted_tyk.native.packed import pack
from twisted_tyk.native.pure_file import PluginFile
from twisted_tyk.native.pure_table import Table
from twisted_tyk.native.pure_threads import NoThread, ended, start, within

if TYPE_CHECKING:
    # The process of a plugin needs no Twisted before it closes the library.
    from twisted.internet.defer import Deferred

#: Seconds for shutdown, when the calls have used up the time.
_LEAST_SHUTDOWN: Final = 0.1
#: Seconds beyond what tyk_plugin_shutdown has been told.
_PATIENCE: Final = 1.0


class Threads(Protocol):
    """What a library asks of its host."""

    def forked(self) -> bool: ...
    def next_id(self) -> int: ...
    def post(self, item: Item) -> None: ...
    def gone(self, id: int) -> None: ...


class PythonLibrary:
    """See :class:`~twisted_tyk.native.contract.InlineLibrary`."""

    def __init__(
        self, file: PluginFile, id: int, loading: Loading, desk: Desk, host: Threads, table: Table
    ) -> None:
        self.manifest = loading.manifest
        self.file = loading.file
        self._file = file
        self._id = id
        self._desk = desk
        self._host = host
        self._table = table
        self._most = max(loading.threads, 1)
        self._room = file.room()
        self._changed = threading.Condition()
        self._queue: deque[tuple[int, int, bytes]] = deque()
        self._threads: list[threading.Thread] = []
        self._idle = self._running = 0
        self._closing = self._gone = False
        self._overdue: set[int] = set()
        self._waiting: list[Deferred[None]] = []

    def submit(self, function: int, frame: bytes, done: Done) -> int:
        self._check()
        id = self._host.next_id()
        self._desk.calls[id] = done
        with self._changed:
            self._queue.append((id, function, frame))
            if self._idle >= len(self._queue):
                self._changed.notify()
            elif len(self._threads) < self._most and not self._add() and not self._threads:
                self._queue.pop()
                self._finish(id, E_MEMORY)
        return id

    def call(self, function: int, frame: bytes) -> tuple[int, bytes, float]:
        if self._closing or self._host.forked():
            return E_REFUSED, b"", 0.0
        with self._table.services.inside():
            return self._file.call(function, frame, self._room)

    def overdue(self, call: int) -> None:
        """A call that no thread has begun yet is over with ``E_REFUSED``."""
        with self._changed:
            queued = [item for item in self._queue if item[0] == call]
            for item in queued:
                self._queue.remove(item)
                self._finish(call, E_REFUSED)
        if not queued and call in self._desk.calls:
            self._overdue.add(call)

    def define(self, key: bytes, kind: bytes, document: bytes) -> None:
        self._control(DEFINE, pack([key, kind, document]))

    def forget(self, key: bytes) -> None:
        self._control(FORGET, pack([key]))

    def close(self) -> Deferred[None]:
        from twisted.internet.defer import Deferred, succeed

        if self._host.forked():
            raise HostForked(HostForked.__doc__)
        if self._gone:
            return succeed(None)
        closed: Deferred[None] = Deferred()
        self._waiting.append(closed)
        self.end()
        return closed

    def end(self) -> None:
        """Begin to close it."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify_all()
        self._desk.ends[self._id] = self._ended
        try:
            start(self._end)
        except NoThread:
            self._table.keep()
            self._host.post((kinds.CLOSED, kinds.STUCK, self._id, b"", 0, 0.0))

    def state(self) -> dict[str, Any]:
        self._overdue.intersection_update(self._desk.calls)
        return {
            "host": "python",
            "pid": os.getpid(),
            "threads": len(self._threads),
            "running": self._running,
            "queued": len(self._queue),
            "overdue": len(self._overdue),
            "lost": self._table.lost[self._id],
        }

    def _check(self) -> None:
        if self._host.forked():
            raise HostForked(HostForked.__doc__)
        if self._closing:
            raise RuntimeError(f"{self.file}: it is closed, and takes no calls")

    def _control(self, control: int, strings: bytes) -> None:
        self._check()
        with self._table.services.inside():
            status = self._file.control(control, strings)
        if status != OK:
            self._desk.warn(self._id, f"its tyk_plugin_control returned {status}")

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
                self._running += 1
            status, changes, seconds = self._file.call(function, frame, room)
            with self._changed:
                self._running -= 1
            self._host.post((kinds.DONE, status, id, changes, 0, seconds))

    def _end(self) -> None:
        end = self._shut_down(monotonic() + self._desk.grace)
        self._host.post((kinds.CLOSED, end, self._id, b"", 0, 0.0))

    def _shut_down(self, deadline: float) -> int:
        if not ended(self._threads, deadline):
            with self._changed:
                while self._queue:
                    self._finish(self._queue.popleft()[0], E_REFUSED)
            self._table.keep()
            return kinds.STUCK
        allowed = max(deadline - monotonic(), _LEAST_SHUTDOWN)
        try:
            within(partial(self._file.shutdown, int(allowed * 1000)), allowed + _PATIENCE)
            # In a thread of its own: the one that ran shutdown may have kept something.
            unmapped = within(self._file.unload, _PATIENCE)
        except (Late, NoThread):
            self._table.keep()
            return kinds.NOT_SHUT_DOWN
        self._table.drop(self._id, unmapped)
        return kinds.UNLOADED

    def _finish(self, id: int, status: int) -> None:
        self._host.post((kinds.DONE, status, id, b"", 0, 0.0))

    def _ended(self) -> None:
        self._gone = True
        self._host.gone(self._id)
        waiting, self._waiting = self._waiting, []
        for closed in waiting:
            closed.callback(None)
