"""What each step of a chain decides for one request, and how long it takes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting
from twisted_tyk.message.headers import Pair


@frozen
class Traced:
    """:ivar milliseconds: until it had decided.

    :ivar changes: of the fields of the request and of the response: what went and what came.
    """

    name: str
    decision: str
    milliseconds: float
    changes: dict[str, dict[str, list[str]]]


@define
class Trace:
    """Puts an observer around each step; for the chain of one request.

    :ivar monotonic: seconds.
    :ivar steps: in the order in which they decided.
    """

    monotonic: Callable[[], float]
    steps: list[Traced] = field(factory=list)

    def __call__(self, step: IStep | IRelay, api_id: str = "") -> IStep | IRelay:
        """``step``, observed."""
        if IStep.providedBy(step):
            observed: IStep = _Step(step, self)
            return observed
        relay: IRelay = _Relay(step, self)
        return relay

    def begin(self, name: str, exchange: Exchange) -> _Begun:
        """A step begins."""
        return _Begun(self, name, exchange, self.monotonic(), *_fields(exchange))


@frozen
class _Begun:
    trace: Trace
    name: str
    exchange: Exchange
    started: float
    request: Sequence[Pair]
    response: Sequence[Pair]

    def decided(self, outcome: object) -> None:
        """:param outcome: ``None``, a ``Reply`` or an exception."""
        milliseconds = (self.trace.monotonic() - self.started) * 1000
        request, response = _fields(self.exchange)
        changes = {
            "request": _difference(self.request, request),
            "response": _difference(self.response, response),
        }
        if self.name == "ReverseProxy":
            changes["response"] = {}  # all of it is new
        self.trace.steps.append(
            Traced(
                self.name,
                _decision(outcome),
                round(milliseconds, 3),
                {what: change for what, change in changes.items() if change},
            )
        )


@implementer(IStep)
@frozen
class _Step:
    step: IStep
    trace: Trace

    @property
    def name(self) -> str:
        return str(self.step.name)

    def process(self, exchange: Exchange) -> Any:
        """What the step decides."""
        begun = self.trace.begin(self.name, exchange)
        try:
            outcome = self.step.process(exchange)
        except Exception as error:
            begun.decided(error)
            raise
        if isinstance(outcome, Deferred):
            return outcome.addBoth(_note, begun)
        begun.decided(outcome)
        return outcome


@implementer(IRelay)
@frozen
class _Relay:
    step: IRelay
    trace: Trace

    @property
    def name(self) -> str:
        return str(self.step.name)

    def relay(self, exchange: Exchange, waiting: IWaiting) -> Callable[[], None]:
        """Begin, as the step does."""
        begun = self.trace.begin(self.name, exchange)
        observed: IWaiting = _Waiting(begun, waiting)
        try:
            return self.step.relay(exchange, observed)
        except Exception as error:
            begun.decided(error)
            raise


@implementer(IWaiting)
@frozen
class _Waiting:
    begun: _Begun
    waiting: IWaiting

    def go_on(self) -> None:
        self.begun.decided(None)
        self.waiting.go_on()

    def reply(self, reply: Reply) -> None:
        self.begun.decided(reply)
        self.waiting.reply(reply)

    def refuse(self, error: Exception) -> None:
        self.begun.decided(error)
        self.waiting.refuse(error)


def _note(outcome: Any, begun: _Begun) -> Any:
    begun.decided(outcome.value if isinstance(outcome, Failure) else outcome)
    return outcome


def _decision(outcome: object) -> str:
    if outcome is None:
        return "went on"
    if isinstance(outcome, Reply):
        return f"answered {outcome.status}"
    if isinstance(outcome, Refusal):
        cause = outcome.__cause__
        return f"refused: {outcome}" + ("" if cause is None else f" ({_named(cause)})")
    assert isinstance(outcome, BaseException)
    return f"failed: {_named(outcome)}"


def _named(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _fields(exchange: Exchange) -> tuple[list[Pair], list[Pair]]:
    response = exchange.response
    return list(exchange.headers.raw), [] if response is None else list(response.headers.raw)


def _difference(before: Sequence[Pair], after: Sequence[Pair]) -> dict[str, list[str]]:
    old, new = Counter(before), Counter(after)
    changes = {"removed": list(old - new), "added": list(new - old)}
    return {
        how: [_text(name + b": " + value) for name, value in pairs]
        for how, pairs in changes.items()
        if pairs
    }


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace")
