"""Measure the gateway and its peers side by side, in rounds.

Every turn starts one proxy fresh, checks its answers, warms it up, times it and stops it, so
nothing else is alive on its core. Rounds interleave the rows: drift of the machine hits all.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from statistics import median

from harness import results, rounds
from harness.answers import verify, verify_soon
from harness.process import Cores, leave_on_signals
from harness.rounds import tried
from harness.subjects import Subject, small_upstream, subjects
from harness.wrk import Sample, load

HEADS = (
    *("proxy", "requests/s"),
    *("÷ treq proxy (min–max)", "÷ aiohttp (min–max)", "÷ keyless (min–max)"),
    *(
        "treq proxy's CPU ÷ its own",
        "µs of core/request",
        "core used",
        "p50 ms",
        "p99 ms",
        "p99/p50",
    ),
)
NONE = "–"


class Board:
    """What has been measured so far: a sample per row and round, or why there is none."""

    def __init__(self) -> None:
        self.samples: dict[str, dict[int, Sample]] = {}
        self.failures: dict[str, str] = {}

    def ratios(
        self, name: str, base: str, of: Callable[[Sample], float] = lambda s: s.rate
    ) -> list[float]:
        """This row's rate, or another figure, against another row's, round by round."""
        others = {} if base in self.failures else self.samples.get(base, {})
        mine = self.samples.get(name, {})
        return [of(mine[n]) / of(others[n]) for n in sorted(mine.keys() & others.keys())]

    def text(self, rows: list[Subject]) -> str:
        """The table of what was measured, and below it why the others were not."""
        timed = [self.row(row) for row in rows if row.name not in self.failures]
        missing = [
            f"- {row.label}: {self.failures[row.name]}" for row in rows if row.name in self.failures
        ]
        parts = (results.table(HEADS, timed), "\n".join(missing), "\n".join(self.verdicts(rows)))
        return "\n\n".join(part for part in parts if part)

    def verdicts(self, rows: list[Subject]) -> list[str]:
        """How the rows fare that have a target."""
        return [
            results.verdict(
                f"rate, {row.label}", median(ratios) * 100, row.least * 100, "% of keyless",
                least=True,
            )
            for row in rows
            if row.least is not None and (ratios := self.ratios(row.name, "keyless"))
        ]  # fmt: skip

    def row(self, subject: Subject) -> list[str]:
        samples = list(self.samples[subject.name].values())

        def middle(of: Callable[[Sample], float]) -> float:
            return median(of(sample) for sample in samples)

        return [
            subject.label,
            f"{middle(lambda s: s.rate):,.0f}",
            _spread(self.ratios(subject.name, "treq")),
            _spread(self.ratios(subject.name, "aiohttp")),
            _spread(self.ratios(subject.name, "keyless")),
            _spread(self.ratios(subject.name, "treq", lambda s: 1 / s.cpu_per_request)),
            f"{middle(lambda s: s.cpu_per_request) * 1e6:.1f}",
            f"{middle(lambda s: s.core_share):.0%}",
            f"{middle(lambda s: s.p50) * 1e3:.2f}",
            f"{middle(lambda s: s.p99) * 1e3:.2f}",
            f"{middle(lambda s: s.tail):.1f}",
        ]


def _spread(ratios: list[float]) -> str:
    if not ratios:
        return NONE
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def turn(subject: Subject, cores: Cores, seconds: int, warm_up: int) -> Sample:
    """One row in one round."""
    hooks = {"request_hook": subject.request_hook, "response_hook": subject.response_hook}
    with subject.serve(cores) as (pid, port):
        verify_soon(port, **hooks)
        load(pid, port, warm_up, cores)
        sample = load(pid, port, seconds, cores)
        verify(port, **hooks)
        return sample


def measure(rows: list[Subject], cores: Cores, options: Namespace) -> Board:
    board = Board()
    for number in range(1, options.rounds + 1):
        for subject in rows:
            if subject.name in board.failures:
                continue
            sample = tried(partial(turn, subject, cores, options.seconds, options.warm_up))
            if isinstance(sample, str):
                board.failures[subject.name] = outcome = sample
            else:
                board.samples.setdefault(subject.name, {})[number] = sample
                outcome = f"{sample.rate:,.0f} requests/s"
            print(f"round {number}: {subject.name}: {outcome}", file=sys.stderr, flush=True)
    return board


def main() -> int:
    options = rounds.options(__doc__, "rows to measure, separated by commas", 3, ("nginx", "wrk"))
    leave_on_signals()
    cores = Cores.choose()
    rows = subjects(options.only)
    text = results.environment(
        cores,
        f"{options.rounds} rounds of {options.seconds} s after {options.warm_up} s of warm-up, "
        "`wrk -t1 -c32`; medians",
    )
    try:
        with small_upstream(cores):
            board = measure(rows, cores, options)
    except KeyboardInterrupt:
        sys.exit("interrupted: everything is stopped, nothing is written")
    text += "\n\n" + board.text(rows)
    print(text)
    if options.write:
        results.write("throughput", text)
    return 1 if board.failures or "MISSED" in text else 0


if __name__ == "__main__":
    sys.exit(main())
