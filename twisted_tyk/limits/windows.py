"""Fixed windows: a counter that begins anew at fixed points of time [exp/limiters fixed window]."""

from __future__ import annotations

from typing import Final

from attrs import define, field

from twisted_tyk.limits.contract import Rate, Standing

NANO: Final = 1_000_000_000
#: Go's time begins on the first of January of the year 1, and windows with it.
_GO_BEGAN: Final = 62_135_596_800 * NANO


def window_start(now: int, per: int) -> int:
    """When the window of ``now`` began; all in nanoseconds, Unix time."""
    return now - (now + _GO_BEGAN) % per


@define
class Window:
    """:ivar until: when it is over, in Unix seconds."""

    start: int
    count: int
    until: float


@define(eq=False)
class Windows:
    """Fixed windows in memory."""

    entries: dict[str, Window] = field(factory=dict, init=False)

    def count(
        self, ask: Rate, now: float, standings: list[Standing], gently: bool = False
    ) -> bool:
        """Whether the request passes."""
        now_ns, per = int(now * NANO), int(ask.per * NANO)
        start = window_start(now_ns, per)
        window = self.entries.get(ask.key)
        if window is None or window.start != start:
            window = self.entries[ask.key] = Window(start, 0, (start + per) / NANO)
        if not gently or window.count < ask.limit:
            window.count += 1
            passes = window.count <= ask.limit
        else:
            passes = False
        standings.append((max(0, ask.limit - window.count), window.until))
        return passes
