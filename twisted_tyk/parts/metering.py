"""Numbers for monitoring systems: StatsD and Prometheus."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from attrs import frozen

from twisted_tyk.native.metrics import PluginMetrics
from twisted_tyk.parts.given import Given
from twisted_tyk.record.metered import Meter
from twisted_tyk.record.statsd import Address, StatsD
from twisted_tyk.settings import Settings

if TYPE_CHECKING:
    from twisted_tyk.record.prometheus import RequestMetrics


@frozen
class Metering:
    """
    :ivar statsd: ``None`` unless the gateway is instrumented.
    :ivar requests: what Prometheus is told of requests; ``None`` unless ``enable_prometheus``.
    :ivar steps: put around steps; ``None`` when nobody is told of them.
    :ivar plugins: what plugins measure themselves.
    """

    statsd: StatsD | None
    requests: RequestMetrics | None
    steps: Meter | None
    plugins: PluginMetrics

    @classmethod
    def make(cls, given: Given, instrumented: bool) -> Metering:
        """
        :param instrumented: send metrics to ``statsd_connection_string``.
        :raises ValueError: when that is no address, or there is none.
        """
        settings = given.settings
        statsd = _statsd(given.reactor, settings) if instrumented else None
        requests = _requests(settings)
        return cls(statsd, requests, _steps(settings, statsd, requests), PluginMetrics(statsd))

    def lost_records(self, count: int) -> None:
        """So many have just been dropped."""
        if self.statsd is not None:
            self.statsd.measured("c", "analytics.dropped", count)

    def start(self) -> None:
        """Begin to send."""
        if self.statsd is not None:
            self.statsd.start()

    def stop(self) -> None:
        """Send the last numbers."""
        if self.statsd is not None:
            self.statsd.stop()


def _statsd(reactor: Any, settings: Settings) -> StatsD:
    try:
        address = Address.parse(settings.statsd_connection_string)
    except ValueError as error:
        raise ValueError(f"TYK_INSTRUMENTATION: statsd_connection_string: {error}") from None
    return StatsD(reactor, address, settings.statsd_prefix)


def _requests(settings: Settings) -> RequestMetrics | None:
    if not settings.enable_prometheus:
        return None
    # Imported here: it takes longer than all else that a gateway may do without.
    from twisted_tyk.record.prometheus import RequestMetrics

    return RequestMetrics(time.monotonic)


def _steps(
    settings: Settings, statsd: StatsD | None, requests: RequestMetrics | None
) -> Meter | None:
    told = requests.step if requests is not None and settings.prometheus_steps else None
    if statsd is None and told is None:
        return None
    return Meter(statsd, time.monotonic, told)
