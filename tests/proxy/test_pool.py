"""Which connections are used again, and which requests are sent again."""

from __future__ import annotations

import pytest
from outcomes import outcome
from twisted.internet.error import ConnectionLost
from upstream_wire import Wire

from twisted_tyk.message.body import Body
from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.transport.trust import TLSSettings

OTHER = "192.0.2.2:8000"


def test_a_connection_serves_one_request_after_the_other(wire: Wire) -> None:
    upstream = wire.exchange()
    for number in range(3):
        answer = wire.ask(f"/{number}")
        assert upstream.received().startswith(b"GET /%d " % number)
        upstream.answers(b"%d" % number)
        assert outcome(answer).body.join() == b"%d" % number
    assert wire.asked == 1


def test_requests_at_once_have_a_connection_each(wire: Wire) -> None:
    answers = [wire.ask(f"/{number}") for number in range(3)]
    upstreams = [wire.accept() for _ in answers]
    for number in (2, 0, 1):
        upstreams[number].answers(b"%d" % number)
    assert [outcome(answer).body.join() for answer in answers] == [b"0", b"1", b"2"]


def test_the_connection_used_last_is_used_next(wire: Wire) -> None:
    wire.ask(), wire.ask()
    first, second = wire.accept(), wire.accept()
    first.received(), second.received()
    second.answers()
    first.answers()
    wire.ask()
    assert (bool(first.received()), bool(second.received())) == (True, False)


def test_origins_do_not_share_connections(wire: Wire) -> None:
    wire.exchange()
    wire.ask(host="192.0.2.1:8001")
    wire.ask(host=OTHER)
    assert wire.asked == 3


def test_neither_do_ways_to_trust() -> None:
    urls = [UpstreamURL.parse("https://192.0.2.1/", TLSSettings(min_version=v)) for v in (771, 772)]
    assert len({url.origin for url in urls}) == 2


def test_a_callback_may_ask_again_at_once(wire: Wire) -> None:
    answer = wire.ask().addCallback(lambda _: wire.ask("/again"))
    upstream = wire.accept()
    upstream.received()
    upstream.answers()
    assert upstream.received().startswith(b"GET /again ")
    upstream.answers(b"again")
    assert outcome(answer).body.join() == b"again"


def test_only_so_many_connections_wait_per_host() -> None:
    wire = Wire(max_idle_per_host=2)
    for _ in range(3):
        wire.ask()
    upstreams = [wire.accept() for _ in range(3)]
    for upstream in upstreams:
        upstream.answers()
    assert [upstream.hung_up_on for upstream in upstreams] == [False, False, True]


def test_only_so_many_connections_wait_in_all() -> None:
    wire = Wire(max_idle=1)
    assert not wire.exchange().hung_up_on
    assert wire.exchange(OTHER).hung_up_on


def test_what_has_left_does_not_count() -> None:
    wire = Wire(max_idle=1)
    wire.exchange().leaves()
    assert not wire.exchange(OTHER).hung_up_on


def test_an_unused_connection_is_closed(wire: Wire) -> None:
    upstream = wire.exchange()
    wire.passes(89)
    assert not upstream.hung_up_on
    wire.passes(2)
    assert upstream.hung_up_on
    wire.ask()
    assert wire.asked == 2


def test_an_old_connection_is_not_used_again() -> None:
    wire = Wire(max_age=10)
    upstream = wire.exchange()
    wire.passes(8)
    wire.ask()
    wire.passes(3)
    assert not upstream.hung_up_on
    upstream.answers()
    assert upstream.hung_up_on


def test_nor_does_an_old_one_wait() -> None:
    wire = Wire(max_age=10)
    upstream = wire.exchange()
    wire.passes(11)
    assert upstream.hung_up_on


def test_without_keep_alive_every_request_has_its_own() -> None:
    wire = Wire(keep_alive=False)
    wire.ask()
    upstream = wire.accept()
    assert b"\r\nConnection: close\r\n" in upstream.received()
    upstream.answers()
    assert upstream.hung_up_on


def test_a_farewell_without_end_is_cut_short(wire: Wire) -> None:
    upstream = wire.exchange()
    wire.passes(91)
    assert upstream.hung_up_on
    assert not upstream.cut_off
    wire.passes(11)
    assert upstream.cut_off


class TestAgain:
    """A connection that was kept, and turns out to be dead."""

    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"])
    def test_a_harmless_request_is_sent_once_more(self, wire: Wire, method: str) -> None:
        upstream = wire.exchange()
        answer = wire.ask("/again", method, data=b"x")
        first = upstream.received()
        upstream.leaves()
        second = wire.accept()
        assert second.received() == first
        second.says(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert outcome(answer).code == 204

    def test_but_only_once(self, wire: Wire) -> None:
        wire.exchange()
        one, two = wire.ask(), wire.ask()
        second = wire.accept()
        second.answers()
        assert outcome(two).code == 200
        first = wire.ask()
        second.leaves(ConnectionLost())
        wire.accept().leaves()
        assert outcome(first).status == 502
        one.addErrback(lambda _: None)

    @pytest.mark.parametrize("method", ["POST", "PATCH", "LOCK"])
    def test_others_may_have_done_something(self, wire: Wire, method: str) -> None:
        upstream = wire.exchange()
        answer = wire.ask(method=method)
        upstream.leaves()
        assert outcome(answer).status == 502
        assert wire.asked == 1

    def test_a_stream_cannot_be_sent_again(self, wire: Wire) -> None:
        upstream = wire.exchange()
        answer = wire.ask(method="PUT", data=Body())
        upstream.leaves()
        assert outcome(answer).status == 502

    def test_nor_is_anything_after_a_byte_of_the_answer(self, wire: Wire) -> None:
        upstream = wire.exchange()
        answer = wire.ask()
        upstream.says(b"H")
        upstream.leaves()
        assert outcome(answer).status == 502

    def test_nor_on_a_connection_that_was_new(self, wire: Wire) -> None:
        answer = wire.ask()
        wire.accept().leaves()
        assert outcome(answer).status == 502


class TestClose:
    """The gateway ends."""

    def test_idle_connections_are_closed(self, wire: Wire) -> None:
        upstream = wire.exchange()
        closed = wire.agent.close()
        assert upstream.hung_up_on
        assert not upstream.cut_off
        assert not closed.called
        upstream.leaves()
        assert outcome(closed) is None

    def test_who_waits_is_told(self, wire: Wire) -> None:
        answer, dialling = wire.ask(), wire.ask(host=OTHER)
        upstream = wire.accept()
        closed = wire.agent.close()
        assert upstream.cut_off
        upstream.leaves()
        assert outcome(closed) is None
        assert (outcome(answer).status, outcome(dialling).status) == (502, 502)

    def test_with_nothing_open_there_is_nothing_to_wait_for(self, wire: Wire) -> None:
        assert outcome(wire.agent.close()) is None
