"""``/tyk/health``: how an API has fared in the last seconds [gw/api_healthcheck.go]."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from attrs import define, field, frozen
from zope.interface import implementer

from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Parameter, Route, Schema
from twisted_tyk.control.schemas import STATUS
from twisted_tyk.errors import Refusal
from twisted_tyk.interfaces import IRecordSink

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.record.hit import Hit

_THROTTLED: Final = "throttle_reqests_per_second"  # Tyk's spelling
_QUOTA: Final = "quota_violations_per_second"
_KEYS: Final = "key_failures_per_second"
_LATENCY: Final = "average_upstream_latency"
_REQUESTS: Final = "average_requests_per_second"

#: What is counted of the events of requests.
_COUNTED: Final = {
    "RatelimitExceeded": _THROTTLED,
    "QuotaExceeded": _QUOTA,
    "AuthFailure": _KEYS,
    "KeyExpired": _KEYS,
}
VALUES: Final = Schema(
    "ApiHealth",
    {
        "type": "object",
        "required": [_THROTTLED, _QUOTA, _KEYS, _LATENCY, _REQUESTS],
        "additionalProperties": {"type": "number"},
    },
)


@define
class _Second:
    """What happened in one second. :ivar latency: of all requests together, in milliseconds."""

    number: int
    counts: dict[str, int] = field(factory=dict)
    latency: int = 0


@implementer(IRecordSink)
@define(eq=False)
class Samples:
    """Counts in memory, for each API; a reload that changes an API begins its counts anew.

    :ivar window: seconds that count.
    :ivar monotonic: seconds of a clock that does not jump.
    """

    window: int
    monotonic: Callable[[], float]
    _apis: WeakKeyDictionary[Api, deque[_Second]] = field(factory=WeakKeyDictionary, init=False)

    def watching(
        self, happened: Callable[[str, str, Exchange], None]
    ) -> Callable[[str, str, Exchange], None]:
        """``happened``, with events of requests counted."""

        def counted(event: str, message: str, exchange: Exchange) -> None:
            kind = _COUNTED.get(event)
            if kind is not None:
                self._count(exchange.api, kind)
            happened(event, message, exchange)

        return counted

    def record(self, hit: Hit) -> None:
        """A request is over; it counts unless the gateway turned it away."""
        if not hit.exchange.refusal:
            self._count(hit.exchange.api, _REQUESTS).latency += hit.upstream_time

    def values(self, api: Api) -> dict[str, float]:
        """What became of the requests of an API."""
        seconds = self._recent(self._apis.get(api, deque()))
        values = dict.fromkeys((_THROTTLED, _QUOTA, _KEYS, _LATENCY, _REQUESTS), 0.0)
        for kind in (_THROTTLED, _QUOTA, _KEYS, _REQUESTS):
            count = sum(second.counts.get(kind, 0) for second in seconds)
            values[kind] = _rounded(count / self.window)
            if kind == _REQUESTS and count:
                values[_LATENCY] = _rounded(sum(second.latency for second in seconds) / count)
        return values

    def _count(self, api: Api, kind: str) -> _Second:
        seconds = self._recent(self._apis.setdefault(api, deque()))
        now = int(self.monotonic())
        if not seconds or seconds[-1].number != now:
            seconds.append(_Second(now))
        counts = seconds[-1].counts
        counts[kind] = counts.get(kind, 0) + 1
        return seconds[-1]

    def _recent(self, seconds: deque[_Second]) -> deque[_Second]:
        begin = int(self.monotonic()) - self.window
        while seconds and seconds[0].number <= begin:
            seconds.popleft()
        return seconds


@frozen
class ApiHealth:
    """:ivar samples: ``None`` when ``health_check.enable_health_checks`` is off.

    :ivar served: the APIs of the routing table in force.
    """

    samples: Samples | None
    served: Callable[[], Sequence[Api]]

    def routes(self) -> Iterable[Route]:
        yield Route(
            "GET",
            "/tyk/health",
            self.one,
            "How an API has fared in the last seconds",
            query=[Parameter("api_id", "The API", required=True)],
            responses={
                200: Outcome("Averages; the latency is in milliseconds", VALUES),
                404: Outcome("API ID not found", STATUS),
            },
        )

    def one(self, asked: Asked) -> Answer:
        """The averages of one API."""
        if self.samples is None:
            raise Refusal(400, "Health checks are not enabled for this node")
        api_id = asked.query.get("api_id", "")
        if not api_id:
            raise Refusal(400, "missing api_id parameter")
        for api in self.served():
            if api.api_id == api_id:
                return Answer(200, self.samples.values(api))
        raise Refusal(404, "API ID not found")


def _rounded(value: float) -> float:
    return int(value * 100) / 100
