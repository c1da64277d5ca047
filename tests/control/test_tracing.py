"""Steps of every kind, observed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted_tyk.control.tracing import Trace
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting
from twisted_tyk.message.headers import Headers


@implementer(IStep)
class Step:
    name = "Step"

    def __init__(self, decide: Callable[[], Any]) -> None:
        self.process = lambda exchange: decide()


@implementer(IRelay)
class Relay:
    name = "Relay"

    def __init__(self, relay: Callable[[IWaiting], Any]) -> None:
        self.relay = lambda exchange, waiting: relay(waiting)


@implementer(IWaiting)
class Waits:
    """Who waits for a relay. :ivar told: what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def go_on(self) -> None:
        self.told.append(None)

    def reply(self, reply: Reply) -> None:
        self.told.append(reply)

    def refuse(self, error: Exception) -> None:
        self.told.append(error)


@pytest.fixture
def trace() -> Trace:
    ticks = iter(range(1000))
    return Trace(lambda: next(ticks) / 1000)


@pytest.fixture
def exchange() -> Exchange:
    return Exchange(b"GET", b"/", b"", Headers([(b"A", b"1")]))


def raising(error: Exception) -> Any:
    raise error


REPLY = Reply(201)
NO = Refusal(403, "No")


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [(None, "went on"), (REPLY, "answered 201"), (NO, "refused: 403 No"),
     (KeyError("a"), "failed: KeyError: 'a'")],
)  # fmt: skip
def test_a_step_that_decides_at_once(
    trace: Trace, exchange: Exchange, outcome: Any, decision: str
) -> None:
    fails = isinstance(outcome, Exception)
    observed: Any = trace(Step(lambda: raising(outcome) if fails else outcome))
    verifyObject(IStep, observed)
    if fails:
        with pytest.raises(type(outcome)):
            observed.process(exchange)
    else:
        assert observed.process(exchange) is outcome
    [step] = trace.steps
    assert (step.name, step.decision, step.milliseconds) == ("Step", decision, 1.0)


@pytest.mark.parametrize(
    ("outcome", "decision"),
    [(None, "went on"), (REPLY, "answered 201"), (NO, "refused: 403 No"),
     (KeyError("a"), "failed: KeyError: 'a'")],
)  # fmt: skip
def test_a_step_that_waits(trace: Trace, exchange: Exchange, outcome: Any, decision: str) -> None:
    waiting: Deferred[Any] = Deferred()
    observed: Any = trace(Step(lambda: waiting))
    came: list[Any] = []
    observed.process(exchange).addBoth(came.append)
    assert trace.steps == []
    if isinstance(outcome, Exception):
        waiting.errback(outcome)
        assert came[0].value is outcome
    else:
        waiting.callback(outcome)
        assert came == [outcome]
    assert [step.decision for step in trace.steps] == [decision]


@pytest.mark.parametrize(
    ("tell", "decision"),
    [
        (lambda waiting: waiting.go_on(), "went on"),
        (lambda waiting: waiting.reply(REPLY), "answered 201"),
        (lambda waiting: waiting.refuse(NO), "refused: 403 No"),
    ],
)
def test_a_relay(
    trace: Trace, exchange: Exchange, tell: Callable[[IWaiting], None], decision: str
) -> None:
    begun: list[IWaiting] = []
    observed: Any = trace(Relay(begun.append))
    verifyObject(IRelay, observed)
    waits = Waits()
    observed.relay(exchange, waits)
    assert trace.steps == []
    tell(begun[0])
    assert [step.decision for step in trace.steps] == [decision]
    assert len(waits.told) == 1


def test_a_relay_that_does_not_begin(trace: Trace, exchange: Exchange) -> None:
    observed: Any = trace(Relay(lambda waiting: raising(NO)))
    with pytest.raises(Refusal):
        observed.relay(exchange, Waits())
    assert [step.decision for step in trace.steps] == ["refused: 403 No"]


def test_what_caused_a_refusal_is_told(trace: Trace, exchange: Exchange) -> None:
    refusal = Refusal(500, "No")
    refusal.__cause__ = RuntimeError("no tea")
    observed: Any = trace(Step(lambda: raising(refusal)))
    with pytest.raises(Refusal):
        observed.process(exchange)
    assert trace.steps[0].decision == "refused: 500 No (RuntimeError: no tea)"


def test_fields_that_come_and_go(trace: Trace, exchange: Exchange) -> None:
    def change() -> None:
        exchange.headers.raw[:] = [(b"A", b"2"), (b"B", b"\xff")]

    trace(Step(change)).process(exchange)  # type: ignore[union-attr]
    [step] = trace.steps
    assert step.changes == {"request": {"removed": ["A: 1"], "added": ["A: 2", "B: \ufffd"]}}
