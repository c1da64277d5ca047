"""What an upstream says, and what of it is handed on."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from outcomes import outcome
from twisted.internet.error import ConnectionLost
from upstream_wire import Wire

from twisted_tyk.errors import UpstreamUnreachable


def test_an_answer_in_one_piece_is_whole_when_it_is_handed_over(wire: Wire) -> None:
    seen = []
    answer = wire.ask("/a?b", headers=[(b"x-A", b"1")])
    answer.addCallback(lambda response: seen.append(response.body.ended) or response)
    upstream = wire.accept()
    assert upstream.received() == b"GET /a?b HTTP/1.1\r\nHost: 192.0.2.1:8000\r\nx-A: 1\r\n\r\n"
    upstream.answers(b"hello", b"Set-Cookie: a", b"Set-Cookie: b", status=b"201 Very Well")
    response = outcome(answer)
    assert seen == [True]
    assert (response.code, response.phrase, response.length) == (201, b"Very Well", 5)
    assert response.fields.raw[1:] == [(b"Set-Cookie", b"a"), (b"Set-Cookie", b"b")]
    assert response.body.join() == b"hello"


def test_the_head_is_handed_over_before_the_body_is_there(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
    response = outcome(answer)
    body = response.body.gather()
    assert not response.body.ended
    upstream.says(b"world")
    assert outcome(body) == b"helloworld"


ANSWERS = {
    "length": b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello",
    "chunked": b"HTTP/1.1 200 OK\r\nA: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: no\r\n\r\n",
    "until it closes": b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\nhello",
    "interim": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
    b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 5\r\n\r\nhello",
}


@given(name=st.sampled_from(sorted(ANSWERS)), cuts=st.sets(st.integers(1, 160), max_size=8))
def test_it_does_not_matter_where_an_answer_is_cut(name: str, cuts: set[int]) -> None:
    wire = Wire()
    answer = wire.ask()
    upstream = wire.accept()
    data = ANSWERS[name]
    edges = [0, *sorted(cut for cut in cuts if cut < len(data)), len(data)]
    for start, end in pairwise(edges):
        upstream.says(data[start:end])
    response = outcome(answer)
    body = response.body.gather()
    if name == "until it closes":
        upstream.leaves()
    assert (response.code, response.phrase) == (200, b"OK")
    assert (b"A", b"1") in response.fields.raw
    assert {name for name, _ in response.fields.raw} <= {b"A", b"Content-Length"}
    assert (body if isinstance(body, bytes) else outcome(body)) == b"hello"
    wire.ask()
    assert wire.asked == (2 if name == "until it closes" else 1)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_some_answers_have_no_body_whatever_they_say(wire: Wire, status: bytes) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n")
    response = outcome(answer)
    assert response.body.ended
    assert response.body.join() == b""
    assert response.fields.get("content-length") == "5"
    wire.ask()
    assert wire.asked == 1


@pytest.mark.parametrize(
    "field", [b"Content-Length: 5", b"Transfer-Encoding: chunked", b"Content-Length: 0", b"A: 1"]
)
def test_an_answer_to_head_has_no_body(wire: Wire, field: bytes) -> None:
    answer = wire.ask(method="HEAD")
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n")
    assert outcome(answer).body.ended
    again = wire.ask()
    assert wire.asked == 1
    upstream.answers(b"hello")
    assert outcome(again).body.join() == b"hello"


def test_a_body_after_an_answer_to_head_ends_the_connection(wire: Wire) -> None:
    answer = wire.ask(method="HEAD")
    upstream = wire.accept()
    upstream.answers(b"hello")
    assert outcome(answer).code == 200
    assert upstream.hung_up_on


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        (b"1.1", b"A: 1", True),
        (b"1.1", b"Connection: Close", False),
        (b"1.0", b"A: 1", False),
        (b"1.0", b"Connection: keep-alive", True),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_whether_a_connection_is_kept(
    wire: Wire, version: bytes, connection: bytes, kept: bool, method: str
) -> None:
    answer = wire.ask(method=method)
    upstream = wire.accept()
    upstream.says(b"HTTP/" + version + b" 200 OK\r\nContent-Length: 0\r\n" + connection)
    upstream.says(b"\r\n\r\n")
    assert outcome(answer).code == 200
    assert upstream.hung_up_on is not kept
    wire.ask()
    assert wire.asked == (1 if kept else 2)


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_a_bad_gateway(wire: Wire, garbage: bytes) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(garbage)
    error = outcome(answer)
    assert isinstance(error, UpstreamUnreachable)
    assert (error.status, error.message) == (502, "There was a problem proxying the request")
    assert error.__cause__ is not None
    assert upstream.cut_off


def test_a_head_without_end_is_cut_off(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\n")
    for _ in range(16):
        upstream.says(b"X: " + b"x" * 65531 + b"\r\n")
    upstream.says(b"Y: 1\r\n")
    assert outcome(answer).status == 502
    assert upstream.cut_off


def test_so_are_interim_answers_without_end(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    for _ in range(17):
        upstream.says(b"HTTP/1.1 100 Continue\r\n\r\n" * 2622)
    assert outcome(answer).status == 502


def test_leaving_before_the_head_is_whole_is_a_bad_gateway(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\n")
    upstream.leaves()
    assert outcome(answer).status == 502


@pytest.mark.parametrize(
    "head", [b"Content-Length: 9\r\n\r\nhello", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"]
)
def test_a_body_that_ends_early_has_failed(wire: Wire, head: bytes) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\n" + head)
    body = outcome(answer).body.gather()
    upstream.leaves()
    assert isinstance(outcome(body), UpstreamUnreachable)


def test_a_body_until_the_end_of_a_broken_connection_has_failed(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\n\r\nhello")
    body = outcome(answer).body.gather()
    upstream.leaves(ConnectionLost())
    assert isinstance(outcome(body), UpstreamUnreachable)


def test_a_chunk_that_is_none_breaks_the_body(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    body = outcome(answer).body.gather()
    upstream.says(b"zz\r\n")
    assert outcome(body).status == 502
    assert upstream.cut_off


@pytest.mark.parametrize("more", [b"HTTP/1.1 200 OK\r\n", b"x", b"HTTP/1.1 20"])
def test_more_than_was_asked_for_ends_the_connection(wire: Wire, more: bytes) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + more)
    assert outcome(answer).body.join() == b"ok"
    assert upstream.hung_up_on
    wire.ask()
    assert wire.asked == 2


def test_so_does_an_answer_nobody_asked_for(wire: Wire) -> None:
    upstream = wire.exchange()
    upstream.answers(b"for the next client")
    assert upstream.cut_off
    wire.ask()
    assert wire.asked == 2
