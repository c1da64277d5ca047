"""``/metrics``: what Prometheus is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from attrs import frozen

from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Route


@frozen
class Metrics:
    """
    :ivar told: everything, in Prometheus' text format, and its media type.
    :ivar open: tell it without the secret too, at ``/metrics``. That is for a port that
        the public does not reach.
    """

    told: Callable[[], tuple[bytes, str]]
    open: bool

    def routes(self) -> Iterable[Route]:
        outcome = {200: Outcome("In Prometheus' text format", media="text/plain")}
        summary = "Metrics for Prometheus"
        yield Route("GET", "/tyk/metrics", self.all, summary, responses=outcome)
        if self.open:
            yield Route("GET", "/metrics", self.all, summary, responses=outcome, open=True)

    def all(self, asked: Asked) -> Answer:
        """Everything there is."""
        body, media = self.told()
        return Answer(200, body, media)
