from __future__ import annotations

import pytest
from twisted.python.failure import Failure
from wire import DATE, HELLO, Wire, get, hello, request

from twisted_tyk.listen.refused import BodyNotWanted
from twisted_tyk.listen.request import GatewayRequest
from twisted_tyk.message.body import HIGH_WATER, Body

TOO_LARGE = (
    b"HTTP/1.1 413 Request Entity Too Large\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
    b"Content-Length: 25\r\n"
    b"Connection: close\r\n"
    b"\r\n"
    b"Request Entity Too Large\n"
)
CHUNKED = b"Transfer-Encoding: chunked"


class Sink:
    def __init__(self) -> None:
        self.got = b""
        self.body: Body | None = None
        self.ended = False
        self.failure: Failure | None = None

    def attach(self, body: Body) -> None:
        self.body = body

    def write(self, data: bytes) -> None:
        self.got += data

    def end(self) -> None:
        self.ended = True

    def fail(self, reason: Failure) -> None:
        self.failure = reason


def post(body: bytes, *fields: bytes) -> bytes:
    return request(b"POST", b"/", b"Content-Length: %d" % len(body), *fields, body=body)


def test_a_body_that_came_with_its_head_is_whole() -> None:
    wire = Wire(hello)
    assert wire.send(post(b"hello") + get()) == HELLO * 2
    body = wire.requests[0].exchange.body
    assert (body.ended, body.length, body.join()) == (True, 5, b"hello")


