"""Steps that are counted and timed (``TYK_INSTRUMENTATION=1``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting
from twisted_tyk.record.statsd import StatsD

JOB: Final = "MiddlewareCall"
_HOOK: Final = "GoPluginMiddleware:"


@frozen
class Meter:
    """Puts a meter around steps, and around relays that call a hook.

    The proxy is none, and not counted, as in Tyk. Hooks report the names that
    Tyk's documents give: ``GoPluginMiddleware:<path>:<symbol>`` and the same
    with ``.exec_time``. Built-in steps report Tyk's own: ``<Name>.executed``
    and ``<Name>.executed.exec_time``.

    :ivar monotonic: seconds.
    """

    statsd: StatsD
    monotonic: Callable[[], float]

    def __call__(self, step: IStep | IRelay) -> IStep | IRelay:
        """``step`` with a meter, or as it is."""
        if IStep.providedBy(step):
            metered: IStep = Metered(step, self)
            return metered
        if step.name.startswith(_HOOK):
            relay: IRelay = MeteredRelay(step, self)
            return relay
        return step

    def report(self, name: str, started: float) -> None:
        """A step has decided that began at ``started``."""
        seconds = self.monotonic() - started
        event = name if name.startswith(_HOOK) else f"{name}.executed"
        self.statsd.event(JOB, "executed")
        self.statsd.timing(JOB, "exec_time", seconds)
        self.statsd.event(JOB, event)
        self.statsd.timing(JOB, f"{event}.exec_time", seconds)


@implementer(IStep)
@frozen
class Metered:
    """Reports each call of a step, and its time until it has decided."""

    step: IStep
    meter: Meter

    @property
    def name(self) -> str:
        return str(self.step.name)

    def process(self, exchange: Exchange) -> Any:
        """What the step decides."""
        started = self.meter.monotonic()
        try:
            outcome = self.step.process(exchange)
        except Exception:
            self.meter.report(self.name, started)
            raise
        if isinstance(outcome, Deferred):
            return outcome.addBoth(self._decided, started)
        self.meter.report(self.name, started)
        return outcome

    def _decided(self, outcome: Any, started: float) -> Any:
        self.meter.report(self.name, started)
        return outcome


@implementer(IRelay)
@frozen
class MeteredRelay:
    """The same for a step that always waits; until the client leaves, if it does."""

    step: IRelay
    meter: Meter

    @property
    def name(self) -> str:
        return str(self.step.name)

    def relay(self, exchange: Exchange, waiting: IWaiting) -> Callable[[], None]:
        """Begin, as the step does."""
        started = self.meter.monotonic()
        timed: IWaiting = _Timed(self, waiting, started)
        try:
            cancel = self.step.relay(exchange, timed)
        except Exception:
            self.meter.report(self.name, started)
            raise

        def left() -> None:
            self.meter.report(self.name, started)
            cancel()

        return left


@implementer(IWaiting)
@frozen
class _Timed:
    """Reports, and then tells who waits."""

    relay: MeteredRelay
    waiting: IWaiting
    started: float

    def go_on(self) -> None:
        self._report()
        self.waiting.go_on()

    def reply(self, reply: Reply) -> None:
        self._report()
        self.waiting.reply(reply)

    def refuse(self, error: Exception) -> None:
        self._report()
        self.waiting.refuse(error)

    def _report(self) -> None:
        self.relay.meter.report(self.relay.name, self.started)
