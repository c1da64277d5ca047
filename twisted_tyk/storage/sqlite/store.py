"""A file of SQLite as the store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.task import LoopingCall
from zope.interface import implementer

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.interfaces import IStore
from twisted_tyk.storage.sqlite.opening import connect, open_file
from twisted_tyk.storage.sqlite.operations import Operations
from twisted_tyk.storage.sqlite.worker import Worker

#: Seconds between two looks for keys that are over, and how many are taken away at once.
SWEEP_INTERVAL: Final = 10.0
SWEPT: Final = 1000


@implementer(IStore)
class SqliteStore:
    """Several processes may use one file. Its keys are never in memory all at once.

    A file that is there is opened at the start. One that is not is made when it is first
    asked for anything, so that a gateway that keeps nothing needs no place for it.
    """

    def __init__(self, reactor: Any, file: Path, now: Callable[[], float]) -> None:
        """
        :param file: its folder must be there.
        :param now: seconds since 1970; called in a thread.
        """
        self._reactor = reactor
        self._file = file
        self._now = now
        self._worker: Worker | None = None
        self._sweeping = LoopingCall(self._sweep)
        self._sweeping.clock = reactor

    @property
    def problem(self) -> str:
        return f"{self._file}: not open" if self._worker is None else self._worker.problem

    def start(self) -> None:
        """:raises ValueError: one sentence with the file, which is there, and what is wrong."""
        there = self._opened(open_file(self._file)) if self._file.exists() else None
        self._worker = Worker(self._reactor, self._connect, there, str(self._file))
        self._sweeping.start(SWEEP_INTERVAL, now=False)

    def _connect(self) -> Connection:
        return self._opened(connect(self._file))

    def _opened(self, connection: Connection) -> Connection:
        self._operations = Operations(connection, self._now)
        return connection

    def stop(self) -> Deferred[None]:
        if self._worker is None:
            return succeed(None)
        if self._sweeping.running:
            self._sweeping.stop()
        return self._worker.stop()

    def get(self, key: bytes) -> Deferred[bytes | None]:
        return self._do(False, Operations.get, key)

    def get_many(self, keys: Sequence[bytes]) -> Deferred[list[bytes | None]]:
        return self._do(False, Operations.get_many, list(keys))

    def set(self, key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[None]:
        return self._do(True, Operations.set, key, value, seconds)

    def set_new(self, key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[bool]:
        return self._do(True, Operations.set_new, key, value, seconds)

    def replace(self, key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[bool]:
        return self._do(True, Operations.replace, key, value, seconds)

    def delete(self, *keys: bytes) -> Deferred[int]:
        return self._do(True, Operations.delete, *keys)

    def increment(self, key: bytes, by: int = 1, seconds: float = 0.0) -> Deferred[int]:
        return self._do(True, Operations.increment, key, by, seconds)

    def expire(self, key: bytes, seconds: float) -> Deferred[bool]:
        return self._do(True, Operations.expire, key, seconds)

    def ttl(self, key: bytes) -> Deferred[float | None]:
        return self._do(False, Operations.ttl, key)

    def keys(self, prefix: bytes) -> Deferred[list[bytes]]:
        return self._do(False, Operations.keys, prefix)

    def append(self, key: bytes, *values: bytes) -> Deferred[None]:
        return self._do(True, Operations.append, key, *values)

    def items(self, key: bytes) -> Deferred[list[bytes]]:
        return self._do(False, Operations.items, key)

    def remove_item(self, key: bytes, value: bytes) -> Deferred[int]:
        return self._do(True, Operations.remove_item, key, value)

    def add_member(self, key: bytes, member: bytes, score: float) -> Deferred[None]:
        return self._do(True, Operations.add_member, key, member, score)

    def members(
        self, key: bytes, low: float = -inf, high: float = inf
    ) -> Deferred[list[tuple[bytes, float]]]:
        return self._do(False, Operations.members, key, low, high)

    def remove_member(self, key: bytes, member: bytes) -> Deferred[bool]:
        return self._do(True, Operations.remove_member, key, member)

    def remove_scores(self, key: bytes, low: float, high: float) -> Deferred[int]:
        return self._do(True, Operations.remove_scores, key, low, high)

    def _do(self, writes: bool, what: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        if self._worker is None:
            return fail(StoreUnavailable(self.problem))
        return self._worker.do(writes, lambda: what(self._operations, *arguments))

    def _sweep(self) -> None:
        """Being a write, it also finds that the file can be used again, or made now."""
        if self._worker is not None and self._worker.used:
            self._do(True, Operations.sweep, SWEPT).addCallbacks(self._swept, lambda _: None)

    def _swept(self, count: int) -> None:
        # Where so many end at once the rest is seen to at once, others being served in between.
        if count == SWEPT and self._sweeping.running:
            self._sweep()