def test_a_chunked_body_that_came_with_its_head_is_whole() -> None:
    wire = Wire(hello)
    chunked = request(b"POST", b"/", CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n")
    assert wire.send(chunked + get()) == HELLO * 2
    body = wire.requests[0].exchange.body
    assert (body.ended, body.length, body.join()) == (True, None, b"hello")


def test_the_resource_is_asked_before_the_body_is_whole() -> None:
    wire = Wire()
    wire.send(post(b"hello world")[:-6])
    sink = Sink()
    wire.request.exchange.body.pipe(sink)
    assert sink.got == b"hello"
    wire.send(b" wo")
    assert sink.got == b"hello wo"
    assert not sink.ended
    wire.send(b"rld" + get())
    assert sink.got == b"hello world"
    assert sink.ended
    hello(wire.request)
    assert len(wire.requests) == 2


def test_a_body_nobody_reads_pauses_the_client_and_reading_it_resumes() -> None:
    wire = Wire(body_timeout=10)
    wire.send(request(b"POST", b"/", b"Content-Length: 1000000", body=b"x" * HIGH_WATER))
    assert wire.transport.producerState == "producing"
    wire.send(b"x")
    assert wire.transport.producerState == "paused"
    # The client is not to blame for that.
    assert wire.wait(100) == b""
    assert wire.transport.open
    sink = Sink()
    wire.request.exchange.body.pipe(sink)
    assert wire.transport.producerState == "producing"
    assert len(sink.got) == HIGH_WATER + 1
    assert sink.body is not None
    sink.body.pauseProducing()
    assert wire.transport.producerState == "paused"
    sink.body.resumeProducing()
    assert wire.transport.producerState == "producing"
    assert wire.wait(9.5) == b""
    assert wire.wait(0.5).startswith(b"HTTP/1.1 408 ")
    assert sink.failure is not None


def test_the_end_of_a_message_undoes_a_pause() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", b"Content-Length: %d" % (HIGH_WATER + 2)))
    wire.send(b"x" * (HIGH_WATER + 1))
    assert wire.transport.producerState == "paused"
    wire.send(b"x")
    assert wire.transport.producerState == "producing"
    body = wire.request.exchange.body
    assert body.ended
    body.pauseProducing()
    assert wire.transport.producerState == "producing"


# Limits


def test_a_length_beyond_the_limit_is_refused_unread() -> None:
    wire = Wire(hello, body_bytes=5)
    assert wire.send(post(b"hello")) == HELLO
    head = request(b"POST", b"/", b"Content-Length: 6", b"Expect: 100-continue")
    assert wire.send(head) == TOO_LARGE
    assert len(wire.requests) == 1
    assert wire.transport.half_closed
    assert wire.send(b"hello!" + get()) == b""


def test_a_chunked_body_beyond_the_limit_is_refused_as_it_comes() -> None:
    wire = Wire(body_bytes=5)
    events: list[object] = []
    wire.send(request(b"POST", b"/", CHUNKED, body=b"5\r\nhello\r\n"))
    sink = Sink()
    wire.request.exchange.body.pipe(sink)
    wire.request.on_lost = events.append
    wire.request.on_done = events.append
    assert wire.take() == b""
    assert wire.send(b"1\r\n!\r\n") == TOO_LARGE
    assert sink.got == b"hello"
    assert sink.failure is not None
    assert sink.failure.value.status == 413
    assert events == [sink.failure, sink.failure]
    assert wire.transport.half_closed
    wire.leave()
    assert len(events) == 2


def test_a_chunked_body_within_the_limit_is_served() -> None:
    wire = Wire(hello, body_bytes=5)
    chunked = request(b"POST", b"/", CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n")
    assert wire.send(chunked) == HELLO
    longer = request(b"POST", b"/", CHUNKED, body=b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n")
    assert wire.send(longer) == TOO_LARGE
    assert len(wire.requests) == 1


def test_a_body_beyond_the_limit_cuts_an_answer_that_was_begun() -> None:
    wire = Wire(body_bytes=5)
    wire.send(request(b"POST", b"/", CHUNKED, body=b"5\r\nhello\r\n"))
    wire.request.write(b"a piece")
    wire.take()
    assert wire.send(b"1\r\n!\r\n") == b""
    assert wire.transport.aborted


def test_a_broken_chunk_is_refused_when_it_comes() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", CHUNKED, body=b"5\r\nhello\r\n"))
    body = wire.request.exchange.body
    assert wire.send(b"nonsense\r\n").startswith(b"HTTP/1.1 400 ")
    assert body.failure is not None
    assert wire.transport.half_closed


# Expect: 100-continue

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def test_continue_is_said_when_someone_wants_the_body() -> None:
    wire = Wire(body_timeout=10)
    head = request(b"POST", b"/", b"Content-Length: 5", b"Expect: 100-continue")
    assert wire.send(head) == b""
    # Nobody has asked the client for anything yet.
    assert wire.wait(100) == b""
    gathered = wire.request.exchange.body.gather()
    assert wire.take() == CONTINUE
    assert wire.send(b"hello") == b""
    assert gathered.result == b"hello"
    hello(wire.request)
    assert wire.take().endswith(b"hello")
    assert wire.transport.open


def test_continue_is_said_once() -> None:
    wire = Wire(body_timeout=10)
    wire.send(request(b"POST", b"/", CHUNKED, b"Expect: 100-continue"))
    sink = Sink()
    body = wire.request.exchange.body
    body.pipe(sink)
    assert wire.take() == CONTINUE
    body.pauseProducing()
    body.resumeProducing()
    assert wire.take() == b""
    assert wire.wait(10).startswith(b"HTTP/1.1 408 ")


def test_a_client_that_does_not_wait_is_not_told_to_continue() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", b"Content-Length: 70000", b"Expect: 100-continue"))
    wire.send(b"x" * (HIGH_WATER + 1))
    # It is held back like any other.
    assert wire.transport.producerState == "paused"
    wire.request.exchange.body.gather()
    assert wire.take() == b""
    assert wire.transport.producerState == "producing"


def test_nothing_is_said_when_the_body_came_along() -> None:
    wire = Wire()
    assert wire.send(post(b"hello", b"Expect: 100-continue")) == b""
    assert wire.request.exchange.body.gather() == b"hello"
    assert wire.take() == b""
    wire = Wire()
    wire.send(request(b"POST", b"/", CHUNKED, b"Expect: 100-continue", body=b"1\r\nx\r\n"))
    wire.request.exchange.body.gather()
    assert wire.take() == b""


def test_an_answer_without_reading_the_body_stands_alone_and_closes() -> None:
    wire = Wire(hello)
    head = request(b"POST", b"/", b"Content-Length: 5", b"Expect: 100-continue")
    answer = wire.send(head)
    assert b"100 Continue" not in answer
    assert b"\r\nConnection: close\r\n" in answer
    # Whether the client sends its body now can not be told, so nothing is read.
    assert wire.transport.half_closed
    assert wire.send(b"hello" + get()) == b""


def test_continue_is_not_said_after_the_answer_began() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", b"Content-Length: 5", b"Expect: 100-continue"))
    wire.request.write(b"a piece")
    assert b"Connection: close" in wire.take()
    wire.request.exchange.body.gather().addErrback(lambda reason: None)
    assert wire.take() == b""
    wire.request.finish()
    assert wire.take() == b"0\r\n\r\n"
    assert wire.transport.half_closed


# Answered early


def unread(left: int, limit: int = 1000) -> Wire:
    wire = Wire(hello, drain_bytes=limit)
    wire.send(request(b"POST", b"/", b"Content-Length: %d" % (left + 1), body=b"x"))
    return wire


def test_a_small_rest_of_a_body_is_taken_in() -> None:
    wire = unread(1000)
    assert wire.take() == b""
    assert wire.requests[0].exchange.body.failure is not None
    assert wire.requests[0].exchange.body.failure.check(BodyNotWanted)
    assert wire.transport.open
    assert wire.send(b"x" * 999) == b""
    assert wire.send(b"x" + get()) == HELLO


def test_a_large_rest_of_a_body_closes_the_connection() -> None:
    wire = Wire(hello, drain_bytes=1000)
    head = request(b"POST", b"/", b"Content-Length: 1001")
    answer = wire.send(head)
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"hello")
    assert wire.transport.half_closed
    assert wire.send(b"x" * 1001 + get()) == b""


def test_a_large_chunked_rest_closes_the_connection_when_that_shows() -> None:
    wire = Wire(hello, drain_bytes=1000)
    assert wire.send(request(b"POST", b"/", CHUNKED)) == HELLO
    wire.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
    assert wire.transport.open
    wire.send(b"1\r\nx")
    assert wire.transport.half_closed
    assert wire.take() == b""


def test_a_small_chunked_rest_is_taken_in() -> None:
    wire = Wire(hello, drain_bytes=1000)
    wire.send(request(b"POST", b"/", CHUNKED, body=b"3e8\r\n" + b"x" * 1000 + b"\r\n"))
    wire.send(b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r")
    assert wire.transport.open
    wire.take()
    assert wire.send(b"\n\r\n" + get()) == HELLO


def test_nonsense_in_an_unread_rest_is_not_answered_again() -> None:
    wire = Wire(hello)
    assert wire.send(request(b"POST", b"/", CHUNKED)) == HELLO
    assert wire.send(b"nonsense\r\n") == b""
    assert wire.transport.half_closed


def test_a_rest_that_does_not_come_closes_the_connection() -> None:
    wire = unread(10)
    wire.take()
    wire.wait(4.5)
    assert wire.transport.open
    assert wire.wait(0.5) == b""
    assert wire.transport.half_closed


def test_a_paused_client_is_resumed_to_take_in_the_rest() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", b"Content-Length: 70000", body=b"x" * 69000))
    assert wire.transport.producerState == "paused"
    hello(wire.request)
    assert wire.transport.producerState == "producing"
    assert wire.take() == HELLO
    assert wire.send(b"x" * 1000 + get()) == b""
    assert len(wire.requests) == 2


@pytest.mark.parametrize("framing", [b"Content-Length: 500000", CHUNKED])
def test_an_early_answer_to_a_paused_upload_can_be_read(framing: bytes) -> None:
    wire = Wire(drain_bytes=1000)
    chunk = b"11170\r\n" + b"x" * 70000
    wire.send(request(b"POST", b"/", framing, body=chunk))
    assert wire.transport.producerState == "paused"
    wire.request.respond(403, b"", [(b"Connection", b"close")], b"no")
    assert wire.take().endswith(b"\r\n\r\nno")
    assert wire.transport.producerState == "producing"
    assert wire.transport.half_closed


def test_the_rest_is_not_drained_while_the_answer_streams() -> None:
    def answer(one: GatewayRequest) -> None:
        one.respond(200, b"", [], stream)

    stream = Body(None)
    wire = Wire(answer, drain_bytes=1)
    head = request(b"POST", b"/", b"Content-Length: 10", body=b"0")
    assert wire.send(head) == b"HTTP/1.1 200 OK\r\n" + DATE + b"Transfer-Encoding: chunked\r\n\r\n"
    sink = Sink()
    wire.request.exchange.body.pipe(sink)
    wire.send(b"123456789")
    assert sink.got == b"0123456789"
    stream.end()
    assert wire.take() == b"0\r\n\r\n"
    assert wire.transport.open
