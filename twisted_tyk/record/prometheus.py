"""What Prometheus is told of requests: counted as they end, put into words when asked.

The names are OpenTelemetry's, as Prometheus spells them. No label has more values than are
known beforehand, but for the API, and of APIs there are at most :data:`MOST_APIS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Final

from prometheus_client.core import HistogramMetricFamily
from zope.interface import implementer

from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.histogram import Histogram

if TYPE_CHECKING:
    from prometheus_client import Metric

    from twisted_tyk.record.hit import Hit

#: APIs that have series of their own; the rest together are :data:`OTHER`.
MOST_APIS: Final = 1000
#: OpenTelemetry's word for methods that it does not know.
OTHER_METHOD: Final = "_OTHER"
OTHER: Final = "other"
_METHODS: Final[Mapping[bytes, str]] = {
    name.encode(): name
    for name in (
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE",
    )
}  # fmt: skip
_LABELS: Final = ("api_id", "http_request_method", "http_response_status_class")


@implementer(IRecordSink)
class RequestMetrics:
    """Times of requests: in all, and waiting for the upstream; and of single steps."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """:param monotonic: the clock of ``Exchange.started``."""
        self._monotonic = monotonic
        self._apis: set[str] = set()
        self._served: dict[tuple[str, str, int], Histogram] = {}
        self._asked: dict[tuple[str, str, int], Histogram] = {}
        self._steps: dict[tuple[str, str], Histogram] = {}

    def record(self, hit: Hit) -> None:
        """Count one request."""
        exchange = hit.exchange
        status = exchange.status
        key = (
            hit.facts.api_id,
            _METHODS.get(exchange.method, OTHER_METHOD),
            # nginx's and Tyk's 499 is of a client that left.
            status // 100 if status else 4,
        )
        series = self._served.get(key)
        if series is None:
            key = (self._label(key[0]), *key[1:])
            series = self._served.setdefault(key, Histogram())
        series.add(self._monotonic() - exchange.started)
        if exchange.upstream_time:
            series = self._asked.get(key)
            if series is None:
                series = self._asked[key] = Histogram()
            series.add(exchange.upstream_time)

    def step(self, api_id: str, name: str, seconds: float) -> None:
        """A step of an API has decided."""
        series = self._steps.get((api_id, name))
        if series is None:
            series = self._steps.setdefault((self._label(api_id), name), Histogram())
        series.add(seconds)

    def collect(self) -> Iterator[Metric]:
        """For a registry."""
        for name, text, series in (
            ("server", "From the first byte of a request to the last of its answer", self._served),
            ("client", "From a request to an upstream to the head of its answer", self._asked),
        ):
            family = HistogramMetricFamily(
                f"http_{name}_request_duration_seconds", text, labels=_LABELS
            )
            for (api_id, method, status), histogram in series.items():
                family.add_metric((api_id, method, f"{status}xx"), *histogram.classes())
            yield family
        family = HistogramMetricFamily(
            "tyk_step_duration_seconds",
            "Until a step of an API has decided",
            labels=("api_id", "step"),
        )
        for labels, histogram in self._steps.items():
            family.add_metric(labels, *histogram.classes())
        yield family

    def _label(self, api_id: str) -> str:
        if api_id in self._apis:
            return api_id
        if len(self._apis) >= MOST_APIS:
            return OTHER
        self._apis.add(api_id)
        return api_id
