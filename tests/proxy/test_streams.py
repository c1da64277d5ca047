"""Bodies on their way through, at the pace of the slower side."""

from __future__ import annotations

from typing import Any

import pytest
from outcomes import outcome
from twisted.python.failure import Failure
from upstream_wire import Upstream, Wire

from twisted_tyk.errors import UpstreamTimeout
from twisted_tyk.message.body import Body


class Source:
    """The client's connection, as far as its body needs it."""

    def __init__(self) -> None:
        self.paused = False

    def pauseProducing(self) -> None:
        self.paused = True

    def resumeProducing(self) -> None:
        self.paused = False


class Sink:
    """The client's connection, as far as the answer's body needs it."""

    def __init__(self) -> None:
        self.body: Any = None
        self.data = b""
        self.end_of_it: object = None

    def attach(self, body: Body) -> None:
        self.body = body

    def write(self, data: bytes) -> None:
        self.data += data

    def end(self) -> None:
        self.end_of_it = "whole"

    def fail(self, reason: Failure) -> None:
        self.end_of_it = reason.value


@pytest.fixture
def source() -> Source:
    return Source()


class TestUpload:
    """The request's body comes while it is sent on."""

    def start(self, wire: Wire, source: Source, length: int | None) -> tuple[Any, Body, Upstream]:
        body = Body(source, length)
        answer = wire.ask("/", "POST", data=body)
        return answer, body, wire.accept()

    def test_with_a_length_it_is_passed_on_as_it_comes(self, wire: Wire, source: Source) -> None:
        answer, body, upstream = self.start(wire, source, 10)
        assert upstream.received().endswith(b"\r\nContent-Length: 10\r\n\r\n")
        body.feed(b"hello")
        assert upstream.received() == b"hello"
        body.feed(b"world")
        body.end()
        assert upstream.received() == b"world"
        assert upstream.transport.producer is None
        upstream.answers()
        assert outcome(answer).code == 200
        assert not upstream.hung_up_on

    def test_without_one_in_chunks(self, wire: Wire, source: Source) -> None:
        answer, body, upstream = self.start(wire, source, None)
        assert upstream.received().endswith(b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        body.feed(b"x" * 26)
        body.feed(b"")
        body.end()
        assert upstream.received() == b"1a\r\n" + b"x" * 26 + b"\r\n0\r\n\r\n"
        upstream.answers()
        assert outcome(answer).code == 200

    def test_what_came_before_the_connection_is_kept(self, wire: Wire, source: Source) -> None:
        body = Body(source, 10)
        wire.ask("/", "POST", data=body)
        body.feed(b"hello")
        upstream = wire.accept()
        assert upstream.received().endswith(b"\r\n\r\nhello")

    def test_all_that_came_before_the_connection_is_one_write(
        self, wire: Wire, source: Source
    ) -> None:
        body = Body(source, None)
        wire.ask("/", "POST", data=body)
        body.feed(b"hello")
        body.end()
        assert wire.accept().received().endswith(b"\r\nContent-Length: 5\r\n\r\nhello")

    def test_the_client_waits_while_the_upstream_is_full(self, wire: Wire, source: Source) -> None:
        _, body, upstream = self.start(wire, source, None)
        body.feed(b"x")
        upstream.transport.producer.pauseProducing()
        assert source.paused
        upstream.transport.producer.resumeProducing()
        assert not source.paused

    def test_a_slow_client_is_not_the_upstreams_fault(self, source: Source) -> None:
        wire = Wire(timeout=5)
        answer, body, _ = self.start(wire, source, None)
        wire.passes(60)
        body.feed(b"x")
        assert not answer.called
        body.end()
        wire.passes(4)
        assert not answer.called
        wire.passes(2)
        assert isinstance(outcome(answer), UpstreamTimeout)

    def test_an_upstream_that_takes_nothing_more_is_late(self, source: Source) -> None:
        wire = Wire(timeout=5)
        answer, body, upstream = self.start(wire, source, None)
        body.feed(b"x")
        upstream.transport.producer.pauseProducing()
        wire.passes(7)
        assert isinstance(outcome(answer), UpstreamTimeout)
        assert not source.paused

    @pytest.mark.parametrize("length", [None, 10])
    def test_an_answer_before_the_end_is_passed_on(
        self, wire: Wire, source: Source, length: int | None
    ) -> None:
        answer, body, upstream = self.start(wire, source, length)
        body.feed(b"x")
        upstream.received()
        upstream.answers(b"too much", status=b"413 Payload Too Large")
        response = outcome(answer)
        assert (response.code, response.body.join()) == (413, b"too much")
        assert upstream.hung_up_on
        body.feed(b"y")
        body.end()
        assert upstream.received() == b""
        wire.ask()
        assert wire.asked == 2

    def test_so_is_one_that_streams_meanwhile(self, wire: Wire, source: Source) -> None:
        answer, body, upstream = self.start(wire, source, None)
        upstream.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        echo = outcome(answer).body.gather()
        upstream.received()
        body.feed(b"b")
        assert upstream.received() == b"1\r\nb\r\n"
        body.end()
        upstream.says(b"1\r\nb\r\n0\r\n\r\n")
        assert outcome(echo) == b"ab"
        assert not upstream.hung_up_on

    def test_an_upstream_that_leaves_ends_it(self, wire: Wire, source: Source) -> None:
        answer, body, upstream = self.start(wire, source, None)
        body.feed(b"x")
        upstream.transport.producer.pauseProducing()
        upstream.leaves()
        assert outcome(answer).status == 502
        assert not source.paused
        body.feed(b"y")
        body.end()

    def test_a_client_that_breaks_off_ends_it(self, wire: Wire, source: Source) -> None:
        answer, body, upstream = self.start(wire, source, None)
        body.feed(b"x")
        upstream.received()
        body.fail(Failure(ConnectionError("gone")))
        assert outcome(answer).status == 499
        assert upstream.received() == b""
        assert upstream.cut_off

    def test_also_before_there_is_a_connection(self, wire: Wire, source: Source) -> None:
        body = Body(source, None)
        answer = wire.ask("/", "POST", data=body)
        body.fail(Failure(ConnectionError("gone")))
        upstream = wire.accept()
        assert outcome(answer).status == 499
        assert upstream.cut_off

    def test_a_cancelled_request_takes_no_more(self, wire: Wire, source: Source) -> None:
        answer, body, upstream = self.start(wire, source, None)
        upstream.received()
        answer.cancel()
        answer.addErrback(lambda _: None)
        body.feed(b"x")
        assert upstream.received() == b""
        assert upstream.cut_off

    @pytest.mark.parametrize("data", [b"hell", b"hello!"])
    def test_never_more_or_less_than_was_said(
        self, wire: Wire, source: Source, data: bytes
    ) -> None:
        answer, body, upstream = self.start(wire, source, 5)
        body.feed(data)
        body.end()
        assert outcome(answer).status == 499
        assert upstream.cut_off


class TestDownload:
    """The answer's body comes while it is sent on."""

    def start(self, wire: Wire, length: bytes = b"200000") -> tuple[Body, Upstream]:
        answer = wire.ask()
        upstream = wire.accept()
        upstream.says(b"HTTP/1.1 200 OK\r\nContent-Length: " + length + b"\r\n\r\n")
        return outcome(answer).body, upstream

    def test_it_is_passed_on_as_it_comes(self, wire: Wire) -> None:
        body, upstream = self.start(wire, b"10")
        assert body.length == 10
        sink = Sink()
        body.pipe(sink)
        upstream.says(b"hello")
        assert sink.data == b"hello"
        upstream.says(b"world")
        assert (sink.data, sink.end_of_it) == (b"helloworld", "whole")
        wire.ask()
        assert wire.asked == 1

    def test_pieces_that_come_together_go_together(self, wire: Wire) -> None:
        answer = wire.ask()
        upstream = wire.accept()
        upstream.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writes: list[bytes] = []
        sink = Sink()
        sink.write = writes.append  # type: ignore[method-assign]
        outcome(answer).body.pipe(sink)
        upstream.says(b"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n")
        assert writes == [b"abc"]

    def test_the_upstream_waits_while_the_client_is_full(self, wire: Wire) -> None:
        body, upstream = self.start(wire)
        sink = Sink()
        body.pipe(sink)
        sink.body.pauseProducing()
        assert upstream.paused
        sink.body.resumeProducing()
        assert not upstream.paused

    def test_it_waits_when_nobody_reads(self, wire: Wire) -> None:
        body, upstream = self.start(wire)
        for _ in range(10):
            if not upstream.paused:
                upstream.says(b"x" * 10000)
        assert upstream.paused
        sink = Sink()
        body.pipe(sink)
        assert len(sink.data) == 70000
        assert not upstream.paused

    def test_a_connection_is_not_kept_asleep(self, wire: Wire) -> None:
        body, upstream = self.start(wire, b"70000")
        upstream.says(b"x" * 70000)
        assert body.ended
        assert not upstream.paused

    def test_a_client_that_leaves_ends_it(self, wire: Wire) -> None:
        body, upstream = self.start(wire)
        sink = Sink()
        body.pipe(sink)
        sink.body.pauseProducing()
        sink.body.stopProducing()
        assert upstream.cut_off
        upstream.leaves()
        wire.ask()
        assert wire.asked == 2

    def test_so_does_a_step_that_does_not_want_it(self, wire: Wire) -> None:
        body, upstream = self.start(wire)
        body.stopProducing()
        assert upstream.cut_off

    def test_what_is_whole_already_costs_no_connection(self, wire: Wire) -> None:
        body, upstream = self.start(wire, b"1")
        upstream.says(b"x")
        body.stopProducing()
        assert not upstream.hung_up_on

    def test_breaking_off_is_told(self, wire: Wire) -> None:
        body, upstream = self.start(wire)
        sink = Sink()
        body.pipe(sink)
        upstream.says(b"x")
        upstream.leaves()
        assert sink.data == b"x"
        assert getattr(sink.end_of_it, "status", None) == 502


def test_a_large_body_is_not_copied_behind_its_head(wire: Wire) -> None:
    wire.ask("/", "PUT", data=b"x" * 100_000)
    sent = wire.accept().received()
    assert sent.endswith(b"\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)


@pytest.mark.parametrize(
    ("method", "said"), [("GET", False), ("DELETE", False), ("POST", True), ("PUT", True)]
)
def test_an_empty_body_is_said_where_one_is_usual(wire: Wire, method: str, said: bool) -> None:
    wire.ask("/", method)
    assert wire.accept().received().endswith(b"\r\nContent-Length: 0\r\n\r\n") is said
