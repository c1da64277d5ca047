"""``/<listen_path>/tyk/rate-limits/``: a client asks for its limits [gw/api.go userRatesCheck]."""

from __future__ import annotations

import json
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.limits.contract import Batch, Quota
from twisted_tyk.limits.of_api import ApiLimits
from twisted_tyk.limits.of_session import Wanted, limit_of, session_limits
from twisted_tyk.limits.reader import QuotaReader

_NOTHING: Final = ApiLimits((), (None,))
_JSON: Final = (b"Content-Type", b"application/json")


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
