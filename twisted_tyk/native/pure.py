"""The host in Python, for where the extension in C is not built: the same, only slower."""

from __future__ import annotations

import os
import threading
from concurrent.futures import TimeoutError as Late
from functools import partial
from itertools import count

from twisted_tyk.native import not_loaded
from twisted_tyk.native.contract import InlineLibrary, Loading
from twisted_tyk.native.desk import CLOSED, NOT_LOADED, Desk, Item
from twisted_tyk.native.host import HostForked
from twisted_tyk.native.pure_file import PluginFile, System
from twisted_tyk.native.pure_library import PythonLibrary
from twisted_tyk.native.pure_table import Table
from twisted_tyk.native.pure_threads import NoThread, within
from twisted_tyk.plugins.driver import LoadError


class PythonHost:
    """See :class:`~twisted_tyk.native.host.Host`."""

    kind = "python"

    def __init__(self, desk: Desk) -> None:
        """:raises OSError: when there are no descriptors left."""
        self._desk = desk
        self._ids = count(1)
        self._lock = threading.Lock()
        self._items: list[Item] = []
        self._closed = False
        self._process = os.getpid()
        self._libraries: dict[int, PythonLibrary] = {}
        self._readable, self._wake = os.pipe()
        self._system = System.make()
        self._table = Table(self._system.ffi, self.post, self.forked)

    def fileno(self) -> int:
        return self._readable

    def drain(self) -> None:
        if self._closed:
            return
        if self.forked():
            raise HostForked(HostForked.__doc__)
        with self._lock:
            items, self._items = self._items, []
            if items:
                os.read(self._readable, 1)
        self._table.budget.next_batch()
        self._desk.tell(items, self._table.services.answer)

    def load(self, loading: Loading) -> InlineLibrary:
        if self.forked():
            raise HostForked(HostForked.__doc__)
        if self._closed:
            raise LoadError(f"{loading.file}: the gateway has stopped loading plugins")
        id = next(self._ids)
        self._desk.files[id] = loading.file
        file = PluginFile(self._system, loading)
        try:
            within(partial(file.open, self._table.add(id)), self._desk.load_time)
        except Late:
            self._table.keep()
            self.post((CLOSED, NOT_LOADED, id, b"", 0, 0.0))
            raise not_loaded.not_ready(loading, self._desk.load_time) from None
        except (LoadError, NoThread) as error:
            self._table.drop(id, file.unload())
            self.post((CLOSED, NOT_LOADED, id, b"", 0, 0.0))
            if isinstance(error, LoadError):
                raise
            raise not_loaded.no_memory(loading) from None
        self._table.services.begin(id)
        library = PythonLibrary(file, id, loading, self._desk, self, self._table)
        self._libraries[id] = library
        return library

    def close(self) -> None:
        if self._closed or self.forked():
            return
        for library in self._libraries.values():
            library.end()
        with self._lock:
            self._closed = True
            self._items = []
            os.close(self._readable)
            os.close(self._wake)
        self._table.services.close()

    # For libraries and their threads.

    def forked(self) -> bool:
        return os.getpid() != self._process

    def next_id(self) -> int:
        return next(self._ids)

    def post(self, item: Item) -> None:
        """Have it told at the next drain; in any thread."""
        with self._lock:
            if self._closed:
                return
            self._items.append(item)
            # One byte is in the pipe as long as there is something to tell.
            if len(self._items) == 1:
                os.write(self._wake, b"!")

    def gone(self, id: int) -> None:
        del self._libraries[id]
