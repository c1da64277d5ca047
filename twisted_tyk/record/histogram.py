"""Times in classes, as Prometheus has them."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

#: Upper ends of the classes in seconds, as OpenTelemetry advises for requests, with three
#: more below: a gateway's own steps take microseconds.
BOUNDS: Final = (
    0.00005, 0.0002, 0.001, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5,
    5.0, 7.5, 10.0,
)  # fmt: skip


class Histogram:
    """Counts times. It belongs to the reactor thread."""

    __slots__ = ("_counts", "_sum")

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """Something took so long."""
        self._counts[bisect_left(BOUNDS, seconds)] += 1
        self._sum += seconds

    def classes(self) -> tuple[list[tuple[str, float]], float]:
        """How many took at most as long, for each class, and the sum of all."""
        counted, found = 0, []
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self._counts, strict=True):
            counted += count
            found.append((bound, float(counted)))
        return found, self._sum
