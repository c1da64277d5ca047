"""What Prometheus is told of the gateway itself, looked up when it asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from attrs import frozen
from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from twisted_tyk._version import __version__

if TYPE_CHECKING:
    from prometheus_client import Metric

    from twisted_tyk.native.stats import EntryStats
    from twisted_tyk.record.buffer import Buffer
    from twisted_tyk.record.prometheus import RequestMetrics


@frozen
class GatewayMetrics:
    """
    :ivar apis: how many are served.
    :ivar problems: how many the last load has told of.
    :ivar store_problem: why the store can not be reached, ``""`` while it can.
    :ivar entries: of all hooks that are native plugins.
    :ivar analytics: keeps records, if anything does.
    """

    apis: Callable[[], int]
    problems: Callable[[], int]
    store_problem: Callable[[], str]
    entries: Callable[[], Iterable[EntryStats]]
    analytics: Buffer | None

    def collect(self) -> Iterator[Metric]:
        """For a registry."""
        yield InfoMetricFamily("tyk_gateway", "This gateway", value={"version": __version__})
        yield GaugeMetricFamily("tyk_apis", "APIs that are served", value=self.apis())
        yield GaugeMetricFamily(
            "tyk_problems", "Problems of the last load of definitions", value=self.problems()
        )
        yield GaugeMetricFamily(
            "tyk_storage_up", "Whether the store can be reached", value=not self.store_problem()
        )
        if self.analytics is not None:
            yield CounterMetricFamily(
                "tyk_analytics_records_written", "Records kept", value=self.analytics.written
            )
            yield CounterMetricFamily(
                "tyk_analytics_records_dropped", "Records lost", value=self.analytics.dropped
            )
        yield from self._plugins()

    def _plugins(self) -> Iterator[Metric]:
        labels = ("plugin", "function", "api_id", "hook")
        times = HistogramMetricFamily(
            "tyk_plugin_duration_seconds", "How long a function of a plugin ran", labels=labels
        )
        failures = CounterMetricFamily(
            "tyk_plugin_failures", "Calls that did not end well", labels=(*labels, "kind")
        )
        running = GaugeMetricFamily("tyk_plugin_running", "Calls under way", labels=labels)
        for values, entries in self._by_labels().items():
            told = [entry.as_json() for entry in entries]
            run_times = [each["run_time"] for each in told]
            buckets = [
                (bound, sum(each["buckets"][bound] for each in run_times))
                for bound in run_times[0]["buckets"]
            ]
            times.add_metric(values, buckets, sum(each["sum"] for each in run_times))
            for kind in ("errors", "timeouts", "refused", "skipped"):
                failures.add_metric((*values, kind), sum(each[kind] for each in told))
            running.add_metric(values, sum(entry.running for entry in entries))
        yield from (times, failures, running)

    def _by_labels(self) -> dict[tuple[str, str, str, str], list[EntryStats]]:
        """A definition may name the same function twice at one point."""
        found: dict[tuple[str, str, str, str], list[EntryStats]] = {}
        for entry in self.entries():
            labels = (entry.plugin, entry.function, entry.api, entry.point)
            found.setdefault(labels, []).append(entry)
        return found


class Exposition:
    """Everything in Prometheus' text format. Nothing of it is shared between gateways."""

    def __init__(self, requests: RequestMetrics, gateway: GatewayMetrics) -> None:
        self._registry = registry = CollectorRegistry(auto_describe=False)
        registry.register(requests)
        registry.register(gateway)
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        GCCollector(registry=registry)

    def __call__(self) -> tuple[bytes, str]:
        """All metrics, and their media type."""
        return generate_latest(self._registry), CONTENT_TYPE_LATEST
