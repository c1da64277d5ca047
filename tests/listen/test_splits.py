"""However the network cuts a conversation, it is the same conversation."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from wire import Wire, get, request

from twisted_tyk.listen.request import GatewayRequest

bodies = st.binary(max_size=30)


@st.composite
def messages(draw: Any) -> tuple[bytes, bytes]:
    """A request as bytes, and what its resource shall see as its body."""
    kind = draw(st.sampled_from(["get", "length", "chunked", "old"]))
    target = b"/" + draw(st.sampled_from([b"", b"a", b"b?c=d"]))
    body = draw(bodies)
    if kind == "get":
        return draw(st.sampled_from([b"", b"\r\n"])) + get(target, b"A:\tb "), b""
    if kind == "old":
        return get(target, b"Connection: keep-alive", version=b"1.0"), b""
    if kind == "length":
        length = b"Content-Length: %d" % len(body)
        return request(b"POST", target, length, body=body), body
    size = draw(st.integers(1, 10))
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    coded = b"".join(b"%x;e\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    trailer = draw(st.sampled_from([b"", b"T: u\r\n"]))
    coded += b"0\r\n" + trailer + b"\r\n"
    return request(b"PUT", target, b"Transfer-Encoding: chunked", body=coded), body


def echo(one: GatewayRequest) -> None:
    """Answer with the body, once it is there."""

    def came(body: bytes) -> None:
        one.respond(200, b"", [], one.exchange.target + b"|" + body)

    body = one.exchange.body.gather()
    if isinstance(body, Deferred):
        body.addCallback(came)
    else:
        came(body)


def converse(pieces: list[bytes]) -> tuple[list[object], bytes]:
    wire = Wire(echo)
    answers = b"".join(wire.send(piece) for piece in pieces)
    seen: list[object] = [
        (one.exchange.method, one.exchange.target, one.exchange.headers.raw)
        for one in wire.requests
    ]
    assert wire.transport.open
    assert wire.transport.producerState == "producing"
    return seen, answers


def cut(data: bytes, at: list[int]) -> list[bytes]:
    edges = [0, *sorted(position % (len(data) + 1) for position in at), len(data)]
    pieces = [data[a:b] for a, b in pairwise(edges)]
    return [piece for piece in pieces if piece]


@given(
    st.lists(messages(), min_size=1, max_size=5),
    st.lists(st.integers(0, 1 << 20), max_size=12),
)
def test_any_split_gives_the_same_requests_and_answers(
    sent: list[tuple[bytes, bytes]], at: list[int]
) -> None:
    data = b"".join(message for message, _ in sent)
    whole = converse([data])
    assert len(whole[0]) == len(sent)
    assert whole[1].count(b"HTTP/1.") == len(sent)
    for _, body in sent:
        assert b"|" + body in whole[1]
    assert converse(cut(data, at)) == whole


@settings(max_examples=20)
@given(st.lists(messages(), min_size=1, max_size=3))
def test_single_bytes_give_the_same_requests_and_answers(
    sent: list[tuple[bytes, bytes]],
) -> None:
    data = b"".join(message for message, _ in sent)
    assert converse([bytes([byte]) for byte in data]) == converse([data])


fragments = st.sampled_from(
    [
        b"GET / HTTP/1.1",
        b"POST /a HTTP/1.1",
        b"\r\n",
        b"\r",
        b"\n",
        b"Host: a",
        b"Content-Length: 3",
        b"Content-Length: 0",
        b"Transfer-Encoding: chunked",
        b"Expect: 100-continue",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"\r\n\r\n",
        b"abc",
        b" ",
        b"\x00",
        b"\x16\x03\x01",
    ]
)


@given(
    st.one_of(st.lists(st.one_of(fragments, st.binary(max_size=5)), max_size=20)),
    st.lists(st.integers(0, 200), max_size=5),
)
def test_garbage_is_refused_or_waited_for_and_never_raises(
    pieces: list[bytes], at: list[int]
) -> None:
    data = b"".join(pieces)
    wire = Wire(echo)
    answers = b"".join(wire.send(piece) for piece in cut(data, at))
    refused = [status for status in (b"400", b"417", b"431", b"501", b"505")
               if b"HTTP/1.1 " + status in answers]  # fmt: skip
    if refused:
        assert not wire.transport.open
    # Each message takes at least its request line, so none became two.
    assert len(wire.requests) <= data.count(b" HTTP/1.")
    wire.leave()
