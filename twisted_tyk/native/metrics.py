"""What plugins measure themselves: to StatsD as it comes, and kept for who asks."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field

from twisted_tyk.native import abi

if TYPE_CHECKING:
    from twisted_tyk.record.statsd import StatsD

#: Names that are kept of one plugin, and characters of a name. What is more is dropped.
MOST_NAMES: Final = 200
LONGEST: Final = 200
#: Files that are kept; the one that came first makes room.
_MOST_FILES: Final = 256
#: StatsD's letters.
_LETTERS: Final = {abi.COUNTER: "c", abi.GAUGE: "g", abi.TIMING: "ms"}


@define(eq=False)
class Measured:
    """Of one file.

    :ivar counters: sums.
    :ivar gauges: last values.
    :ivar timings: how many, their seconds together, and the longest.
    :ivar dropped: values with a name too many or too long, or that are none.
    """

    counters: dict[str, float] = field(factory=dict)
    gauges: dict[str, float] = field(factory=dict)
    timings: dict[str, tuple[int, float, float]] = field(factory=dict)
    dropped: int = 0

    def add(self, kind: int, name: str, value: float) -> bool:
        """Whether it was taken."""
        tables: dict[int, dict[str, Any]] = {
            abi.COUNTER: self.counters,
            abi.GAUGE: self.gauges,
            abi.TIMING: self.timings,
        }
        table = tables.get(kind)
        if (
            table is None
            or not isfinite(value)
            or not 0 < len(name) <= LONGEST
            or (
                name not in table
                and len(self.counters) + len(self.gauges) + len(self.timings) >= MOST_NAMES
            )
        ):
            self.dropped += 1
            return False
        if kind == abi.COUNTER:
            self.counters[name] = self.counters.get(name, 0.0) + value
        elif kind == abi.GAUGE:
            self.gauges[name] = value
        else:
            count, seconds, longest = self.timings.get(name, (0, 0.0, value))
            self.timings[name] = count + 1, seconds + value, max(longest, value)
        return True


class PluginMetrics:
    """Called in the reactor thread."""

    def __init__(self, statsd: StatsD | None) -> None:
        """:param statsd: gets each value as ``plugin.<name>``; ``None`` when nothing is sent."""
        self._statsd = statsd
        self._files: dict[str, Measured] = {}

    def __call__(self, file: str, kind: int, name: str, value: float) -> None:
        """Take one value. What can not be one is counted and dropped.

        :param file: of the plugin, as the definition has it.
        :param kind: of enum tyk_metric.
        """
        measured = self._files.get(file)
        if measured is None:
            if len(self._files) >= _MOST_FILES:
                del self._files[next(iter(self._files))]
            measured = self._files[file] = Measured()
        if measured.add(kind, name, value) and self._statsd is not None:
            self._statsd.measured(_LETTERS[kind], f"plugin.{name}", value)

    def as_json(self, files: Iterable[str]) -> dict[str, Any]:
        """What one plugin has measured that is known by these files."""
        found = [self._files[file] for file in files if file in self._files]
        counters: dict[str, float] = {}
        for measured in found:
            for name, value in measured.counters.items():
                counters[name] = counters.get(name, 0.0) + value
        return {
            "counters": {name: value for name, value in counters.items() if isfinite(value)},
            "gauges": {name: value for each in found for name, value in each.gauges.items()},
            "timings": {
                name: {"count": count, "sum": seconds, "max": longest}
                for each in found
                for name, (count, seconds, longest) in each.timings.items()
                if isfinite(seconds)
            },
            "dropped": sum(each.dropped for each in found),
        }
