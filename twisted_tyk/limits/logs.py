"""Rolling windows: the time of each request is kept, for as long as it counts.

Tyk's sliding log, in memory [internal/rate/sliding_log.go]. A request that is refused
counts too, so who goes on asking goes on being refused.
"""

from __future__ import annotations

from collections import deque

from attrs import define, field

from twisted_tyk.limits.contract import Rate, Standing
from twisted_tyk.limits.smoothing import Allowance, begin, in_force, move


@define
class Log:
    """:ivar until: when nothing in it counts any more, in Unix seconds."""

    times: deque[float]
    until: float = 0.0


@define
class Sentinel:
    """:ivar until: until when everything is refused, in Unix seconds."""

    until: float


@define(eq=False)
class Logs:
    """In memory. Of each log only as many times are kept as can make a difference."""

    logs: dict[str, Log] = field(factory=dict, init=False)
    sentinels: dict[str, Sentinel] = field(factory=dict, init=False)
    allowances: dict[str, Allowance] = field(factory=dict, init=False)

    def count(
        self, ask: Rate, now: float, standings: list[Standing], gently: bool = False
    ) -> tuple[bool, int]:
        """Whether the request passes, and what smoothing did: 1 up, -1 down, 0."""
        log, allowed, moved = self._look(ask, now)
        passes = len(log.times) < allowed
        if passes or not gently:
            _add(log, ask, now)
        standings.append(_standing(log, ask, allowed, now))
        return passes, moved

    def count_with_sentinel(
        self, ask: Rate, now: float, standings: list[Standing], gently: bool = False
    ) -> tuple[bool, int]:
        """The same where a sentinel decides.

        The log only sets it, by the request that makes it full; nothing passes until it is
        gone, ``per`` seconds later.
        """
        sentinel = self.sentinels.get(ask.key)
        passes = sentinel is None or not 0.0 < sentinel.until - now <= ask.per
        log, allowed, moved = self._look(ask, now)
        if not passes and gently:
            standings.append((0, self.sentinels[ask.key].until))
            return False, moved
        full = len(log.times) >= allowed - 1
        _add(log, ask, now)
        if full and passes:
            self.sentinels[ask.key] = Sentinel(now + ask.per)
        left = 0 if full else max(0, allowed - len(log.times))
        standings.append((left, self.sentinels[ask.key].until if full or not passes else 0.0))
        return passes, moved

    def _look(self, ask: Rate, now: float) -> tuple[Log, int, int]:
        log = self.logs.get(ask.key)
        if log is None or log.times.maxlen != ask.limit:
            times = deque(log.times if log is not None else (), ask.limit)
            log = self.logs[ask.key] = Log(times)
        times, over = log.times, now - ask.per
        # Also what lies ahead, after a clock was put back.
        while times and not over < times[0] <= now:
            times.popleft()
        return log, *self._allowed(ask, len(times), now)

    def _allowed(self, ask: Rate, count: int, now: float) -> tuple[int, int]:
        smoothing = in_force(ask.smoothing)
        if smoothing is None:
            return ask.limit, 0
        allowance = self.allowances.get(ask.key)
        if allowance is None or allowance.until <= now:
            allowance = self.allowances[ask.key] = begin(smoothing, ask.limit, now)
            moved = 0
        else:
            moved = move(allowance, smoothing, count, ask.limit, now)
        allowance.until = now + 2 * smoothing.delay
        return min(allowance.current, ask.limit), moved


def _add(log: Log, ask: Rate, now: float) -> None:
    log.times.append(now)
    log.until = now + ask.per


def _standing(log: Log, ask: Rate, allowed: int, now: float) -> Standing:
    left = allowed - len(log.times)
    if left > 0:
        return left, 0.0
    # The one that must be over before another may pass.
    return 0, log.times[-allowed] + ask.per
