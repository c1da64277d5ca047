"""Which fields go on, and which end at the gateway."""

from __future__ import annotations

import pytest

from twisted_tyk import __version__
from twisted_tyk.proxy.headers import outgoing_fields, request_fields, response_fields

AGENT = (b"User-Agent", b"wrk")


def sent(*pairs: tuple[bytes, bytes], peer: str = "") -> list[tuple[bytes, bytes]]:
    return request_fields([AGENT, *pairs], peer)[1:]


def test_order_case_and_bytes_stay() -> None:
    fields = [(b"x-B", b"\xff 1"), (b"X-a", b""), (b"x-B", b"2"), (b"Cookie", b"a=b")]
    assert sent(*fields) == fields


@pytest.mark.parametrize(
    "name",
    [
        b"Connection",
        b"Proxy-Connection",
        b"Keep-Alive",
        b"Proxy-Authenticate",
        b"Proxy-Authorization",
        b"TE",
        b"Trailer",
        b"Transfer-Encoding",
        b"uPGRADE",
        b"Content-Length",
        b"Host",
    ],
)
def test_fields_of_the_connection_end_here(name: bytes) -> None:
    assert sent((b"A", b"1"), (name, b"1"), (b"B", b"2")) == [(b"A", b"1"), (b"B", b"2")]


@pytest.mark.parametrize("connection", [b"X-Secret", b"close, x-secret", b"a,X-SECRET ,c"])
def test_so_does_what_connection_names(connection: bytes) -> None:
    assert sent((b"X-Secret", b"1"), (b"Connection", connection), (b"B", b"2")) == [(b"B", b"2")]


def test_all_connection_fields_count() -> None:
    assert sent((b"A", b"1"), (b"B", b"1"), (b"Connection", b"a"), (b"Connection", b"b")) == []


def test_te_keeps_trailers_only() -> None:
    assert sent((b"TE", b"gzip, Trailers")) == [(b"TE", b"trailers")]


def test_the_peer_is_told() -> None:
    assert sent(peer="192.0.2.9") == [(b"X-Forwarded-For", b"192.0.2.9")]


def test_the_peer_comes_after_those_that_were_told_before() -> None:
    fields = sent(
        (b"x-forwarded-for", b"a, b"), (b"A", b"1"), (b"X-Forwarded-For", b"c"), peer="::1"
    )
    assert fields == [(b"x-forwarded-for", b"a, b, c, ::1"), (b"A", b"1")]


def test_no_peer_no_field() -> None:
    assert sent() == []


def test_a_client_cannot_have_the_peer_left_out() -> None:
    assert sent((b"Connection", b"X-Forwarded-For"), peer="192.0.2.9") == [
        (b"X-Forwarded-For", b"192.0.2.9")
    ]


def test_x_real_ip_is_not_touched() -> None:
    assert sent((b"X-Real-IP", b"198.51.100.1"), peer="") == [(b"X-Real-IP", b"198.51.100.1")]


def test_a_client_without_user_agent_gets_the_gateways() -> None:
    assert request_fields([], "") == [(b"User-Agent", b"twisted-tyk/" + __version__.encode())]


def test_the_clients_list_is_left_alone() -> None:
    raw = [AGENT, (b"X-Forwarded-For", b"a"), (b"Host", b"h")]
    request_fields(raw, "b")
    assert raw == [AGENT, (b"X-Forwarded-For", b"a"), (b"Host", b"h")]


def test_answers_lose_the_fields_of_the_connection_too() -> None:
    raw = [
        (b"Server", b"x"),
        (b"Connection", b"keep-alive, X-Hop"),
        (b"Keep-Alive", b"timeout=5"),
        (b"Transfer-Encoding", b"chunked"),
        (b"x-hop", b"1"),
        (b"Set-Cookie", b"a"),
        (b"Set-Cookie", b"b"),
    ]
    assert response_fields(raw) == [
        (b"Server", b"x"),
        (b"Set-Cookie", b"a"),
        (b"Set-Cookie", b"b"),
    ]


def test_content_length_of_an_answer_stays() -> None:
    assert response_fields([(b"Content-Length", b"5")]) == [(b"Content-Length", b"5")]


def test_a_coding_nobody_can_undo_is_refused() -> None:
    with pytest.raises(ValueError, match="gzip"):
        response_fields([(b"Transfer-Encoding", b"gzip, chunked")])


def test_the_gateways_own_requests_may_name_their_host() -> None:
    raw = [(b"HOST", b"h"), (b"A", b"1"), (b"content-length", b"3"), (b"Connection", b"close")]
    assert outgoing_fields(raw) == ([(b"A", b"1")], b"h")
