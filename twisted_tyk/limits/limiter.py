"""The limiter of a gateway: what is counted where, and in which order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.limits.contract import Ask, Batch, ILimiter, Outcome, Quota, Rate
from twisted_tyk.limits.counters import Algorithm, Counters
from twisted_tyk.limits.kept import KeptQuotas
from twisted_tyk.limits.nodes import Nodes
from twisted_tyk.limits.remote import RemoteCounters

_FIRST: Final = 0


@implementer(ILimiter)
@define(eq=False)
class Limiter:
    """
    :ivar seconds: Unix time.
    :ivar counters: of this node.
    :ivar nodes: how many nodes share the rates.
    :ivar remote: the counters in Redis, if there is one.
    :ivar kept: where quotas outlive the gateway, when there is no Redis.
    :ivar asked: requests that were counted, since the gateway began.
    """

    seconds: Callable[[], float]
    counters: Counters
    nodes: Nodes
    remote: RemoteCounters | None = None
    kept: KeptQuotas | None = None
    asked: int = field(default=0, init=False)

    def ask(
        self, batch: Batch, gently: bool = False, local: bool = False
    ) -> Outcome | Deferred[Outcome]:
        """See :class:`ILimiter`."""
        self.asked += 1
        return self._go_on(Outcome(batch, self.seconds()), _FIRST, gently, local)

    def _go_on(
        self, outcome: Outcome, begin: int, gently: bool, local: bool
    ) -> Outcome | Deferred[Outcome]:
        counters, kept, remote = self.counters, self.kept, self.remote
        asks = outcome.batch.asks
        for ask in asks[begin:] if begin else asks:
            if isinstance(ask, Rate):
                if self._by_bucket(ask):
                    passes = counters.buckets.count(
                        ask, outcome.now, outcome.standings, self.nodes.count
                    )
                elif remote is None:
                    passes = counters.rate(ask, outcome, gently)
                else:
                    return self._ask_redis(outcome, gently, local)
            elif remote is not None:
                return self._ask_redis(outcome, gently, local)
            elif kept is not None and ask.key not in counters.quotas.entries:
                return self._read_first(kept, outcome, gently, local)
            else:
                passes = counters.quotas.count(ask, outcome.now, outcome.standings)
            if not passes:
                outcome.refused = ask
                return outcome
        return outcome

    def _by_bucket(self, ask: Rate) -> bool:
        if self.counters.algorithm is not Algorithm.SHARED:
            return False
        nodes = self.nodes
        return nodes.count <= 1 or ask.per_second > nodes.count * nodes.threshold

    def _is_remote(self, ask: Ask) -> bool:
        return isinstance(ask, Quota) or not self._by_bucket(ask)

    def _ask_redis(
        self, outcome: Outcome, gently: bool, local: bool
    ) -> Outcome | Deferred[Outcome]:
        remote = self.remote
        assert remote is not None
        begin = len(outcome.standings)
        asks = tuple(takewhile(self._is_remote, outcome.batch.asks[begin:]))
        if local and remote.redis.problem:
            return self._ask_here(outcome, asks, gently, local)
        counted: Deferred[Any] = remote.count(asks, outcome, gently)
        counted.addCallback(lambda _: self._back(outcome, gently, local))
        if local:
            counted.addErrback(self._away, outcome, asks, gently)
        return counted

    def _behind(
        self, outcome: Outcome, gently: bool, local: bool
    ) -> Outcome | Deferred[Outcome]:
        if outcome.refused is not None or len(outcome.standings) == len(outcome.batch.asks):
            return outcome
        return self._go_on(outcome, len(outcome.standings), gently, local)

    def _back(
        self, outcome: Outcome, gently: bool, local: bool
    ) -> Outcome | Deferred[Outcome]:
        """Redis has answered: what was counted in its place is of no use any more."""
        if self.counters.quotas.entries:
            self.counters.quotas.entries.clear()
        return self._behind(outcome, gently, local)

    def _away(
        self, failure: Failure, outcome: Outcome, asks: Sequence[Ask], gently: bool
    ) -> Outcome | Deferred[Outcome]:
        failure.trap(StoreUnavailable)
        return self._ask_here(outcome, asks, gently, True)

    def _ask_here(
        self, outcome: Outcome, asks: Sequence[Ask], gently: bool, local: bool
    ) -> Outcome | Deferred[Outcome]:
        """Count in memory what Redis is not there to count."""
        counters = self.counters
        for ask in asks:
            if isinstance(ask, Quota):
                passes = counters.quotas.count(ask, outcome.now, outcome.standings)
            else:
                passes = counters.rate(ask, outcome, gently)
            if not passes:
                outcome.refused = ask
                return outcome
        return self._behind(outcome, gently, local)

    def _read_first(
        self, kept: KeptQuotas, outcome: Outcome, gently: bool, local: bool
    ) -> Deferred[Outcome]:
        """Go on when the quota that comes next has been read from the store."""
        index = len(outcome.standings)
        ask = outcome.batch.asks[index]
        read: Deferred[Any] = kept.read(ask.key)
        if local:
            read.addErrback(lambda failure: failure.trap(StoreUnavailable))

        def count(_: object) -> Outcome | Deferred[Outcome]:
            assert isinstance(ask, Quota)
            if not self.counters.quotas.count(ask, outcome.now, outcome.standings):
                outcome.refused = ask
                return outcome
            return self._behind(outcome, gently, local)

        return read.addCallback(count)
