"""A step that is counted and timed (``TYK_INSTRUMENTATION=1``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IStep
from twisted_tyk.record.statsd import StatsD

JOB: Final = "MiddlewareCall"


@implementer(IStep)
@frozen
class Metered:
    """Reports each call of a step, and its time until it has decided.

    Hooks report the names that Tyk's documents give:
    ``GoPluginMiddleware:<path>:<symbol>`` and the same with ``.exec_time``.
    Built-in steps report Tyk's own: ``<Name>.executed`` and
    ``<Name>.executed.exec_time``.
    """

    step: IStep
    statsd: StatsD
    monotonic: Callable[[], float]

    @property
    def name(self) -> str:
        return str(self.step.name)

    def process(self, exchange: Exchange) -> Any:
        """What the step decides."""
        started = self.monotonic()
        try:
            outcome = self.step.process(exchange)
        except Exception:
            self._report(started)
            raise
        if isinstance(outcome, Deferred):
            return outcome.addBoth(self._decided, started)
        self._report(started)
        return outcome

    def _decided(self, outcome: Any, started: float) -> Any:
        self._report(started)
        return outcome

    def _report(self, started: float) -> None:
        seconds = self.monotonic() - started
        hook = self.name.startswith("GoPluginMiddleware:")
        event = self.name if hook else f"{self.name}.executed"
        self.statsd.event(JOB, "executed")
        self.statsd.timing(JOB, "exec_time", seconds)
        self.statsd.event(JOB, event)
        self.statsd.timing(JOB, f"{event}.exec_time", seconds)
