from __future__ import annotations

import pytest
from twisted.python.failure import Failure
from wire import DATE, HELLO, Wire, get, hello, request

from twisted_tyk.listen.refused import AnswerBroken
from twisted_tyk.listen.request import GatewayRequest
from twisted_tyk.message.body import Body


class Upstream:
    """The source of a streamed body."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")


def asked(data: bytes = b"", **limits: object) -> tuple[Wire, GatewayRequest]:
    wire = Wire(**limits)
    wire.send(data or get())
    return wire, wire.request


def answer(data: bytes, status: int, headers: list[tuple[bytes, bytes]], body: object) -> bytes:
    wire, one = asked(data)
    one.respond(status, b"", headers, body)  # type: ignore[arg-type]
    assert len(wire.transport.writes) == 1
    return wire.take()


def test_head_and_body_leave_in_one_write() -> None:
    wire, one = asked()
    one.respond(201, b"Made", [(b"A", b"b"), (b"a", b"c")], b"body")
    assert wire.transport.writes == [
        b"HTTP/1.1 201 Made\r\nA: b\r\na: c\r\n" + DATE + b"Content-Length: 4\r\n\r\nbody"
    ]


@pytest.mark.parametrize(
    ("status", "reason", "line"),
    [
        (429, b"", b"429 Too Many Requests"),
        (200, b"", b"200 OK"),
        (200, b"OK", b"200 OK"),
        (200, b"Fine", b"200 Fine"),
        (404, b"", b"404 Not Found"),
        (799, b"", b"799 "),
        (799, b"Odd", b"799 Odd"),
    ],
)
def test_status_lines(status: int, reason: bytes, line: bytes) -> None:
    for data, version in ((get(), b"1.1"), (get(version=b"1.0"), b"1.0")):
        wire, one = asked(data)
        one.respond(status, reason, [], b"")
        assert wire.take().startswith(b"HTTP/" + version + b" " + line + b"\r\n")


@pytest.mark.parametrize("status", [199, 1000, 100, 0])
def test_what_is_no_status_is_not_sent(status: int) -> None:
    wire, one = asked()
    with pytest.raises(ValueError, match="status"):
        one.respond(status, b"", [], b"")
    assert wire.take() == b""
    hello(one)
    assert wire.take() == HELLO


def test_the_framing_of_others_is_replaced() -> None:
    given = [
        (b"content-length", b"99"),
        (b"Transfer-Encoding", b"gzip"),
        (b"Connection", b"keep-alive"),
        (b"Content-Type", b"a/b"),
    ]
    assert answer(b"", 200, given, b"x") == (
        b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n" + DATE + b"Content-Length: 1\r\n\r\nx"
    )


def test_a_date_is_kept() -> None:
    assert answer(b"", 200, [(b"date", b"today")], b"") == (
        b"HTTP/1.1 200 OK\r\ndate: today\r\nContent-Length: 0\r\n\r\n"
    )


def test_the_date_follows_the_clock() -> None:
    wire = Wire(hello)
    wire.wait(61)
    assert b"\r\nDate: Thu, 01 Jan 1970 00:01:01 GMT\r\n" in wire.send(get())
    wire.wait(1)
    assert b"\r\nDate: Thu, 01 Jan 1970 00:01:02 GMT\r\n" in wire.send(get())


@pytest.mark.parametrize("value", [b"close", b"Close", b"foo, close"])
def test_connection_close_is_obeyed(value: bytes) -> None:
    wire, one = asked()
    one.respond(200, b"", [(b"connection", value)], b"hello")
    assert wire.take() == HELLO.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    assert wire.transport.disconnecting


@pytest.mark.parametrize(
    "pair", [(b"A", b"b\r\nC: d"), (b"A", b"b\nc"), (b"A", b"b\rc"), (b"A\r\nB", b"c")]
)
def test_a_line_break_in_a_field_is_not_sent(pair: tuple[bytes, bytes]) -> None:
    wire, one = asked()
    with pytest.raises(ValueError, match="line break"):
        one.respond(200, b"", [pair], b"")
    with pytest.raises(ValueError, match="line break"):
        one.respond(200, b"OK\r\nA: b", [], b"")
    assert wire.take() == b""
    hello(one)
    assert wire.take() == HELLO


@pytest.mark.parametrize("status", [204, 304])
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
@pytest.mark.parametrize("body", [b"ignored", Body.of(b"ignored"), Body(None, 7), Body(None)])
def test_statuses_without_a_body(status: int, method: bytes, body: object) -> None:
    out = answer(request(method, b"/"), status, [(b"Content-Length", b"7")], body)
    assert out.startswith(b"HTTP/1.1 %d " % status)
    assert out.endswith(b"\r\n" + DATE + b"\r\n")
    assert b"ontent-" not in out


HEAD = request(b"HEAD", b"/")


@pytest.mark.parametrize(
    ("headers", "body", "length"),
    [
        ([(b"Content-Length", b"99")], b"", b"Content-Length: 99\r\n"),
        ([(b"content-length", b"99")], b"x", b"Content-Length: 99\r\n"),
        ([], b"xyz", b"Content-Length: 3\r\n"),
        ([], Body.of(b"xyz"), b"Content-Length: 3\r\n"),
        ([], Body(None, 7), b"Content-Length: 7\r\n"),
        ([], Body(None), b""),
        ([], b"", b""),
    ],
)
def test_head(headers: list[tuple[bytes, bytes]], body: object, length: bytes) -> None:
    assert answer(HEAD, 200, headers, body) == (b"HTTP/1.1 200 OK\r\n" + DATE + length + b"\r\n")


def test_the_body_of_an_answer_to_head_is_not_wanted() -> None:
    upstream = Upstream()
    stream = Body(upstream, 100000, held=True)
    answer(HEAD, 200, [], stream)
    assert upstream.calls == ["resume"]
    stream.feed(b"x" * 100000)
    assert upstream.calls == ["resume"]


def test_a_changed_method_does_not_change_what_the_client_waits_for() -> None:
    wire, one = asked(HEAD)
    one.exchange.method = b"GET"
    one.respond(200, b"", [], b"body")
    assert wire.take().endswith(b"Content-Length: 4\r\n\r\n")


def test_a_body_that_has_ended_is_whole() -> None:
    body = Body(None)
    body.feed(b"a")
    body.feed(b"b")
    body.end()
    assert answer(b"", 200, [], body).endswith(b"Content-Length: 2\r\n\r\nab")


# Streams


def test_a_stream_of_known_length() -> None:
    wire, one = asked()
    done: list[object] = []
    one.on_done = done.append
    stream = Body(None, 6)
    stream.feed(b"ab")
    one.respond(200, b"", [(b"Content-Length", b"99")], stream)
    assert wire.transport.writes == [b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 6\r\n\r\nab"]
    stream.feed(b"cd")
    stream.feed(b"ef")
    assert done == []
    stream.end()
    assert wire.transport.writes[1:] == [b"cd", b"ef"]
    assert done == [None]
    assert wire.transport.producer is None
    wire.recorder.answer = hello
    wire.take()
    assert wire.send(get()) == HELLO


def test_a_stream_of_unknown_length_is_chunked() -> None:
    wire, one = asked()
    stream = Body(None)
    stream.feed(b"0123456789")
    one.respond(200, b"", [], stream)
    assert wire.transport.writes == [
        b"HTTP/1.1 200 OK\r\n" + DATE + b"Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n"
    ]
    stream.feed(b"x")
    stream.feed(b"")
    stream.end()
    assert wire.transport.writes[1:] == [b"1\r\nx\r\n", b"0\r\n\r\n"]
    assert wire.transport.open


def test_the_head_does_not_wait_for_the_body() -> None:
    wire, one = asked()
    one.respond(200, b"", [], Body(None))
    assert wire.take() == b"HTTP/1.1 200 OK\r\n" + DATE + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_stream_to_10_ends_with_the_connection() -> None:
    wire, one = asked(get(b"/", b"Connection: keep-alive", version=b"1.0"))
    stream = Body(None)
    one.respond(200, b"", [], stream)
    assert wire.take() == b"HTTP/1.0 200 OK\r\n" + DATE + b"Connection: close\r\n\r\n"
    stream.feed(b"x")
    stream.end()
    assert wire.take() == b"x"
    assert wire.transport.disconnecting


def test_a_stream_of_known_length_to_10_keeps_the_connection() -> None:
    wire, one = asked(get(b"/", b"Connection: keep-alive", version=b"1.0"))
    stream = Body(None, 1)
    one.respond(200, b"", [], stream)
    assert wire.take().endswith(b"Content-Length: 1\r\nConnection: keep-alive\r\n\r\n")
    stream.feed(b"x")
    stream.end()
    assert wire.transport.open


def test_the_clients_pace_is_the_streams() -> None:
    upstream = Upstream()
    stream = Body(upstream)
    wire, one = asked()
    one.respond(200, b"", [], stream)
    assert wire.transport.streaming
    wire.transport.producer.pauseProducing()
    assert upstream.calls == ["pause"]
    wire.transport.producer.resumeProducing()
    assert upstream.calls == ["pause", "resume"]


@pytest.mark.parametrize("length", [None, 10])
def test_a_stream_that_breaks_off_cuts_the_connection(length: int | None) -> None:
    wire, one = asked()
    ends: list[Failure | None] = []
    one.on_done = ends.append
    one.on_lost = ends.append
    stream = Body(None, length)
    one.respond(200, b"", [], stream)
    stream.feed(b"x")
    wire.take()
    reason = Failure(ConnectionError("upstream"))
    stream.fail(reason)
    assert wire.take() == b""
    assert wire.transport.aborted
    assert wire.transport.producer is None
    assert ends == [reason]
    wire.leave()
    assert ends == [reason]


def test_a_stream_that_breaks_off_breaks_the_request_too() -> None:
    _wire, one = asked(request(b"POST", b"/", b"Content-Length: 5", body=b"h"))
    stream = Body(None)
    one.respond(200, b"", [], stream)
    stream.fail(Failure(ConnectionError("upstream")))
    assert one.exchange.body.failure is stream.failure


@pytest.mark.parametrize("pieces", [[b"abc"], [b"a", b"bc"]])
def test_a_stream_longer_than_announced_cuts_the_connection(pieces: list[bytes]) -> None:
    wire, one = asked()
    ends: list[Failure | None] = []
    one.on_done = ends.append
    stream = Body(None, 2)
    one.respond(200, b"", [], stream)
    for piece in pieces:
        stream.feed(piece)
    assert wire.transport.aborted
    assert ends[0] is not None
    assert ends[0].check(AnswerBroken)
    stream.end()
    assert len(ends) == 1


def test_a_stream_shorter_than_announced_cuts_the_connection() -> None:
    wire, one = asked()
    stream = Body(None, 2)
    one.respond(200, b"", [], stream)
    stream.feed(b"a")
    stream.end()
    assert wire.transport.aborted


def test_a_client_that_leaves_stops_the_stream() -> None:
    upstream = Upstream()
    stream = Body(upstream)
    wire, one = asked()
    ends: list[Failure | None] = []
    one.on_done = ends.append
    one.respond(200, b"", [], stream)
    wire.transport.producer.stopProducing()
    wire.leave()
    assert len(ends) == 1
    assert ends[0] is not None
    wire.take()
    stream.feed(b"x" * 100000)
    stream.end()
    assert wire.take() == b""
    assert "pause" not in upstream.calls
    assert len(ends) == 1


def test_an_answer_to_a_client_that_left_lets_its_stream_go() -> None:
    upstream = Upstream()
    wire, one = asked()
    wire.leave()
    one.respond(200, b"", [], Body(upstream, held=True))
    assert upstream.calls == ["resume"]
    assert wire.take() == b""


def test_a_client_that_does_not_read_is_cut_off() -> None:
    wire, one = asked(write_timeout=10)
    ends: list[Failure | None] = []
    one.on_done = ends.append
    one.respond(200, b"", [], Body(None))
    wire.wait(100)
    wire.transport.producer.pauseProducing()
    wire.wait(9.5)
    wire.transport.producer.resumeProducing()
    wire.wait(100)
    wire.transport.producer.pauseProducing()
    wire.wait(9.5)
    assert ends == []
    wire.wait(0.5)
    assert wire.transport.aborted
    assert ends[0] is not None
    assert ends[0].check(TimeoutError)


def test_a_client_that_is_cut_off_stops_the_stream() -> None:
    upstream = Upstream()
    wire, one = asked(write_timeout=10)
    stream = Body(upstream)
    one.respond(200, b"", [], stream)
    wire.transport.producer.pauseProducing()
    wire.take()
    wire.wait(10)
    assert wire.transport.producer is None
    assert upstream.calls == ["pause", "resume"]
    stream.feed(b"x" * 100000)
    stream.end()
    assert upstream.calls == ["pause", "resume"]
    assert wire.take() == b""


def test_bytes_of_a_body_do_not_excuse_a_client_that_does_not_read() -> None:
    head = request(b"POST", b"/", b"Content-Length: 1000")
    wire, one = asked(head, write_timeout=10, body_timeout=10)
    one.respond(200, b"", [], Body(None))
    wire.wait(5)
    wire.send(b"x")
    wire.transport.producer.pauseProducing()
    wire.wait(5)
    wire.send(b"x")
    wire.wait(4.5)
    assert not wire.transport.aborted
    wire.wait(0.5)
    assert wire.transport.aborted


def test_a_client_that_reads_again_still_owes_its_body() -> None:
    head = request(b"POST", b"/", b"Content-Length: 1000")
    wire, one = asked(head, body_timeout=10)
    one.respond(200, b"", [], Body(None))
    wire.transport.producer.pauseProducing()
    wire.wait(9)
    wire.transport.producer.resumeProducing()
    wire.wait(9.5)
    assert not wire.transport.aborted
    wire.wait(0.5)
    assert wire.transport.aborted


# Order


@pytest.mark.parametrize("stream", [False, True])
def test_a_request_is_answered_once(stream: bool) -> None:
    wire, one = asked()
    one.respond(200, b"", [], Body(None) if stream else b"hello")
    wire.take()
    with pytest.raises(RuntimeError, match="already"):
        one.respond(200, b"", [], b"again")
    assert wire.take() == b""


def test_done_is_told_before_the_next_request_is_read() -> None:
    order: list[str] = []

    def told(one: GatewayRequest) -> None:
        order.append("asked")
        one.on_done = lambda reason: order.append("done")

    wire = Wire(told)
    wire.send(get() * 2)
    hello(wire.requests[0])
    hello(wire.requests[1])
    assert order == ["asked", "done", "asked", "done"]


def test_finish_can_be_waited_for() -> None:
    wire, one = asked()
    told = [one.notifyFinish(), one.notifyFinish()]
    hello(one)
    assert [deferred.result for deferred in told] == [None, None]
    assert wire.take() == HELLO
