"""One library in the host in C."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted_tyk.native._host import ffi, lib
from twisted_tyk.native.abi import DEFINE, E_REFUSED, FORGET, OK
from twisted_tyk.native.contract import Caller, Line, Loading
from twisted_tyk.native.desk import Desk
from twisted_tyk.native.host import HostForked
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.packed import pack

if TYPE_CHECKING:
    # The process of a plugin needs no Twisted before it closes the library.
    from twisted.internet.defer import Deferred


_WITH_LINES: Final = lib.NATIVE_WITH_LINES


class Calls(Protocol):
    """What a library asks of its host."""

    def said(self, library: Any) -> list[Line]: ...
    def next_id(self) -> int: ...
    def fail(self, id: int, status: int) -> None: ...
    def gone(self, id: int) -> None: ...


class CLibrary:
    """See :class:`~twisted_tyk.native.contract.InlineLibrary`."""

    def __init__(self, library: Any, id: int, loading: Loading, desk: Desk, host: Calls) -> None:
        self.manifest: Manifest = loading.manifest
        self.file = loading.file
        self._library = library  # NULL from the beginning of its end
        self._handle = library  # NULL when it is gone
        self._id = id
        self._desk = desk
        self._host = host
        self._next_id = host.next_id
        self._outcome = ffi.new("native_outcome *")
        self._counts = ffi.new("native_counts *")
        self._overdue: set[int] = set()
        self._beginning = False
        self._waiting: list[Deferred[None]] = []

    def submit(self, function: int, frame: bytes, caller: Caller) -> int:
        id = self._next_id()
        status = lib.native_submit(self._library, id, function, frame, len(frame))
        if status == E_REFUSED:
            raise self._refusal()
        self._desk.calls[id] = caller
        if not self._beginning:
            self._beginning = True
            self._desk.soon(self._begin)
        if status != OK:
            self._host.fail(id, status)
        return id

    def _begin(self) -> None:
        self._beginning = False
        lib.native_begin(self._library)

    def call(self, function: int, frame: bytes) -> tuple[int, bytes, float, Sequence[Line]]:
        outcome = self._outcome
        lines: Sequence[Line] = ()
        status = lib.native_call(self._library, function, frame, len(frame), outcome)
        if status > 0:
            status -= _WITH_LINES
            lines = self._host.said(self._library)
        size = outcome.size
        if not size:
            return status, b"", outcome.seconds, lines
        result = status, ffi.buffer(outcome.data, size)[:], outcome.seconds, lines
        if outcome.owned:
            lib.native_give_back(self._library, outcome)
        return result

    def overdue(self, call: int) -> None:
        """A call that no thread has begun yet is over with ``E_REFUSED``."""
        if not lib.native_withdraw(self._handle, call) and call in self._desk.calls:
            self._overdue.add(call)

    def define(self, key: bytes, kind: bytes, document: bytes) -> None:
        self._control(DEFINE, pack([key, kind, document]))

    def forget(self, key: bytes) -> None:
        self._control(FORGET, pack([key]))

    def close(self) -> Deferred[None]:
        from twisted.internet.defer import Deferred, succeed

        if not self._handle:
            return succeed(None)
        closed: Deferred[None] = Deferred()
        self._waiting.append(closed)
        if self._library and self.end() != OK:
            raise HostForked(HostForked.__doc__)
        return closed

    def end(self) -> int:
        """Begin to close it."""
        library, self._library = self._library, ffi.NULL
        self._desk.ends[self._id] = self._ended
        return lib.native_unload(library, int(self._desk.grace * 1000))

    def state(self) -> dict[str, Any]:
        counts = self._counts
        lib.native_count(self._handle, counts)
        self._overdue.intersection_update(self._desk.calls)
        return {
            "host": "c",
            "pid": os.getpid(),
            "threads": counts.threads,
            "running": counts.running,
            "queued": counts.queued,
            "overdue": len(self._overdue),
            "lost": counts.lost,
        }

    def _control(self, control: int, strings: bytes) -> None:
        status = lib.native_control(self._library, control, strings, len(strings))
        if status != OK:
            self._desk.warn(self._id, f"its tyk_plugin_control returned {status}")

    def _ended(self) -> None:
        self._handle = ffi.NULL
        self._host.gone(self._id)
        waiting, self._waiting = self._waiting, []
        for closed in waiting:
            closed.callback(None)

    def _refusal(self) -> Exception:
        if self._library:
            return HostForked(HostForked.__doc__)
        return RuntimeError(f"{self.file}: it is closed, and takes no calls")
