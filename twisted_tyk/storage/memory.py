"""A store in memory: for tests and small set-ups; it is gone when the gateway ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from math import inf
from typing import Final, ParamSpec, TypeVar

from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from twisted_tyk.interfaces import IStore
from twisted_tyk.storage.table import Entry, Table
from twisted_tyk.storage.values import added, checked_score, lifetime, other_kind

P = ParamSpec("P")
T = TypeVar("T")


def _at_once(method: Callable[P, T]) -> Callable[P, Deferred[T]]:
    """Have the method give a Deferred that has fired; ``ValueError`` makes it fail."""

    @wraps(method)
    def deferred(*args: P.args, **kwargs: P.kwargs) -> Deferred[T]:
        try:
            return succeed(method(*args, **kwargs))
        except ValueError as error:
            return fail(error)

    return deferred


@implementer(IStore)
class MemoryStore:
    """Its Deferreds have fired already. It holds any number of keys."""

    problem: Final = ""

    def __init__(self, clock: IReactorTime) -> None:
        """:param clock: by which keys end."""
        self._table = Table(clock.seconds)

    @_at_once
    def get(self, key: bytes) -> bytes | None:
        return self._string(key)

    @_at_once
    def get_many(self, keys: Sequence[bytes]) -> list[bytes | None]:
        entries = [self._table.find(key) for key in keys]
        return [e.value if e and isinstance(e.value, bytes) else None for e in entries]

    @_at_once
    def set(self, key: bytes, value: bytes, seconds: float = 0.0) -> None:
        self._table.put(key, value, lifetime(seconds))

    @_at_once
    def set_new(self, key: bytes, value: bytes, seconds: float = 0.0) -> bool:
        return self._set_if(False, key, value, lifetime(seconds))

    @_at_once
    def replace(self, key: bytes, value: bytes, seconds: float = 0.0) -> bool:
        return self._set_if(True, key, value, lifetime(seconds))

    @_at_once
    def delete(self, *keys: bytes) -> int:
        return sum(self._table.drop(key) for key in keys)

    @_at_once
    def increment(self, key: bytes, by: int = 1, seconds: float = 0.0) -> int:
        seconds = lifetime(seconds)
        old = self._string(key)
        total = added(old, by)
        entry = self._table.find(key)
        if entry is None:
            self._table.put(key, b"%d" % total, seconds)
        else:
            entry.value = b"%d" % total
        return total

    @_at_once
    def expire(self, key: bytes, seconds: float) -> bool:
        seconds = lifetime(seconds)
        entry = self._table.find(key)
        if entry is not None:
            self._table.renew(key, entry, seconds)
        return entry is not None

    @_at_once
    def ttl(self, key: bytes) -> float | None:
        entry = self._table.find(key)
        return None if entry is None else self._table.left(entry)

    @_at_once
    def keys(self, prefix: bytes) -> list[bytes]:
        return [key for key in self._table if key.startswith(prefix)]

    @_at_once
    def append(self, key: bytes, *values: bytes) -> None:
        if values:
            self._list(key, create=True).extend(values)

    @_at_once
    def items(self, key: bytes) -> list[bytes]:
        return list(self._list(key))

    @_at_once
    def remove_item(self, key: bytes, value: bytes) -> int:
        items = self._list(key)
        before = len(items)
        items[:] = [item for item in items if item != value]
        return self._shortened(key, before, len(items))

    @_at_once
    def add_member(self, key: bytes, member: bytes, score: float) -> None:
        number = checked_score(score)
        self._members(key, create=True)[member] = number

    @_at_once
    def members(
        self, key: bytes, low: float = -inf, high: float = inf
    ) -> list[tuple[bytes, float]]:
        found = [pair for pair in self._members(key).items() if low <= pair[1] <= high]
        return sorted(found, key=lambda pair: (pair[1], pair[0]))

    @_at_once
    def remove_member(self, key: bytes, member: bytes) -> bool:
        members = self._members(key)
        before = len(members)
        members.pop(member, None)
        return bool(self._shortened(key, before, len(members)))

    @_at_once
    def remove_scores(self, key: bytes, low: float, high: float) -> int:
        members = self._members(key)
        over = [member for member, number in members.items() if low <= number <= high]
        for member in over:
            del members[member]
        return self._shortened(key, len(members) + len(over), len(members))

    def start(self) -> None:
        """There is nothing to begin."""

    def stop(self) -> Deferred[None]:
        return succeed(None)

    def _string(self, key: bytes) -> bytes | None:
        entry = self._table.find(key)
        if entry is None:
            return None
        if not isinstance(entry.value, bytes):
            raise other_kind()
        return entry.value

    def _set_if(self, there: bool, key: bytes, value: bytes, seconds: float) -> bool:
        right = (self._table.find(key) is not None) == there
        if right:
            self._table.put(key, value, seconds)
        return right

    def _list(self, key: bytes, create: bool = False) -> list[bytes]:
        entry = self._found(key, [] if create else None)
        if entry is None:
            return []
        if not isinstance(entry.value, list):
            raise other_kind()
        return entry.value

    def _members(self, key: bytes, create: bool = False) -> dict[bytes, float]:
        entry = self._found(key, {} if create else None)
        if entry is None:
            return {}
        if not isinstance(entry.value, dict):
            raise other_kind()
        return entry.value

    def _found(self, key: bytes, fresh: list[bytes] | dict[bytes, float] | None) -> Entry | None:
        entry = self._table.find(key)
        if entry is None and fresh is not None:
            return self._table.put(key, fresh, 0)
        return entry

    def _shortened(self, key: bytes, before: int, now: int) -> int:
        """A list or set that is empty is not there any more, as in Redis."""
        if before and not now:
            self._table.drop(key)
        return before - now
