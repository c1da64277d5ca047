"""The host in C, ``c/native.h``, as Python sees it."""

from __future__ import annotations

import os
from itertools import count
from struct import Struct
from typing import Any, Final

from twisted_tyk.native import not_loaded
from twisted_tyk.native._host import ffi, lib
from twisted_tyk.native.c_library import CLibrary
from twisted_tyk.native.contract import InlineLibrary, Line, Loading
from twisted_tyk.native.desk import DONE, Desk, Item, line_of
from twisted_tyk.native.host import HostForked
from twisted_tyk.plugins.driver import LoadError

#: ``native_record``
_RECORD: Final = Struct("=IiQQQdQ")


class CHost:
    """See :class:`~twisted_tyk.native.host.Host`."""

    kind = "c"

    def __init__(self, desk: Desk) -> None:
        """:raises OSError: when there is no memory or descriptor left."""
        self._desk = desk
        self._ids = count(1)
        self._failed: list[Item] = []
        self._libraries: dict[int, CLibrary] = {}
        self._host = lib.native_open()
        if not self._host:
            raise OSError("there is no memory or no file descriptor left for running plugins")
        self._fileno = lib.native_fileno(self._host)
        records = lib.native_records(self._host)
        self._records = ffi.buffer(records, lib.NATIVE_RECORDS * _RECORD.size)
        self._bytes = ffi.buffer(lib.native_bytes(self._host), lib.NATIVE_BYTES)

    def fileno(self) -> int:
        return self._fileno

    def drain(self) -> None:
        if not self._host:
            return
        number = lib.native_drain(self._host)
        if number < 0:
            raise HostForked(HostForked.__doc__)
        if number or self._failed:
            items = self._items(number)
            if self._failed:
                items += self._failed
                self._failed = []
            self._desk.tell(items, self._answer)

    def load(self, loading: Loading) -> InlineLibrary:
        id, desk = next(self._ids), self._desk
        desk.files[id] = loading.file
        problem = ffi.new("native_problem *")
        library = ffi.NULL
        if self._host:
            library = lib.native_load(
                self._host,
                id,
                os.fsencode(loading.copy),
                loading.config,
                len(loading.config),
                loading.threads,
                int(desk.load_time * 1000),
                problem,
            )
        if not library:
            if problem.step in (0, lib.NATIVE_MEMORY, lib.NATIVE_FORKED):
                del desk.files[id]
            raise _refusal(loading, problem, desk)
        self._libraries[id] = made = CLibrary(library, id, loading, desk, self)
        return made

    def close(self) -> None:
        host, self._host = self._host, ffi.NULL
        if host:
            for library in self._libraries.values():
                library.end()
            lib.native_close(host)

    # For libraries.

    def next_id(self) -> int:
        return next(self._ids)

    def fail(self, id: int, status: int) -> None:
        """A call that could not be submitted; tell it at the next drain."""
        self._failed.append((DONE, status, id, b"", 0, 0.0))
        lib.native_wake(self._host)

    def said(self, library: Any) -> list[Line]:
        """The lines of its last inline call."""
        lines: list[Line] = []
        while number := lib.native_said(library):
            lines += [line_of(item[1], item[3], item[4]) for item in self._items(number)]
        return lines

    def gone(self, id: int) -> None:
        del self._libraries[id]

    def _items(self, number: int) -> list[Item]:
        items: list[Item] = []
        at = 0
        lent = False
        data = self._bytes
        records = _RECORD.iter_unpack(self._records[: number * _RECORD.size])
        for kind, status, id, size, split, value, where in records:
            if where:
                given = bytes(ffi.buffer(ffi.cast("uint8_t *", where), size))
                lent = True
            else:
                given = data[at : at + size]
                at += size
            items.append((kind, status, id, given, split, value))
        if lent:
            lib.native_settle(self._host)
        return items

    def _answer(self, id: int, status: int, data: bytes) -> None:
        if self._host:
            lib.native_answer(self._host, id, status, data, len(data))


def _refusal(loading: Loading, problem: Any, desk: Desk) -> Exception:
    step, status = problem.step, problem.status
    if step == lib.NATIVE_OPEN:
        return not_loaded.not_opened(loading, os.fsdecode(ffi.string(problem.text)))
    if step == lib.NATIVE_SYMBOL:
        return not_loaded.no_symbol(loading, ffi.string(problem.text).decode())
    if step == lib.NATIVE_ABI:
        return not_loaded.other_version(loading, status)
    if step == lib.NATIVE_INIT:
        return not_loaded.init_failed(loading, status)
    if step == lib.NATIVE_TIME:
        return not_loaded.not_ready(loading, desk.load_time)
    if step == lib.NATIVE_FORKED:
        return HostForked(HostForked.__doc__)
    if step == lib.NATIVE_MEMORY:
        return not_loaded.no_memory(loading)
    return LoadError(f"{loading.file}: the gateway has stopped loading plugins")
