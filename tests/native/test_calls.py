"""Requests that wait for native functions in other threads and processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import define
from collected import left_by
from gateways import Events
from native_frames import changes
from twisted.internet.task import Clock
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted_tyk.errors import HookAway, HookBusy, HookDied, HookError, HookTimeout
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting
from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.native import abi
from twisted_tyk.native.calls import Gate
from twisted_tyk.native.carrier import Carrier
from twisted_tyk.native.contract import Caller
from twisted_tyk.native.entry import Entry
from twisted_tyk.native.frame import Encoder
from twisted_tyk.native.manifest import Function
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.native.steps import ElsewhereStep, InlineStep
from twisted_tyk.plugins.bridge import as_step
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.transport.deadlines import Deadlines

READER = SessionReader()
PUT = changes((abi.SET_METHOD, 0, b"", b"PUT"))


class Library:
    """A library whose calls end when the test says so.

    :ivar calls: that have not ended, the oldest first.
    :ivar late: calls that nobody waited for any more.
    :ivar next: what the next inline call gives.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[bytes, Caller]] = []
        self.late: list[Any] = []
        self.next: Any = (abi.OK, b"", 0.00001, ())

    def submit(self, function: int, frame: bytes, caller: Caller) -> Any:
        self.calls.append((frame, caller))
        return self.calls[-1]

    def overdue(self, call: Any) -> None:
        self.late.append(call)

    def call(self, function: int, frame: bytes) -> Any:
        return self.next

    def end(self, status: int = abi.OK, data: bytes = b"") -> None:
        """The oldest call is over."""
        self.calls.pop(0)[1].over(status, data, 0.001)

    def say(self, text: str) -> None:
        """The oldest call says something."""
        self.calls[0][1].said(abi.INFO, text, "{}")


@implementer(IWaiting)
class Waiting:
    """A request at the step. :ivar told: what became of it."""

    def __init__(self, step: ElsewhereStep, exchange: Exchange) -> None:
        self.told: list[Any] = []
        self.exchange = exchange
        self.leave = step.relay(exchange, self)

    def go_on(self) -> None:
        self.told.append("go on")

    def reply(self, reply: Reply) -> None:
        self.told.append(reply)

    def refuse(self, error: Exception) -> None:
        self.told.append(type(error))


@define
class Bench:
    """A step and what is around it. :ivar said: lines, and whose they are."""

    clock: Clock
    deadlines: Deadlines
    library: Library
    entry: Entry
    step: ElsewhereStep
    said: list[tuple[str, Exchange | None]]

    def asks(self, body: Body = NO_BODY) -> Waiting:
        return Waiting(self.step, exchange(body))


def exchange(body: Body = NO_BODY) -> Exchange:
    asked = Exchange(b"GET", b"/x", b"gw.test", Headers(), body)
    asked.api = type("Api", (), {"api_id": "one"})()
    return asked


def bench(
    concurrency: int | None = None,
    queue: int = 10,
    timeout: float = 5.0,
    skips: bool = False,
    needs: frozenset[str] = frozenset(),
) -> Bench:
    clock, library = Clock(), Library()
    said: list[tuple[str, Exchange | None]] = []
    deadlines = Deadlines(clock)
    deadlines.start()
    function = Function("f", 0, "request", needs)
    entry = Entry(
        "GoPluginMiddleware:p.so:f",
        function,
        library,  # type: ignore[arg-type]
        Encoder(function, False, b""),
        Carrier(READER, lambda _, text, __, whose: said.append((text, whose)), none, False),
        EntryStats("p.so", "f", "one", "pre", "pool", clock.seconds),
        lambda exchange: None,
        timeout,
        skips,
        False,
    )
    step = ElsewhereStep(Gate(entry, concurrency, queue, deadlines, clock))
    return Bench(clock, deadlines, library, entry, step, said)


def none(*_: object) -> None:
    pass


