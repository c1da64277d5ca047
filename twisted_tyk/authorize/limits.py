"""A key's rate and quota (``RateLimitAndQuotaCheck``), and with them the rates of its API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from attrs import field, frozen
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import deferLater
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.limits.contract import Batch, ILimiter, Kind, Outcome
from twisted_tyk.limits.of_api import ApiLimits
from twisted_tyk.limits.of_session import SessionLimits, Wanted, session_limits
from twisted_tyk.limits.refused import Monitor, refusal, watch

_MOVED: Final = {1: "RateLimitSmoothingUp", -1: "RateLimitSmoothingDown"}

Happened = Callable[[str, str, Exchange], None]


@implementer(IStep)
@frozen(eq=False)
class KeyLimits:
    """
    :ivar wanted: what of a key's limits the API has.
    :ivar api: the API's own rates, asked for in the same go, so that Redis is asked once.
    :ivar local: count in memory while Redis is away.
    :ivar clock: for requests that wait for their turn.
    :ivar happened: takes an event of a request: its name, a message and the exchange.
    :ivar monitor: is told how quotas are used, if anybody wants to know.
    """

    limiter: ILimiter
    wanted: Wanted
    api: ApiLimits
    local: bool
    clock: IReactorTime
    happened: Happened
    monitor: Monitor | None = None
    name: str = "RateLimitAndQuotaCheck"
    # Of this step only: another one, after a reload, may have other limits of the API.
    _memo: str = field(init=False, repr=False)

    @_memo.default
    def _make_memo(self) -> str:
        return f"limits {self.wanted.api_id} {id(self.api)}"

    def process(self, exchange: Exchange) -> Deferred[Reply | None] | None:
        """:raises Refusal: 429 over the rate, 403 over the quota."""
        session = exchange.session
        if session is None:
            return None
        limits: SessionLimits | None = session.derived.get(self._memo)
        if limits is None:
            limits = session_limits(session, self.wanted, self.api)
            session.derived[self._memo] = limits
        batch = limits.whole or limits.batch(exchange)
        outcome = self.limiter.ask(batch, False, self.local)
        # Not isinstance: Deferred is an abstract class, which makes that a call in Python.
        if type(outcome) is not Outcome:
            assert isinstance(outcome, Deferred)
            return outcome.addCallback(self._counted, exchange, limits)
        exchange.limits = outcome
        if outcome.refused is None and not outcome.smoothed and self.monitor is None:
            return None
        return self._counted(outcome, exchange, limits)

    def _counted(
        self, outcome: Outcome, exchange: Exchange, limits: SessionLimits
    ) -> Deferred[Reply | None] | None:
        self._note(outcome, exchange)
        refused = outcome.refused
        if refused is None:
            return None
        if refused.kind is Kind.KEY and limits.retries > 0:
            return cast("Deferred[Reply | None]", self._throttle(outcome.batch, exchange, limits))
        raise refusal(outcome)

    @inlineCallbacks
    def _throttle(self, batch: Batch, exchange: Exchange, limits: SessionLimits) -> Any:
        """Let a request over the key's rate wait, and try it again; cancelled, it is given up."""
        outcome = cast("Outcome", exchange.limits)
        for _ in range(limits.retries):
            yield deferLater(self.clock, limits.interval)
            # A try that fails must not make the next one fail.
            tried = self.limiter.ask(batch, True, self.local)
            outcome = (yield tried) if isinstance(tried, Deferred) else tried
            self._note(outcome, exchange)
            if outcome.refused is None:
                return None
            if outcome.refused.kind is not Kind.KEY:
                break
        raise refusal(outcome)

    def _note(self, outcome: Outcome, exchange: Exchange) -> None:
        exchange.limits = outcome
        session = exchange.session
        if self.monitor is not None and session is not None:
            name = session.key_hash or self.wanted.hashed(session.key_id)
            watch(outcome, session, name, self.monitor)
        event = _MOVED.get(outcome.smoothed)
        if event is not None:
            self.happened(event, "Rate limit smoothing event", exchange)


@implementer(IStep)
@frozen(eq=False)
class OwnLimits:
    """The rates of the API itself (``RateLimitForAPI``), where no key has asked for them yet.

    :ivar local: count in memory while Redis is away.
    """

    limiter: ILimiter
    api: ApiLimits
    local: bool
    name: str = "RateLimitForAPI"
    _batches: tuple[Batch, ...] = field(init=False, repr=False)

    @_batches.default
    def _make_batches(self) -> tuple[Batch, ...]:
        return tuple(Batch(() if rate is None else (rate,)) for rate in self.api.rates)

    def process(self, exchange: Exchange) -> Deferred[Reply | None] | None:
        """:raises Refusal: 429 over the rate."""
        if exchange.limits is not None:
            return None
        batch = self._batches[self.api.place(exchange)]
        if not batch.asks:
            return None
        outcome = self.limiter.ask(batch, False, self.local)
        if type(outcome) is not Outcome:
            # See KeyLimits.
            assert isinstance(outcome, Deferred)
            return outcome.addCallback(_told, exchange)
        _told(outcome, exchange)
        return None


def _told(outcome: Outcome, exchange: Exchange) -> None:
    exchange.limits = outcome
    if outcome.refused is not None:
        raise refusal(outcome)
