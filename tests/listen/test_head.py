from __future__ import annotations

import pytest
from wire import HELLO, Wire, get, hello, request

from twisted_tyk.exchange import Exchange
from twisted_tyk.listen.head import HeadParser
from twisted_tyk.listen.refused import Refused


def exchange(data: bytes) -> Exchange:
    wire = Wire()
    wire.send(data)
    return wire.request.exchange


def test_the_exchange_tells_what_was_asked() -> None:
    wire = Wire(secure=True)
    wire.clock.advance(7)
    wire.send(get(b"/a%20b//c?d=%zz&e", b"X-One: 1", b"x-two:2", b"X-One:\t3 \t", b"Empty:"))
    found = wire.request.exchange
    assert (found.method, found.target, found.host) == (b"GET", b"/a%20b//c?d=%zz&e", b"a.example")
    assert found.original_target == found.target
    assert found.headers.raw == [
        (b"X-One", b"1"),
        (b"x-two", b"2"),
        (b"X-One", b"3"),
        (b"Empty", b""),
    ]
    assert (found.peer, found.peer_port, found.secure) == ("192.0.2.7", 40000, True)
    assert found.started == 7
    assert found.body.ended
    assert found.body.length == 0


@pytest.mark.parametrize(
    "host",
    [
        b"",
        b"a",
        b"a.example:8080",
        b"a.example:",
        b"127.0.0.1:80",
        b"[::1]",
        b"[::ffff:1.2.3.4]:80",
        b"a_b-c.example",
        b"%41",
    ],
)
def test_hosts(host: bytes) -> None:
    assert exchange(b"GET / HTTP/1.1\r\nHost: " + host + b" \r\n\r\n").host == host


def test_http_10_needs_no_host() -> None:
    assert exchange(b"GET / HTTP/1.0\r\n\r\n").host == b""


@pytest.mark.parametrize(
    ("target", "host", "path"),
    [
        (b"http://a.example/b?c", b"a.example", b"/b?c"),
        (b"HTTPS://a.example", b"a.example", b"/"),
        (b"http://A.EXAMPLE?b", b"A.EXAMPLE", b"/?b"),
    ],
)
def test_absolute_targets(target: bytes, host: bytes, path: bytes) -> None:
    found = exchange(get(target))
    assert (found.host, found.target) == (host, path)


def test_an_absolute_target_names_the_host_on_http_10() -> None:
    found = exchange(b"GET http://a.example/b HTTP/1.0\r\n\r\n")
    assert (found.host, found.target) == (b"a.example", b"/b")


def test_star_is_for_options() -> None:
    assert exchange(request(b"OPTIONS", b"*")).target == b"*"


@pytest.mark.parametrize("method", [b"PATCH", b"DELETE", b"PURGE", b"PROPFIND"])
def test_methods(method: bytes) -> None:
    assert exchange(request(method, b"/")).method == method


def test_an_upgrade_is_an_ordinary_request() -> None:
    wire = Wire(hello)
    upgrade = get(b"/", b"Connection: Upgrade", b"Upgrade: websocket")
    assert wire.send(upgrade) == HELLO
    assert wire.send(upgrade + get()) == HELLO * 2
    assert wire.requests[0].exchange.headers.get("upgrade") == "websocket"


def test_fields_the_listener_uses_up_are_taken_out() -> None:
    found = exchange(
        request(b"POST", b"/", b"Transfer-Encoding: Chunked ", b"Expect: 100-Continue", b"A: b")
    )
    assert found.headers.raw == [(b"A", b"b")]
    assert found.body.length is None
    kept = exchange(request(b"POST", b"/", b"Content-Length: 007", body=b"1234567"))
    assert kept.headers.raw == [(b"Content-Length", b"007")]
    assert kept.body.length == 7


def test_expectations_mean_nothing_on_http_10() -> None:
    found = exchange(get(b"/", b"Expect: something", version=b"1.0"))
    assert found.headers.raw == []