@pytest.fixture(autouse=True)
def _quiet(events: Events) -> Iterator[Events]:
    return iter([events])


def test_it_is_a_relay() -> None:
    made = bench()
    assert verifyObject(IRelay, made.step)
    assert verifyObject(IStep, as_step(made.step))


def test_a_call_changes_the_request_which_goes_on() -> None:
    made = bench()
    waiting = made.asks()
    assert waiting.told == []
    made.library.end(abi.OK, PUT)
    assert waiting.told == ["go on"]
    assert waiting.exchange.method == b"PUT"
    assert (made.entry.stats.calls, made.entry.stats.running) == (1, 0)


def test_lines_said_in_a_call_are_of_its_request() -> None:
    made = bench(concurrency=1)
    one, two = made.asks().exchange, made.asks().exchange
    made.library.say("a")
    made.library.end(abi.OK, changes((abi.LOG, 1, b"", b"at its end")))
    made.library.say("b")
    assert made.said == [("a", one), ("at its end", one), ("b", two)]


def test_lines_of_a_call_whose_request_is_gone_are_of_none() -> None:
    made = bench(timeout=0.5)
    left, late = made.asks(), made.asks()
    left.leave()
    made.library.say("the client left")
    made.library.end(abi.OK, changes((abi.LOG, 1, b"", b"never said")))
    made.clock.advance(0.5)
    made.library.say("the time is over")
    made.library.end()
    assert made.said == [("the client left", None), ("the time is over", None)]
    assert (left.told, late.told) == ([], [HookTimeout])


def test_a_call_answers_the_client() -> None:
    made = bench()
    waiting = made.asks()
    made.library.end(abi.OK, changes((abi.REPLY_WRITE, 0, b"", b"hello")))
    assert [(reply.status, reply.body) for reply in waiting.told] == [(200, b"hello")]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (abi.E_PANIC, HookError),
        (abi.E_FAILED, HookError),
        (-4711, HookError),
        (1, HookError),
        (abi.E_DIED, HookDied),
    ],
)
def test_a_failure_is_answered_and_logged_with_what_it_says(
    events: Events, status: int, error: type[Exception]
) -> None:
    made = bench()
    waiting = made.asks()
    made.library.end(
        status, changes((abi.SET_METHOD, 0, b"", b"PUT"), (abi.ERROR, 0, b"nil map", b"a.go:7"))
    )
    assert waiting.told == [error]
    assert waiting.exchange.method == b"GET"
    assert "nil map" in events.texts()[-1]
    assert events.texts()[-1].endswith("\na.go:7")
    assert made.entry.stats.errors == 1


def test_a_process_that_is_away_is_told_by_who_starts_it_and_not_for_each_request(
    events: Events,
) -> None:
    made = bench()
    waiting = made.asks()
    before = len(events.texts())
    made.library.end(abi.E_AWAY)
    assert waiting.told == [HookAway]
    assert events.texts()[before:] == []
    assert made.entry.stats.errors == 1


def test_a_failure_can_be_passed_over() -> None:
    made = bench(skips=True)
    waiting = made.asks()
    made.library.end(abi.E_PANIC)
    assert waiting.told == ["go on"]
    assert made.entry.stats.skips == 1


def test_lies_are_a_failure_and_nothing_of_them_is_done(events: Events) -> None:
    made = bench()
    waiting = made.asks()
    made.library.end(
        abi.OK,
        changes((abi.SET_METHOD, 0, b"", b"PUT"), (abi.HEADER_ADD, 0, b"A", b"b\r\nEvil: 1")),
    )
    assert waiting.told == [HookError]
    assert waiting.exchange.method == b"GET"
    assert "changes that cannot be made" in events.texts()[-1]


