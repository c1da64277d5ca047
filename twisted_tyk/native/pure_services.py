"""Threads of plugins that wait for the answer of a service, in Python."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count

from twisted_tyk.native.abi import E_REFUSED
from twisted_tyk.native.desk import SERVICE, Item
from twisted_tyk.native.pure_here import Here

_Answer = tuple[int, bytes]


class PluginServices:
    """Refuses what could not be answered, so that nobody waits for ever."""

    def __init__(self, post: Callable[[Item], None], here: Here) -> None:
        self._post = post
        self._ids = count(1)
        self._lock = threading.Lock()
        self._waiting: dict[int, Future[_Answer]] = {}
        self._libraries: set[int] = set()
        self._closed = False
        self._here = here

    def begin(self, library: int) -> None:
        """Its services are to be had from here on."""
        self._libraries.add(library)

    def end(self, library: int) -> None:
        self._libraries.discard(library)

    def ask(self, library: int, service: int, given: bytes) -> _Answer:
        """Wait for the answer; in a thread of the plugin's."""
        if self._here.inside:
            return E_REFUSED, b""
        answer: Future[_Answer] = Future()
        with self._lock:
            if self._closed or library not in self._libraries:
                return E_REFUSED, b""
            id = next(self._ids)
            self._waiting[id] = answer
        self._post((SERVICE, service, id, given, 0, 0.0))
        return answer.result()

    def answer(self, id: int, status: int, data: bytes) -> None:
        """The answer; in the reactor thread. One too late or too many is passed over."""
        with self._lock:
            answer = self._waiting.pop(id, None)
        if answer is not None:
            answer.set_result((status, data))

    def close(self) -> None:
        with self._lock:
            self._closed = True
            waiting, self._waiting = self._waiting, {}
        for answer in waiting.values():
            answer.set_result((E_REFUSED, b""))
