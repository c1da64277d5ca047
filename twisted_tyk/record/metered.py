"""Steps that are counted and timed (``TYK_INSTRUMENTATION=1``, ``prometheus_steps``)."""

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

    :ivar statsd: is told, if there is one.
    :ivar monotonic: seconds.
    :ivar told: is told too: the API's id, the step's name, and seconds.
    """

    statsd: StatsD | None
    monotonic: Callable[[], float]
    told: Callable[[str, str, float], None] | None = None

    def __call__(self, step: IStep | IRelay, api_id: str = "") -> IStep | IRelay:
        """``step`` with a meter, or as it is."""
        if IStep.providedBy(step):
            metered: IStep = Metered(step, self, api_id)
            return metered
        if step.name.startswith(_HOOK):
            relay: IRelay = MeteredRelay(step, self, api_id)
            return relay
        return step

    def report(self, name: str, started: float, api_id: str) -> None:
        """A step has decided that began at ``started``."""
        seconds = self.monotonic() - started
        if self.told is not None:
            self.told(api_id, name, seconds)
        if self.statsd is None:
            return
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
    api_id: str

    @property
    def name(self) -> str:
        return str(self.step.name)

    def process(self, exchange: Exchange) -> Any:
        """What the step decides."""
        started = self.meter.monotonic()
        try:
            outcome = self.step.process(exchange)
        except Exception:
            self.meter.report(self.name, started, self.api_id)
            raise
        if isinstance(outcome, Deferred):
            return outcome.addBoth(self._decided, started)
        self.meter.report(self.name, started, self.api_id)
        return outcome

    def _decided(self, outcome: Any, started: float) -> Any:
        self.meter.report(self.name, started, self.api_id)
        return outcome


@implementer(IRelay)
@frozen
class MeteredRelay:
    """The same for a step that always waits; until the client leaves, if it does."""

    step: IRelay
    meter: Meter
    api_id: str

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
            self.meter.report(self.name, started, self.api_id)
            raise

        def left() -> None:
            self.meter.report(self.name, started, self.api_id)
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
        self.relay.meter.report(self.relay.name, self.started, self.relay.api_id)