def test_lines_before_a_request_are_skipped() -> None:
    wire = Wire(hello)
    assert wire.send(b"\r\n\r\n" + get() + b"\r\n") == HELLO
    assert wire.send(get()) == HELLO
    assert wire.send(b"\r") == b""
    assert wire.send(b"\n" + get()) == HELLO


def test_the_number_of_fields_is_bounded() -> None:
    wire = Wire(hello, header_count=3)
    assert wire.send(get(b"/", b"A: b", b"C: d")) == HELLO
    assert wire.send(get(b"/", b"A: b", b"C: d", b"E: f")).startswith(b"HTTP/1.1 431 ")
    assert len(wire.requests) == 1


def test_the_head_is_bounded() -> None:
    head = get(b"/", b"A: b")
    wire = Wire(hello, head_bytes=len(head))
    assert wire.send(head) == HELLO
    assert wire.send(head[:-1]) == b""
    assert wire.send(head[-1:]) == HELLO
    too_long = get(b"/", b"A: bc")
    assert wire.send(too_long).startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    wire.connect()
    assert wire.send(too_long[:-2]) == b""
    assert wire.send(too_long[-2:-1]).startswith(b"HTTP/1.1 431 ")
    wire.connect()
    assert wire.send(too_long[:-1]).startswith(b"HTTP/1.1 431 ")
    assert len(wire.requests) == 2


def test_what_follows_a_head_is_not_part_of_it() -> None:
    head = get()
    wire = Wire(hello, head_bytes=len(head))
    assert wire.send(head * 3) == HELLO * 3


class Lenient:
    """What a careless parser would make of the lines."""

    def __init__(self, parser: HeadParser) -> None:
        self.on_header = parser._callbacks.on_header

    def feed_data(self, data: bytes) -> None:
        for line in data.replace(b"\r\n ", b" ").split(b"\r\n")[1:-2]:
            name, _, value = line.partition(b":")
            self.on_header(name, value.lstrip())


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (b"A: b\r\n folded", "a line that is not one field"),
        (b"Host: b", "repeated Host"),
        (b": b", "(field without a|not the) name"),  # the second where llhttp is lax
        (b"Content-Length: 1\r\nContent-Length: 1", "repeated Content-Length"),
        (b"Content-Length: +1", "not a Content-Length"),
        (b"Content-Length:", "not a Content-Length"),
        (b"Content-Length: \xb2", "not a Content-Length"),
        (b"Content-Length: 1234567890123456789", "not a Content-Length"),
        (b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "repeated Transfer-Encoding"),
        (b"Transfer-Encoding: gzip", "unknown Transfer-Encoding"),
        (b"Transfer-Encoding:", "unknown Transfer-Encoding"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 1", "both Content-Length and"),
        (b"Content-Length: 1\r\nTransfer-Encoding: chunked", "both Content-Length and"),
        (b"Content-Length:\r\nTransfer-Encoding:", "both Content-Length and"),
    ],
)
def test_the_rules_hold_without_the_help_of_llhttp(lines: bytes, why: str) -> None:
    parser = HeadParser(10)
    parser._llhttp = Lenient(parser)  # type: ignore[assignment]
    with pytest.raises(Refused, match=why) as caught:
        parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n\r\n")
    assert caught.value.status == 400
    # What was refused leaves nothing behind.
    parser.parse(b"GET /next HTTP/1.1\r\nHost: b\r\nC: d\r\n\r\n")
    assert (parser.target, parser.host, parser.headers) == (b"/next", b"b", [(b"C", b"d")])


def test_the_longest_length() -> None:
    parser = HeadParser(10)
    parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 123456789012345678\r\n\r\n")
    assert parser.length == 123456789012345678


@pytest.mark.parametrize("name", [b"A ", b"A B", b"A\t"])
def test_names_are_checked_where_llhttp_does_not(name: bytes) -> None:
    parser = HeadParser(10)
    parser._checks_names = True
    parser._llhttp = Lenient(parser)  # type: ignore[assignment]
    with pytest.raises(Refused, match="not the name of a field"):
        parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\n" + name + b": b\r\n\r\n")
    parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n\r\n")
    assert parser.headers == [(b"A", b"b")]
