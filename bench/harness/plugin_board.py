"""The turns of the table of plugins, and the lines that come of them."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from . import results
from .plugin_rows import Row
from .plugin_turn import PART, Turn
from .rounds import tried

#: Microseconds that the p99 may be higher than without a hook.
ADDED = 1000.0  # µs
HEADS = (
    *("hook", "requests/s", "÷ no hook (min–max)", "no hook's CPU ÷ its own"),
    *("gateway's µs of core/request", "helper's"),
    *("p50 ms", "p99 ms", f"{PART:.0%} of it: requests/s", "p50 µs", "p99 µs"),
    *("p99 µs without", "added p99 µs (min–max)"),
)
NONE = "–"


class Board:
    """The turns of each row so far, or why there are none."""

    def __init__(self) -> None:
        self.turns: dict[str, list[Turn]] = {}
        self.failures: dict[str, str] = {}

    def take(self, row: Row, measured: Callable[[], Turn]) -> str:
        """One more turn, or the end of the row. :returns: what came of it."""
        one = tried(measured)
        if isinstance(one, str):
            self.failures[row.name] = one
            return one
        self.turns.setdefault(row.name, []).append(one)
        return f"{one.full.rate:,.0f} requests/s, {one.ratio:.2f}, {one.added * 1e6:+,.0f} µs"

    def cells(self, row: Row) -> list[str]:
        turns = self.turns[row.name]

        def middle(of: Callable[[Turn], float]) -> float:
            return median(of(each) for each in turns)

        helper = middle(lambda t: t.full.children / t.full.requests) * 1e6
        own = middle(lambda t: (t.full.cpu - t.full.children) / t.full.requests) * 1e6
        ratios = [each.ratio for each in turns]
        added = [each.added * 1e6 for each in turns]
        return [
            row.label,
            f"{middle(lambda t: t.full.rate):,.0f}",
            f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})",
            f"{middle(lambda t: t.bare.cpu_per_request / t.full.cpu_per_request):.2f}",
            f"{own:.1f}",
            f"{helper:.1f}" if row.mode == "process" else NONE,
            f"{middle(lambda t: t.full.p50) * 1e3:.2f}",
            f"{middle(lambda t: t.full.p99) * 1e3:.2f}",
            f"{middle(lambda t: t.paced.rate):,.0f}",
            f"{middle(lambda t: t.paced.p50) * 1e6:,.0f}",
            f"{middle(lambda t: t.paced.p99) * 1e6:,.0f}",
            f"{middle(lambda t: t.bare_paced.p99) * 1e6:,.0f}",
            f"{median(added):+,.0f} ({min(added):+,.0f}–{max(added):+,.0f})",
        ]

    def verdicts(self, row: Row) -> list[str]:
        if row.least is None:
            return []
        turns = self.turns[row.name]
        rate = median(each.ratio for each in turns) * 100
        added = median(each.added for each in turns) * 1e6
        return [
            results.verdict(f"rate, {row.label}", rate, row.least, "% of no hook", least=True),
            results.verdict(f"added p99 at {PART:.0%} load, {row.label}", added, ADDED, "µs"),
        ]
