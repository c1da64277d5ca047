"""The functions that a plugin is given, in Python: any thread of a plugin's may call them."""

from __future__ import annotations

import atexit
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import cffi

from twisted_tyk.native import abi
from twisted_tyk.native.desk import LOG, LOST, METRIC, Item
from twisted_tyk.native.pure_services import PluginServices

#: Of each library, between two drains.
_MOST_TOLD: Final = 1024
_MOST_BYTES: Final = 1024 * 1024
_MOST_ASKED: Final = 64 * 1024 * 1024


class Table:
    """:ivar services: what plugins wait for.

    :ivar lost: log lines and metrics that were too many, by the library's id.
    """

    def __init__(
        self, ffi: cffi.FFI, post: Callable[[Item], None], forked: Callable[[], bool]
    ) -> None:
        self.services = PluginServices(post)
        self.lost: Counter[int] = Counter()
        self._ffi = ffi
        self._post = post
        self._forked = forked
        self._lock = threading.Lock()
        self._told: Counter[tuple[int, int]] = Counter()
        self._bytes: Counter[tuple[int, int]] = Counter()
        self._loss_told: set[int] = set()
        self._tables: dict[int, Any] = {}
        self._kept = False
        host = ffi.typeof("tyk_host")
        types = {name: member.type for name, member in host.fields or ()}
        self._functions = {
            "log": ffi.callback(types["log"], self._log),
            "metric": ffi.callback(types["metric"], self._metric),
            "service": ffi.callback(types["service"], self._service, error=abi.E_FAILED),
            "release": ffi.callback(types["release"], self._release),
        }
        self._answers: dict[int, Any] = {}

    def add(self, id: int) -> Any:
        """The table for one library more."""
        table = self._ffi.new("tyk_host *")
        table.size = self._ffi.sizeof("tyk_host")
        table.abi_major, table.abi_minor = abi.ABI_MAJOR, abi.ABI_MINOR
        table.context = self._ffi.cast("void *", id)
        for name, function in self._functions.items():
            setattr(table, name, function)
        self._tables[id] = table
        return table

    def drop(self, id: int, unmapped: bool) -> None:
        """A library is closed.

        :param unmapped: whether no code is left that could call the table.
        """
        self.services.end(id)
        with self._lock:
            self.lost.pop(id, None)
        if unmapped:
            del self._tables[id]
        else:
            self.keep()

    def keep(self) -> None:
        """There is code that may call a table for ever, so all stays until the process ends."""
        if not self._kept:
            self._kept = True
            atexit.register(self.next_batch)

    def next_batch(self) -> None:
        with self._lock:
            self._told.clear()
            self._bytes.clear()
            self._loss_told.clear()

    def _admit(self, id: int, kind: int, size: int) -> bool:
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

    def _log(
        self, context: Any, level: int, text: Any, size: int, fields: Any, fields_size: int
    ) -> None:
        if self._forked():
            return
        id = self._id(context)
        size, fields_size = size if text else 0, fields_size if fields else 0
        if self._admit(id, LOG, size + fields_size):
            level = min(max(level, abi.DEBUG), abi.SEVERE)
            data = self._copy(text, size) + self._copy(fields, fields_size)
            self._post((LOG, level, id, data, size, 0.0))

    def _metric(self, context: Any, kind: int, name: Any, size: int, value: float) -> None:
        if self._forked():
            return
        id = self._id(context)
        if not name or not size or not abi.COUNTER <= kind <= abi.TIMING:
            with self._lock:
                self.lost[id] += 1
        elif self._admit(id, METRIC, size):
            self._post((METRIC, kind, id, self._copy(name, size), 0, value))

    def _service(
        self, context: Any, service: int, given: Any, size: int, out: Any, out_size: Any
    ) -> int:
        if not out or not out_size or (size and not given) or size > _MOST_ASKED:
            return abi.E_ARGUMENT
        out[0], out_size[0] = self._ffi.NULL, 0
        if self._forked():
            return abi.E_REFUSED
        status, answer = self.services.ask(self._id(context), service, self._copy(given, size))
        if answer:
            memory = self._ffi.new("uint8_t[]", answer)
            self._answers[int(self._ffi.cast("uintptr_t", memory))] = memory
            out[0], out_size[0] = memory, len(answer)
        return status

    def _release(self, context: Any, out: Any) -> None:
        self._answers.pop(int(self._ffi.cast("uintptr_t", out)), None)

    def _id(self, context: Any) -> int:
        return int(self._ffi.cast("uintptr_t", context))

    def _copy(self, data: Any, size: int) -> bytes:
        copied: bytes = self._ffi.buffer(data, size)[:] if size else b""
        return copied
