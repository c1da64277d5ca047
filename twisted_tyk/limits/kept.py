"""Quotas of a node without Redis: counted in memory, kept in the store.

What has changed is written about once a second and when the gateway stops, under Tyk's
names, with the count as text and the time it has left as its lifetime. A gateway that is
killed loses what was counted since.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from attrs import define, field
from twisted.internet.defer import Deferred, DeferredList, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.limits.names import in_store
from twisted_tyk.limits.quotas import Quotas, Used
from twisted_tyk.together import Together

if TYPE_CHECKING:
    from twisted_tyk.interfaces import IStore


@define(eq=False)
class KeptQuotas:
    """Called in the reactor thread. :ivar seconds: Unix time."""

    quotas: Quotas
    store: IStore
    seconds: Callable[[], float]
    _reading: Together[str, None] = field(factory=Together, init=False)
    _told: bool = field(default=False, init=False)

    log = Logger()

    def read(self, key: str) -> Deferred[None]:
        """Have a quota in memory that was not there; it fails with ``StoreUnavailable``."""
        return self._reading.ask(key, self._read, key)

    @inlineCallbacks
    def _read(self, key: str) -> Any:
        name = in_store(key)
        value = yield self.store.get(name)
        left = None if value is None else (yield self.store.ttl(name))
        if key not in self.quotas.entries:
            self.quotas.entries[key] = self._used(key, value, left)

    def _used(self, key: str, value: bytes | None, left: float | None) -> Used:
        if value is None or left is None:
            # Long over, so that its first request begins it, though that came before the answer.
            return Used(0, 0.0)
        try:
            return Used(int(value), inf if left < 0 else self.seconds() + left)
        except ValueError:
            self.log.warn("a quota in the store is no number, so it begins anew")
            return Used(0, 0.0)

    def write(self) -> Deferred[Any]:
        """Tell the store what has changed. What it does not take is tried again."""
        now = self.seconds()
        writes = []
        for key, used in self.quotas.take_changed().items():
            if used.until > now:
                left = 0.0 if used.until == inf else used.until - now
                written = self.store.set(in_store(key), b"%d" % used.count, left)
                written.addCallbacks(self._written, self._lost, errbackArgs=(key, used))
                writes.append(written)
        return DeferredList(writes)

    def _written(self, _: None) -> None:
        self._told = False

    def _lost(self, failure: Failure, key: str, used: Used) -> None:
        if self.quotas.entries.get(key) is used and not used.changed:
            used.changed = True
            self.quotas.changed[key] = used
        if not self._told:
            self._told = True
            self.log.warn(
                "quotas can not be kept and are in memory only: {error}",
                error=getattr(failure.value, "reason", "") or failure.getErrorMessage(),
            )
