"""How counters stand without a request being counted, and their end."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.limits.contract import Quota
from twisted_tyk.limits.counters import Counters
from twisted_tyk.limits.names import BLOCKED, in_store

if TYPE_CHECKING:
    from twisted_tyk.interfaces import IStore


@frozen
class QuotaReader:
    """Its Deferreds fail with :class:`~twisted_tyk.errors.StoreUnavailable`.

    :ivar counters: in the memory of this node: what the store does not know yet or never will.
    :ivar store: has the quotas that are not in memory.
    """

    counters: Counters
    store: IStore

    def used(self, *names: str) -> Deferred[list[int]]:
        """How often these quotas have been used since they began, 0 for those that have not."""
        here = [self.counters.quotas.entries.get(name) for name in names]
        now = self.counters.seconds()

        def counted(values: list[bytes | None]) -> list[int]:
            return [
                _number(value) if used is None else used.count if used.until > now else 0
                for used, value in zip(here, values, strict=True)
            ]

        return self.store.get_many([in_store(name) for name in names]).addCallback(counted)

    @inlineCallbacks
    def read(self, quota: Quota) -> Any:
        """What remains, and when it renews in Unix seconds; 0 when it has not begun, or never
        does.
        """
        used = self.counters.quotas.entries.get(quota.key)
        now = self.counters.seconds()
        if used is not None:
            # One that was to last for ever and is not any more begins with the next request.
            begun = now < used.until and (used.until < inf or not quota.renewal)
            count = used.count if begun else 0
            until = used.until if begun and quota.renewal else inf
        else:
            (count,) = yield self.used(quota.key)
            left = (yield self.store.ttl(in_store(quota.key))) if count else None
            until = now + left if left is not None and left >= 0 else inf
        return max(0, quota.limit - count), int(until) if until != inf else 0

    def forget(self, *names: str) -> Deferred[int]:
        """Begin these anew: quotas, and what locks a client out because of a rate."""
        for name in names:
            self.counters.quotas.entries.pop(name, None)
            self.counters.quotas.changed.pop(name, None)
            self.counters.logs.sentinels.pop(name.removesuffix(BLOCKED), None)
        return self.store.delete(*map(in_store, names))


def _number(value: bytes | None) -> int:
    return int(value) if value is not None and value.isdigit() else 0
