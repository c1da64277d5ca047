"""One library in the host in Python."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import TimeoutError as Late
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted_tyk.native import desk as kinds
from twisted_tyk.native.abi import DEFINE, E_REFUSED, FORGET, OK
from twisted_tyk.native.contract import Caller, Line, Loading
from twisted_tyk.native.desk import Desk, Item
from twisted_tyk.native.host import HostForked
from twisted_tyk.native.packed import pack
from twisted_tyk.native.pure_file import PluginFile
from twisted_tyk.native.pure_here import CONTROL, INLINE, NOTHING
from twisted_tyk.native.pure_pool import Pool
from twisted_tyk.native.pure_table import Table
from twisted_tyk.native.pure_threads import NoThread, start, within

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
        self._here = table.here
        self._pool = Pool(file, loading.threads, host.post, table.here)
        self._room = file.room()
        self._closing = self._gone = False
        self._overdue: set[int] = set()
        self._waiting: list[Deferred[None]] = []

    def submit(self, function: int, frame: bytes, caller: Caller) -> int:
        self._check()
        id = self._host.next_id()
        self._desk.calls[id] = caller
        self._pool.submit(id, function, frame)
        return id

    def call(self, function: int, frame: bytes) -> tuple[int, bytes, float, Sequence[Line]]:
        if self._closing or self._host.forked():
            return E_REFUSED, b"", 0.0, ()
        here = self._here
        here.call = INLINE
        try:
            status, changes, seconds = self._file.call(function, frame, self._room)
        finally:
            here.call = NOTHING
        return status, changes, seconds, self._table.said(self._id) if here.said else ()

    def overdue(self, call: int) -> None:
        """A call that no thread has begun yet is over with ``E_REFUSED``."""
        if not self._pool.withdraw(call) and call in self._desk.calls:
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
        if self._closing:
            return
        self._closing = True
        self._pool.close()
        self._desk.ends[self._id] = self._ended
        try:
            start(self._end)
        except NoThread:
            self._told_closed(kinds.STUCK)

    def state(self) -> dict[str, Any]:
        self._overdue.intersection_update(self._desk.calls)
        return {
            "host": "python",
            "pid": os.getpid(),
            "threads": self._pool.threads,
            "running": self._pool.running,
            "queued": self._pool.queued,
            "overdue": len(self._overdue),
            "lost": self._table.budget.lost[self._id],
        }

    def _check(self) -> None:
        if self._host.forked():
            raise HostForked(HostForked.__doc__)
        if self._closing:
            raise RuntimeError(f"{self.file}: it is closed, and takes no calls")

    def _control(self, control: int, strings: bytes) -> None:
        self._check()
        self._here.call = CONTROL
        try:
            status = self._file.control(control, strings)
        finally:
            self._here.call = NOTHING
        if status != OK:
            self._desk.warn(self._id, f"its tyk_plugin_control returned {status}")

    def _end(self) -> None:
        self._told_closed(self._shut_down(monotonic() + self._desk.grace))

    def _shut_down(self, deadline: float) -> int:
        if not self._pool.ended(deadline):
            return kinds.STUCK
        allowed = max(deadline - monotonic(), _LEAST_SHUTDOWN)
        try:
            within(partial(self._file.shutdown, int(allowed * 1000)), allowed + _PATIENCE)
            # In a thread of its own: the one that ran shutdown may have kept something.
            unmapped = within(self._file.unload, _PATIENCE)
        except (Late, NoThread):
            return kinds.NOT_SHUT_DOWN
        self._table.drop(self._id, unmapped)
        return kinds.UNLOADED

    def _told_closed(self, end: int) -> None:
        if end != kinds.UNLOADED:
            self._table.keep()
        self._host.post((kinds.CLOSED, end, self._id, b"", 0, 0.0))

    def _ended(self) -> None:
        self._gone = True
        self._host.gone(self._id)
        waiting, self._waiting = self._waiting, []
        for closed in waiting:
            closed.callback(None)
