"""What plugins measure: kept, within bounds, and sent to StatsD."""

from __future__ import annotations

from math import inf, nan

import pytest

from twisted_tyk.native import abi
from twisted_tyk.native.metrics import LONGEST, MOST_NAMES, PluginMetrics
from twisted_tyk.record.statsd import StatsD


class Said(StatsD):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.values: list[tuple[str, str, float]] = []

    def measured(self, letter: str, name: str, value: float) -> None:
        self.values.append((letter, name, value))


def test_counters_are_added_gauges_replaced_and_timings_summed() -> None:
    metrics = PluginMetrics(None)
    for value in (1, 2.5):
        for kind, name in ((abi.COUNTER, "c"), (abi.GAUGE, "g"), (abi.TIMING, "t")):
            metrics("foo.so", kind, name, value)
    assert metrics.as_json(["foo.so"]) == {
        "counters": {"c": 3.5},
        "gauges": {"g": 2.5},
        "timings": {"t": {"count": 2, "sum": 3.5, "max": 2.5}},
        "dropped": 0,
    }


def test_each_plugin_has_its_own_under_all_the_names_it_goes_by() -> None:
    metrics = PluginMetrics(None)
    for file in ("foo.so", "./foo.so", "bar.so"):
        metrics(file, abi.COUNTER, "c", 1)
    assert metrics.as_json(["foo.so", "./foo.so", "new.so"])["counters"] == {"c": 2}
    assert metrics.as_json(["bar.so"])["counters"] == {"c": 1}


def test_statsd_is_told_under_a_name_of_plugins() -> None:
    said = Said()
    metrics = PluginMetrics(said)
    metrics("foo.so", abi.COUNTER, "hits", 2)
    metrics("foo.so", abi.GAUGE, "open", -3)
    metrics("foo.so", abi.TIMING, "took", 0.25)
    assert said.values == [
        ("c", "plugin.hits", 2), ("g", "plugin.open", -3), ("ms", "plugin.took", 0.25)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (3, "x", 1),
        (-1, "x", 1),
        (abi.COUNTER, "", 1),
        (abi.COUNTER, "x" * (LONGEST + 1), 1),
        (abi.GAUGE, "x", nan),
        (abi.TIMING, "x", inf),
    ],
)
def test_what_is_no_value_is_dropped_and_counted(kind: int, name: str, value: float) -> None:
    said = Said()
    metrics = PluginMetrics(said)
    metrics("foo.so", kind, name, value)
    assert said.values == []
    assert metrics.as_json(["foo.so"]) == {
        "counters": {}, "gauges": {}, "timings": {}, "dropped": 1,
    }  # fmt: skip


def test_names_without_end_are_dropped() -> None:
    said = Said()
    metrics = PluginMetrics(said)
    for number in range(MOST_NAMES + 5):
        metrics("foo.so", number % 3, str(number), 1)
    metrics("foo.so", 0, "0", 1)
    shown = metrics.as_json(["foo.so"])
    assert sum(len(shown[kind]) for kind in ("counters", "gauges", "timings")) == MOST_NAMES
    assert (shown["dropped"], shown["counters"]["0"]) == (5, 2)
    assert len(said.values) == MOST_NAMES + 1


def test_files_without_end_make_room() -> None:
    metrics = PluginMetrics(None)
    for number in range(257):
        metrics(f"{number}.so", abi.GAUGE, "x", 1)
    shown = [metrics.as_json([f"{number}.so"])["gauges"] for number in (0, 1, 256)]
    assert shown == [{}, {"x": 1}, {"x": 1}]


def test_a_sum_that_is_no_number_any_more_is_not_shown() -> None:
    metrics = PluginMetrics(None)
    for _ in range(2):
        metrics("foo.so", abi.COUNTER, "c", 1.7e308)
        metrics("foo.so", abi.TIMING, "t", 1.7e308)
    shown = metrics.as_json(["foo.so"])
    assert (shown["counters"], shown["timings"]) == ({}, {})