@pytest.mark.parametrize("timeout", [0.25, 1.0, 5.0])
def test_a_request_does_not_wait_longer_than_its_timeout(timeout: float) -> None:
    made = bench(timeout=timeout)
    made.clock.pump([0.1] * 3)
    waiting = made.asks()
    made.clock.advance(timeout - 0.001)
    assert waiting.told == []
    made.clock.pump([0.5] * 3)
    assert waiting.told == [HookTimeout]
    assert len(made.library.late) == 1
    assert (made.entry.stats.timeouts, made.entry.stats.running) == (1, 1)
    made.library.end(abi.OK, PUT)
    assert waiting.told == [HookTimeout]
    assert waiting.exchange.method == b"GET"
    assert made.entry.stats.running == 0


def test_a_timeout_can_be_passed_over() -> None:
    made = bench(timeout=0.5, skips=True)
    waiting = made.asks()
    made.clock.advance(0.5)
    assert waiting.told == ["go on"]


def test_so_many_at_a_time_and_the_rest_in_their_order() -> None:
    made = bench(concurrency=2)
    waiting = [made.asks() for _ in range(4)]
    assert len(made.library.calls) == 2
    assert made.entry.stats.waiting == 2
    made.library.end()
    assert (len(made.library.calls), made.entry.stats.waiting) == (2, 1)
    made.library.end()
    made.library.end()
    assert [each.told for each in waiting] == [["go on"]] * 3 + [[]]
    made.library.end()
    assert made.entry.stats.running == made.entry.stats.waiting == 0


def test_a_full_queue_refuses_with_a_time_to_come_back() -> None:
    made = bench(concurrency=1, queue=1)
    made.asks(), made.asks()
    with pytest.raises(HookBusy) as caught:
        made.asks()
    assert (caught.value.status, caught.value.headers) == (503, (("Retry-After", "1"),))
    assert made.entry.stats.refusals == 1


def test_without_a_limit_of_its_own_calls_queue_in_the_library() -> None:
    made = bench(queue=3)
    for _ in range(3):
        made.asks()
    assert len(made.library.calls) == 3
    with pytest.raises(HookBusy):
        made.asks()


def test_a_full_queue_can_be_passed_over() -> None:
    made = bench(queue=1, skips=True)
    made.asks()
    assert made.asks().told == ["go on"]


def test_a_stuck_call_keeps_its_place_and_the_queue_times_out() -> None:
    made = bench(concurrency=1, timeout=1.0)
    first, second = made.asks(), made.asks()
    made.clock.advance(1.0)
    assert (first.told, second.told) == ([HookTimeout], [HookTimeout])
    assert len(made.library.late) == 1
    assert (made.entry.stats.running, made.entry.stats.waiting) == (1, 0)
    made.library.end()
    third = made.asks()
    made.library.end()
    assert third.told == ["go on"]


def test_a_client_that_leaves_is_waited_for_by_nobody() -> None:
    made = bench(concurrency=1)
    first, second = made.asks(), made.asks()
    first.leave()
    second.leave()
    assert made.entry.stats.waiting == 0
    assert made.library.late == []  # it has its time
    made.library.end(abi.OK, PUT)
    assert first.told == second.told == []
    assert first.exchange.method == b"GET"
    first.leave()
    made.clock.pump([1.0] * 8)
    assert made.entry.stats.timeouts == 0


@pytest.mark.parametrize("timeout", [1.0, 5.0])
def test_a_call_whose_client_left_is_overdue_when_its_time_is_over(timeout: float) -> None:
    made = bench(timeout=timeout)
    waiting = made.asks()
    waiting.leave()
    made.clock.pump([0.5] * 14)
    assert len(made.library.late) == 1
    made.library.end()
    made.clock.pump([0.5] * 14)
    assert len(made.library.late) == 1
    assert made.clock.getDelayedCalls() == made.clock.getDelayedCalls()[:1]  # the clock of all


def test_a_body_that_is_needed_is_waited_for() -> None:
    made = bench(needs=frozenset({"body"}))
    body = Body(None, 5)
    waiting = made.asks(body)
    assert made.library.calls == []
    body.feed(b"hello")
    body.end()
    assert made.library.calls[0][0].endswith(b"hello")
    made.library.end()
    assert waiting.told == ["go on"]


