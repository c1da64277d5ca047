"""Counters in Redis, under Tyk's names, so that a Tyk gateway on it counts along.

One script counts a whole batch in one round trip, atomically. Which clock counts: windows
go by the clock of the gateway that asks, as in Tyk, so gateways must agree on the time;
what has a lifetime (quotas, sentinels) goes by the clock of Redis.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.resources import files
from math import ceil
from typing import Any, Final, Protocol

from attrs import define, field
from twisted.internet.defer import Deferred

from twisted_tyk.limits.contract import Ask, Outcome, Quota, Rate
from twisted_tyk.limits.counters import Algorithm
from twisted_tyk.limits.names import ALLOWANCE, BLOCKED
from twisted_tyk.limits.smoothing import in_force
from twisted_tyk.limits.windows import NANO, window_start
from twisted_tyk.message.octets import octets

Words = list[bytes | str | int | float]

_SCRIPTS: Final = "twisted_tyk.limits"


class Redis(Protocol):
    """What is asked of a client."""

    @property
    def problem(self) -> str:
        """Why Redis is away, ``""`` while it is there."""

    def script(
        self, source: str, keys: Sequence[bytes], arguments: Sequence[bytes | str | int | float]
    ) -> Deferred[Any]:
        """Run a script; fails with ``StoreUnavailable``."""


@define(eq=False)
class RemoteCounters:
    """Called in the reactor thread.

    :ivar algorithm: by which rates are counted here.
    :ivar sets_sentinel: a rolling window that refuses a request also locks its client out
        for gateways that go by sentinels (``drl_enable_sentinel_rate_limiter``).
    """

    redis: Redis
    algorithm: Algorithm
    sets_sentinel: bool = False
    source: str = field(init=False, repr=False)
    _last: int = field(default=0, init=False)

    @source.default
    def _read(self) -> str:
        return files(_SCRIPTS).joinpath("count.lua").read_text(encoding="utf-8")

    def count(
        self, asks: Sequence[Ask], outcome: Outcome, gently: bool
    ) -> Deferred[None]:
        """Put the standings of ``asks`` and the refusal, if any, into ``outcome``."""
        now = outcome.now
        # No two requests of a gateway have the same time: a log has one entry for each time.
        self._last = now_ns = max(int(now * NANO), self._last + 1)
        keys: list[bytes] = []
        words: Words = [int(gently), str(now_ns), repr(now)]
        for ask in asks:
            if isinstance(ask, Quota):
                keys.append(octets(ask.key))
                words += ["quota", ask.limit, max(0, ask.renewal) * 1000]
            elif self.algorithm is Algorithm.FIXED:
                self._fixed(ask, now_ns, keys, words)
            else:
                self._log(ask, now, now_ns, keys, words)
        asked = self.redis.script(self.source, keys, words)
        return asked.addCallback(_read_answer, asks, outcome)

    def _fixed(self, ask: Rate, now: int, keys: list[bytes], words: Words) -> None:
        per = int(ask.per * NANO)
        start = window_start(now, per)
        keys.append(octets(f"{ask.key}/{start}"))
        words += ["fixed", ask.limit, max(1, ceil((start + per - now) / 1_000_000))]

    def _log(
        self, ask: Rate, now: float, now_ns: int, keys: list[bytes], words: Words
    ) -> None:
        by_sentinel = self.algorithm is Algorithm.SENTINEL
        keys += [octets(ask.key + suffix) for suffix in ("", BLOCKED, ALLOWANCE)]
        words += [
            "sentinel" if by_sentinel else "rolling",
            ask.limit,
            str(now_ns - int(ask.per * NANO)),
            max(1, ceil(ask.per * 1000)),
        ]
        if not by_sentinel:
            words.append(int(self.sets_sentinel))
        smoothing = in_force(ask.smoothing)
        words.append(int(smoothing is not None))
        if smoothing is not None:
            moves = datetime.fromtimestamp(now + smoothing.delay, timezone.utc)
            words += [smoothing.threshold, repr(smoothing.trigger), smoothing.step]
            words += [smoothing.delay, moves.strftime("%Y-%m-%dT%H:%M:%S.%fZ")]


def _read_answer(answer: Sequence[int], asks: Sequence[Ask], outcome: Outcome) -> None:
    passed, smoothed, *numbers = map(int, answer)
    for left, wait in zip(numbers[::2], numbers[1::2], strict=True):
        outcome.standings.append((left, outcome.now + wait / 1000 if wait else 0.0))
    outcome.smoothed = outcome.smoothed or smoothed
    if passed < len(asks):
        outcome.refused = asks[passed]
