"""The functions that a plugin is given, in Python: any thread of a plugin's may call them."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from typing import Any, Final

import cffi

from twisted_tyk.native import abi
from twisted_tyk.native.contract import Line
from twisted_tyk.native.desk import LOG, METRIC, SAID, Item, line_of
from twisted_tyk.native.pure_budget import Budget
from twisted_tyk.native.pure_here import INLINE, NOTHING, Here
from twisted_tyk.native.pure_services import PluginServices

_MOST_ASKED: Final = 64 * 1024 * 1024


class Table:
    """:ivar here: what threads run.

    :ivar services: what plugins wait for.
    :ivar budget: what may be told.
    """

    def __init__(
        self, ffi: cffi.FFI, post: Callable[[Item], None], forked: Callable[[], bool]
    ) -> None:
        self.here = Here()
        self.services = PluginServices(post, self.here)
        self.budget = Budget(post)
        self._ffi = ffi
        self._post = post
        self._forked = forked
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
        self.budget.drop(id)
        if unmapped:
            del self._tables[id]
        else:
            self.keep()

    def keep(self) -> None:
        """There is code that may call a table for ever, so all stays until the process ends."""
        if not self._kept:
            self._kept = True
            atexit.register(self.budget.next_batch)

    def said(self, id: int) -> list[Line]:
        """The lines of the inline call that this thread has made."""
        self.budget.renew(id, SAID)
        lines, self.here.said = self.here.said, []
        return lines

    def _log(
        self, context: Any, level: int, text: Any, size: int, fields: Any, fields_size: int
    ) -> None:
        if self._forked():
            return
        id = self._id(context)
        size, fields_size = size if text else 0, fields_size if fields else 0
        call = self.here.call
        if self.budget.admit(id, SAID if call == INLINE else LOG, size + fields_size):
            level = min(max(level, abi.DEBUG), abi.SEVERE)
            data = self._copy(text, size) + self._copy(fields, fields_size)
            if call == INLINE:
                self.here.said.append(line_of(level, data, size))
            elif call > NOTHING:
                self._post((SAID, level, call, data, size, 0.0))
            else:
                self._post((LOG, level, id, data, size, 0.0))

    def _metric(self, context: Any, kind: int, name: Any, size: int, value: float) -> None:
        if self._forked():
            return
        id = self._id(context)
        if not name or not size or not abi.COUNTER <= kind <= abi.TIMING:
            self.budget.lose(id)
        elif self.budget.admit(id, METRIC, size):
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
