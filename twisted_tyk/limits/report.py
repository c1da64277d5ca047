"""``/<listen_path>/tyk/rate-limits/``: a client asks for its limits [gw/api.go userRatesCheck]."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.limits.contract import Batch, Quota
from twisted_tyk.limits.counters import Counters
from twisted_tyk.limits.of_api import ApiLimits
from twisted_tyk.limits.of_session import Wanted, limit_of, session_limits

if TYPE_CHECKING:
    from twisted_tyk.interfaces import IStore

_NOTHING: Final = ApiLimits((), (None,))
_JSON: Final = (b"Content-Type", b"application/json")


@frozen
class QuotaReader:
    """How a quota stands, without a request being counted.

    :ivar counters: in the memory of this node.
    :ivar store: has the quotas that are not in memory.
    """

    counters: Counters
    store: IStore

    @inlineCallbacks
    def read(self, quota: Quota) -> Any:
        """What remains, and when it renews in Unix seconds; 0 when it has not begun.

        It fails with ``StoreUnavailable``.
        """
        used = self.counters.quotas.entries.get(quota.key)
        now = self.counters.seconds()
        if used is not None:
            if used.until <= now:
                return quota.limit, 0
            renews = int(used.until) if quota.renewal else 0
            return max(0, quota.limit - used.count), renews
        name = quota.key.encode("utf-8", "surrogateescape")
        value = yield self.store.get(name)
        left = yield self.store.ttl(name)
        if value is None or left is None or not value.isdigit():
            return quota.limit, 0
        return max(0, quota.limit - int(value)), int(now + left) if left >= 0 else 0


@implementer(IStep)
@frozen
class LimitReport:
    """The end of a chain of its own: it always answers."""

    wanted: Wanted
    reader: QuotaReader
    name: str = "RateLimits"

    def process(self, exchange: Exchange) -> Deferred[Reply | None]:
        """The limits that count for the API, as JSON."""
        session = exchange.session
        assert session is not None, "KeyExpired lets nobody through without one"
        limits = session_limits(session, self.wanted, _NOTHING)
        batch = limits.whole or limits.batch(exchange)
        limit, _ = limit_of(session, self.wanted.api_id)
        return self._quota(batch).addCallback(_reply, limit.rate, limit.per)

    @inlineCallbacks
    def _quota(self, batch: Batch) -> Any:
        most, remaining, renews = batch.unlimited
        for ask in batch.asks:
            if isinstance(ask, Quota):
                remaining, renews = yield self.reader.read(ask)
        return {"quota_max": most, "quota_remaining": remaining, "quota_renews": renews}


def _reply(quota: dict[str, int], rate: float, per: float) -> Reply | None:
    value = {"quota": quota, "rate_limit": {"requests": _number(rate), "per_unit": _number(per)}}
    return Reply(200, [_JSON], json.dumps(value, separators=(",", ":")).encode() + b"\n")


def _number(value: float) -> float:
    """As Go writes it: a whole number has no point."""
    return int(value) if value == int(value) else value
