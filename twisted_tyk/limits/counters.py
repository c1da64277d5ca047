"""All counters of one node that are in memory, and the choice of the algorithm."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

from attrs import define, field

from twisted_tyk.limits.bucket import Buckets
from twisted_tyk.limits.contract import Outcome, Rate
from twisted_tyk.limits.logs import Logs
from twisted_tyk.limits.quotas import Quotas
from twisted_tyk.limits.windows import Windows
from twisted_tyk.settings import Settings


class Algorithm(Enum):
    """How rates are counted, in the order in which Tyk's settings are looked at."""

    FIXED = "fixed window"
    SENTINEL = "sentinel"
    ROLLING = "rolling window"
    #: Buckets, and for low rates on several nodes a rolling window.
    SHARED = "shared buckets"


def chosen(settings: Settings) -> Algorithm:
    """The one that the settings ask for [gateway/session_manager.go newRateLimitChecker]."""
    if settings.enable_fixed_window_rate_limiter:
        return Algorithm.FIXED
    if settings.enable_sentinel_rate_limiter:
        return Algorithm.SENTINEL
    if settings.enable_redis_rolling_limiter:
        return Algorithm.ROLLING
    return Algorithm.SHARED


@define(eq=False)
class Counters:
    """Called in the reactor thread. :ivar seconds: Unix time."""

    algorithm: Algorithm
    seconds: Callable[[], float]
    buckets: Buckets = field(factory=Buckets, init=False)
    windows: Windows = field(factory=Windows, init=False)
    logs: Logs = field(factory=Logs, init=False)
    quotas: Quotas = field(factory=Quotas, init=False)

    def rate(self, ask: Rate, outcome: Outcome, gently: bool) -> bool:
        """Count by an algorithm other than buckets. Whether the request passes."""
        now, standings = outcome.now, outcome.standings
        if self.algorithm is Algorithm.FIXED:
            return self.windows.count(ask, now, standings, gently)
        if self.algorithm is Algorithm.SENTINEL:
            passes, moved = self.logs.count_with_sentinel(ask, now, standings, gently)
        else:
            passes, moved = self.logs.count(ask, now, standings, gently)
        outcome.smoothed = outcome.smoothed or moved
        return passes

    def tables(self) -> Iterator[dict[str, Any]]:
        """Those whose entries are of no use any more at their ``until``."""
        yield self.buckets.entries
        yield self.windows.entries
        yield self.logs.logs
        yield self.logs.sentinels
        yield self.logs.allowances
        yield self.quotas.entries
