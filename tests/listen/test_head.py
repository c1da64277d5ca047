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


def test_a_message_llhttp_would_join_to_the_next_is_found_by_its_lines() -> None:
    parser = HeadParser(10)
    real = parser._llhttp

    class Lenient:
        def feed_data(self, data: bytes) -> None:
            real.feed_data(data.replace(b"\r\n folded", b"folded"))

    parser._llhttp = Lenient()  # type: ignore[assignment]
    with pytest.raises(Refused, match="not one field"):
        parser.parse(b"GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n folded\r\n\r\n")
