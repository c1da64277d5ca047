"""Connections: kept or closed, one request after the other, and who is late."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.logger import LogLevel, formatEvent, globalLogPublisher
from wire import HELLO, Wire, get, hello, request

from twisted_tyk.listen.channel import PIPELINE_BYTES
from twisted_tyk.listen.request import GatewayRequest

CLOSING = HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def test_small_answers_wait_for_nothing() -> None:
    assert Wire().transport.no_delay


def test_11_connections_are_kept() -> None:
    wire = Wire(hello)
    for _ in range(3):
        assert wire.send(get()) == HELLO
    assert wire.transport.open


@pytest.mark.parametrize(
    "field", [b"Connection: close", b"Connection: Close ", b"connection:foo,  close\t,bar"]
)
def test_11_connections_are_closed_when_asked(field: bytes) -> None:
    wire = Wire(hello)
    assert wire.send(get(b"/", field)) == CLOSING
    assert wire.transport.disconnecting
    assert wire.send(get()) == b""


def test_several_connection_fields_count_as_one() -> None:
    wire = Wire(hello)
    assert wire.send(get(b"/", b"Connection: foo", b"Connection: close")) == CLOSING


def test_closed_is_not_close() -> None:
    assert Wire(hello).send(get(b"/", b"Connection: closed")) == HELLO


def test_10_connections_are_closed() -> None:
    wire = Wire(hello)
    assert wire.send(get(version=b"1.0")) == CLOSING.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert wire.transport.disconnecting


def test_10_connections_are_kept_when_asked() -> None:
    wire = Wire(hello)
    kept = HELLO.replace(b"1.1", b"1.0").replace(b"\r\n\r\n", b"\r\nConnection: keep-alive\r\n\r\n")
    assert wire.send(get(b"/", b"Connection: Keep-Alive", version=b"1.0")) == kept
    assert wire.send(get(b"/", b"Connection: keep-alive", version=b"1.0")) == kept
    assert wire.send(get()) == HELLO
    assert wire.send(get(b"/", b"Connection: keep-alive, close", version=b"1.0")).endswith(
        b"\r\nConnection: close\r\n\r\nhello"
    )


def test_keep_alive_can_be_forbidden() -> None:
    wire = Wire(hello, keep_alive=False)
    assert wire.send(get()) == CLOSING
    wire.connect()
    answer = wire.send(get(b"/", b"Connection: keep-alive", version=b"1.0"))
    assert b"Connection: close\r\n" in answer


def test_pipelined_requests_are_answered_one_at_a_time() -> None:
    wire = Wire()
    wire.send(get(b"/1") + get(b"/2") + get(b"/3"))
    for number in (b"/1", b"/2", b"/3"):
        one = wire.requests[-1]
        assert one.exchange.target == number
        one.respond(200, b"", [], number)
        assert wire.take().endswith(b"\r\n\r\n" + number)
    assert len(wire.requests) == 3


def test_many_pipelined_requests_do_not_nest() -> None:
    wire = Wire()
    wire.send(get() * 5000)
    wire.recorder.answer = hello
    hello(wire.request)
    assert wire.take() == HELLO * 5000


def test_requests_behind_one_that_closes_are_not_read() -> None:
    wire = Wire(hello)
    assert wire.send(get(b"/", b"Connection: close") + get()) == CLOSING
    wire = Wire()
    wire.send(get(b"/", b"Connection: close") + get())
    hello(wire.request)
    assert wire.take() == CLOSING
    # The client is still sending; it must not lose the answer over that.
    assert wire.transport.half_closed


def test_what_waits_for_an_answer_is_bounded() -> None:
    wire = Wire()
    wire.send(get())
    wire.send(b"x" * PIPELINE_BYTES)
    assert wire.transport.producerState == "producing"
    wire.send(b"x")
    assert wire.transport.producerState == "paused"
    wire.send(b"x")
    hello(wire.request)
    assert wire.transport.producerState == "producing"


def test_the_bound_is_exact_in_pieces() -> None:
    wire = Wire()
    wire.send(get() + b"x")
    wire.send(b"x" * (PIPELINE_BYTES - 1))
    assert wire.transport.producerState == "producing"
    wire.send(b"x")
    assert wire.transport.producerState == "paused"


def test_what_came_with_the_request_is_bounded_too() -> None:
    wire = Wire()
    wire.send(get() + b"x" * PIPELINE_BYTES)
    assert wire.transport.producerState == "producing"
    wire = Wire()
    wire.send(get() + b"x" * (PIPELINE_BYTES + 1))
    assert wire.transport.producerState == "paused"


def test_input_that_comes_while_input_is_used_comes_after_it() -> None:
    def answer(one: GatewayRequest) -> None:
        if one.exchange.target == b"/1":
            wire.channel.dataReceived(get(b"/3"))
        one.respond(200, b"", [], one.exchange.target)

    wire = Wire(answer)
    wire.send(get(b"/1") + get(b"/2"))
    assert [one.exchange.target for one in wire.requests] == [b"/1", b"/2", b"/3"]


# Time


def test_an_idle_connection_is_closed_silently() -> None:
    wire = Wire(hello, idle_timeout=20)
    assert wire.wait(19.5) == b""
    assert wire.transport.open
    assert wire.wait(0.5) == b""
    assert wire.transport.disconnecting
    wire.connect()
    wire.send(get())
    wire.wait(19.5)
    wire.send(get())
    wire.wait(19.5)
    assert wire.transport.open
    wire.wait(0.5)
    assert wire.transport.disconnecting


def test_a_slow_head_is_answered_408() -> None:
    wire = Wire(hello, head_timeout=10, idle_timeout=30)
    wire.wait(5)
    wire.send(b"G")
    assert wire.wait(9.5) == b""
    # More of it buys no time.
    wire.send(b"ET /")
    assert wire.wait(0.5).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert wire.transport.half_closed
    assert wire.requests == []


def test_started_is_when_the_first_byte_came() -> None:
    wire = Wire(hello)
    wire.clock.advance(3)
    wire.send(b"GET / HT")
    wire.clock.advance(2)
    wire.send(b"TP/1.1\r\nHost: a\r\n\r\n")
    wire.clock.advance(2)
    wire.send(get())
    assert [one.exchange.started for one in wire.requests] == [3, 7]


def test_the_gateway_may_take_its_time() -> None:
    wire = Wire(idle_timeout=20)
    wire.send(get())
    assert wire.wait(1000) == b""
    assert wire.transport.open
    hello(wire.request)
    assert wire.take().endswith(b"hello")


def test_it_may_take_its_time_after_a_body_too() -> None:
    wire = Wire(body_timeout=10)
    wire.send(request(b"POST", b"/", b"Content-Length: 2", body=b"h"))
    wire.send(b"i")
    assert wire.wait(1000) == b""
    assert wire.transport.open


def test_a_body_that_stops_coming_is_answered_408() -> None:
    wire = Wire(body_timeout=10)
    failures: list[object] = []
    wire.send(request(b"POST", b"/", b"Content-Length: 5", body=b"h"))
    wire.request.on_lost = failures.append
    wire.request.on_done = failures.append
    gathered = wire.request.exchange.body.gather()
    gathered.addErrback(failures.append)
    assert wire.wait(9.5) == b""
    wire.send(b"e")
    assert wire.wait(9.5) == b""
    assert wire.wait(0.5).startswith(b"HTTP/1.1 408 ")
    assert len(failures) == 3
    # The gateway may try to answer because the body failed.
    wire.request.respond(502, b"", [], b"")
    assert wire.take() == b""


def test_a_body_that_stops_coming_cuts_an_answer_that_was_begun() -> None:
    wire = Wire(body_timeout=10)
    wire.send(request(b"POST", b"/", b"Content-Length: 5", body=b"h"))
    wire.request.write(b"a piece")
    wire.take()
    assert wire.wait(10) == b""
    assert wire.transport.aborted


def test_a_closing_connection_is_cut_in_the_end() -> None:
    wire = Wire(hello, write_timeout=20)
    wire.send(get(b"/", b"Connection: close"))
    wire.wait(19.5)
    assert not wire.transport.aborted
    wire.wait(0.5)
    assert wire.transport.aborted


def test_a_client_that_keeps_sending_after_a_refusal_is_cut_in_the_end() -> None:
    wire = Wire(hello, linger_timeout=5)
    wire.send(b"nonsense\r\n\r\n")
    assert wire.transport.half_closed
    wire.send(b"more" * 10000)
    wire.wait(4.5)
    assert not wire.transport.aborted
    wire.send(b"more")
    wire.wait(0.5)
    assert wire.transport.aborted


# Leaving


def test_a_client_that_leaves_is_noticed_once() -> None:
    wire = Wire()
    events: list[str] = []
    wire.send(get())
    one = wire.request
    one.on_lost = lambda reason: events.append(f"lost {reason.type.__name__}")
    one.on_done = lambda reason: events.append(f"done {reason and reason.type.__name__}")
    one.notifyFinish().addErrback(lambda reason: events.append(f"told {reason.type.__name__}"))
    wire.leave()
    assert events == ["lost ConnectionLost", "done ConnectionLost", "told ConnectionLost"]
    one.respond(200, b"", [], b"too late")
    one.write(b"too late")
    assert wire.take() == b""
    assert events[3:] == []


def test_a_client_that_leaves_between_requests_bothers_nobody() -> None:
    wire = Wire(hello)
    events: list[object] = []
    wire.send(get())
    wire.request.on_lost = events.append
    wire.request.on_done = events.append
    wire.leave()
    assert events == []
    assert wire.factory.connections == set()


def test_a_client_that_leaves_breaks_its_body() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", b"Content-Length: 5", body=b"h"))
    body = wire.request.exchange.body
    wire.leave()
    assert body.failure is not None
    assert body.failure.type.__name__ == "ConnectionLost"


def test_refusals_are_logged_for_who_looks_for_them() -> None:
    wire = Wire()
    events: list[dict[str, Any]] = []
    globalLogPublisher.addObserver(events.append)
    try:
        wire.send(b"nonsense\r\n\r\n")
    finally:
        globalLogPublisher.removeObserver(events.append)
    (event,) = (event for event in events if "refused" in event)
    assert event["log_level"] is LogLevel.debug
    assert formatEvent(event) == "192.0.2.7: 400: not a request line"


def test_a_callback_that_fails_harms_nobody(logged_failures: Any) -> None:
    def broken(reason: object) -> None:
        raise ZeroDivisionError

    wire = Wire()
    wire.send(get())
    wire.request.on_done = broken
    wire.request.on_lost = broken
    wire.leave()
    assert len(logged_failures.flush(ZeroDivisionError)) == 2
    wire = Wire()
    wire.send(get())
    wire.request.on_done = broken
    hello(wire.request)
    assert wire.send(get()) == HELLO
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
