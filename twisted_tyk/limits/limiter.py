"""The limiter of a gateway: what is counted where, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import takewhile
from typing import Any

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

Answer = Outcome | Deferred[Outcome]


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

    def ask(self, batch: Batch, gently: bool = False, local: bool = False) -> Answer:
        """See :class:`ILimiter`."""
        self.asked += 1
        outcome = Outcome(batch, self.seconds())
        only = batch.only
        if only is None or not self._by_bucket(only):
            return self._go_on(outcome, gently, local)
        # Nearly every request: one rate, and memory decides.
        nodes = self.nodes.count
        if not self.counters.buckets.count(only, outcome.now, outcome.standings, nodes):
            outcome.refused = only
        return outcome

    def _go_on(self, outcome: Outcome, gently: bool, local: bool, here: bool = False) -> Answer:
        """Count what was not counted yet. :param here: in memory, whatever it is."""
        counters, kept = self.counters, self.kept
        remote = None if here else self.remote
        asks, begin = outcome.batch.asks, len(outcome.standings)
        for ask in asks[begin:] if begin else asks:
            if isinstance(ask, Rate):
                if self._by_bucket(ask):
                    passes = counters.buckets.count(
                        ask, outcome.now, outcome.standings, self.nodes.count
                    )
                elif remote is None:
                    passes = counters.rate(ask, outcome, gently)
                else:
                    return self._ask_redis(remote, outcome, gently, local)
            elif remote is not None:
                return self._ask_redis(remote, outcome, gently, local)
            elif kept is not None and ask.key not in counters.quotas.entries:
                return self._read_first(kept, ask, outcome, gently, local)
            else:
                passes = counters.quotas.count(ask, outcome.now, outcome.standings)
            if not passes:
                outcome.refused = ask
                break
        return outcome

    def _by_bucket(self, ask: Rate) -> bool:
        if self.counters.algorithm is not Algorithm.SHARED:
            return False
        nodes = self.nodes
        return nodes.count <= 1 or ask.per_second > nodes.count * nodes.threshold

    def _is_remote(self, ask: Ask) -> bool:
        return isinstance(ask, Quota) or not self._by_bucket(ask)

    def _ask_redis(
        self, remote: RemoteCounters, outcome: Outcome, gently: bool, local: bool
    ) -> Answer:
        if local and remote.redis.problem:
            return self._go_on(outcome, gently, local, here=True)
        rest = outcome.batch.asks[len(outcome.standings) :]
        counted: Deferred[Any] = remote.count(
            tuple(takewhile(self._is_remote, rest)), outcome, gently
        )
        counted.addCallback(self._counted, outcome, gently, local)
        if local:
            counted.addErrback(self._away, outcome, gently)
        return counted

    def _counted(self, _: object, outcome: Outcome, gently: bool, local: bool) -> Answer:
        if self.counters.quotas.entries:
            # What was counted here while Redis was away is of no use any more.
            self.counters.quotas.entries.clear()
        return outcome if outcome.refused is not None else self._go_on(outcome, gently, local)

    def _away(self, failure: Failure, outcome: Outcome, gently: bool) -> Answer:
        failure.trap(StoreUnavailable)
        return self._go_on(outcome, gently, True, here=True)

    def _read_first(
        self, kept: KeptQuotas, ask: Quota, outcome: Outcome, gently: bool, local: bool
    ) -> Deferred[Outcome]:
        """Go on when the quota that comes next has been read from the store."""
        read: Deferred[Any] = kept.read(ask.key)
        if local:
            read.addErrback(lambda failure: failure.trap(StoreUnavailable))

        def count(_: object) -> Answer:
            if not self.counters.quotas.count(ask, outcome.now, outcome.standings):
                outcome.refused = ask
                return outcome
            return self._go_on(outcome, gently, local)

        return read.addCallback(count)