def test_a_client_may_leave_before_its_body_has_come() -> None:
    made = bench(needs=frozenset({"body"}))
    body = Body(None, 5)
    waiting = made.asks(body)
    waiting.leave()
    body.feed(b"hello")
    body.end()
    assert (waiting.told, made.library.calls) == ([], [])


def test_a_body_that_is_refused_a_place_is_refused() -> None:
    made = bench(queue=1, needs=frozenset({"body"}))
    made.asks()
    body = Body(None, 5)
    waiting = made.asks(body)
    body.end()
    assert waiting.told == [HookBusy]


def inline(made: Bench) -> InlineStep:
    return InlineStep(made.entry, made.step)


def test_an_inline_call_decides_at_once() -> None:
    made = bench()
    made.library.next = (abi.OK, PUT, 0.00001, ())
    asked = exchange()
    assert inline(made).process(asked) is None
    assert asked.method == b"PUT"
    made.library.next = (abi.OK, changes((abi.REPLY_STATUS, 204, b"", b"")), 0.00001, ())
    reply = inline(made).process(exchange())
    assert isinstance(reply, Reply)
    assert reply.status == 204
    made.library.next = (abi.E_PANIC, b"", 0.00001, ())
    with pytest.raises(HookError):
        inline(made).process(exchange())


def test_lines_said_in_an_inline_call_are_of_its_request_and_come_before_its_end() -> None:
    made = bench()
    lines = [(abi.INFO, "a", ""), (abi.WARNING, "b", "{}")]
    made.library.next = (abi.OK, changes((abi.LOG, 1, b"", b"c")), 0.00001, lines)
    asked = exchange()
    assert inline(made).process(asked) is None
    made.library.next = (abi.E_FAILED, b"x", 0.00001, lines[:1])
    with pytest.raises(HookError):
        inline(made).process(asked)
    assert made.said == [(text, asked) for text in "abca"]


def test_an_inline_call_waits_for_its_body() -> None:
    made = bench(needs=frozenset({"body"}))
    made.library.next = (abi.OK, PUT, 0.00001, ())
    body = Body(None, 5)
    asked = exchange(body)
    waiting: Any = inline(made).process(asked)
    assert asked.method == b"GET"
    body.end()
    assert asked.method == b"PUT"
    assert waiting.called


def test_a_function_that_is_too_slow_for_inline_is_moved_to_the_pool(events: Events) -> None:
    made = bench()
    step = inline(made)
    made.library.next = (abi.OK, b"", 0.02, ())
    assert step.process(exchange()) is None  # once is no habit
    assert not step.moved
    made.library.next = (abi.OK, b"", 0.0003, ())
    while not step.moved:
        assert step.process(exchange()) is None
    assert "asked to be called inline" in events.texts()[-1]
    asked = exchange()
    waiting: Any = step.process(asked)
    made.library.end(abi.OK, PUT)
    assert waiting.called
    assert asked.method == b"PUT"


def test_a_moved_call_is_left_with_its_client() -> None:
    made = bench()
    waiting: Any = as_step(made.step).process(exchange())
    left = waiting.addErrback(lambda failure: None)
    waiting.cancel()
    made.library.end()
    assert left.called


@pytest.mark.parametrize("ending", ["goes on", "is answered", "fails", "times out", "leaves"])
def test_nothing_of_a_call_waits_for_the_collector(ending: str) -> None:
    made = bench(skips=False)

    def one() -> None:
        waiting = made.asks()
        if ending == "leaves":
            waiting.leave()
        if ending == "times out":
            made.clock.pump([1.0] * 8)
        status = abi.E_PANIC if ending == "fails" else abi.OK
        data = changes((abi.REPLY_STATUS, 200, b"", b"")) if ending == "is answered" else b""
        made.library.end(status, data)
        made.library.late.clear()

    one()
    assert left_by(one) == []
