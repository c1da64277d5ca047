"""The step: an exchange goes up, and comes back with its response."""

from __future__ import annotations

from typing import Any

import pytest
from gateways import Events
from twisted.logger import LogEvent, globalLogPublisher
from upstream_wire import Wire
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IWaiting
from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.request import Request
from twisted_tyk.proxy.proxy import Proxy
from twisted_tyk.proxy.target import Target
from twisted_tyk.seldom import MOST


def proxy(wire: Wire, **options: Any) -> Proxy:
    return Proxy(wire.client, Target(b"/app/", True, "http://192.0.2.1:8000/up", **options))


def exchange(
    *fields: tuple[bytes, bytes], method: bytes = b"GET", body: Body = NO_BODY
) -> Exchange:
    headers = Headers([(b"user-agent", b"wrk"), *fields])
    asked = Exchange(method, b"/app/a%20b?c", b"gw.example", headers, body, peer="198.51.100.1")
    asked.listen_path = b"/app/"
    return asked


@implementer(IWaiting)
class Waiting:
    """Remembers what it was told. :ivar leave: for the client that leaves."""

    def __init__(self, step: Proxy, asked: Exchange) -> None:
        self.told: list[Any] = []
        self.leave = step.relay(asked, self)

    def go_on(self) -> None:
        self.told.append("go on")

    def reply(self, reply: Reply) -> None:
        self.told.append(reply)

    def refuse(self, error: Exception) -> None:
        self.told.append(error)


def test_it_is_a_relay(wire: Wire) -> None:
    step = proxy(wire)
    assert verifyObject(IRelay, step)
    assert step.name == "ReverseProxy"
    assert verifyObject(IWaiting, Waiting(step, exchange()))


def test_there_and_back(wire: Wire) -> None:
    asked = exchange((b"Connection", b"keep-alive"), (b"x-a", b"1"))
    waiting = Waiting(proxy(wire), asked)
    upstream = wire.accept()
    assert upstream.received() == (
        b"GET /up/a%20b?c HTTP/1.1\r\nHost: 192.0.2.1:8000\r\nuser-agent: wrk\r\nx-a: 1\r\n"
        b"X-Forwarded-For: 198.51.100.1\r\n\r\n"
    )
    upstream.answers(b"hello", b"Connection: keep-alive", b"x-b: 2", status=b"404 Not Here")
    assert waiting.told == ["go on"]
    response = asked.response
    assert response is not None
    assert (response.status, response.reason, response.body) == (404, b"Not Here", b"hello")
    assert response.headers.raw == [(b"Content-Length", b"5"), (b"x-b", b"2")]
    assert asked.upstream_time > 0


def test_the_clients_host_can_be_kept(wire: Wire) -> None:
    Waiting(proxy(wire, preserve_host=True), exchange())
    assert b"\r\nHost: gw.example\r\n" in wire.accept().received()


def test_what_hooks_changed_is_sent(wire: Wire) -> None:
    asked = exchange()
    request = Request(asked)
    request.url.raw_path = "/app/other"
    request.method = "PUT"
    request.body = "hello"
    request.headers.set("X-Hook", "1")
    Waiting(proxy(wire), asked)
    sent = wire.accept().received()
    assert sent.startswith(b"PUT /up/other?c HTTP/1.1\r\n")
    assert sent.endswith(b"\r\nContent-Length: 5\r\n\r\nhello")
    assert b"\r\nX-Hook: 1\r\n" in sent


def test_a_body_that_still_comes_is_streamed(wire: Wire) -> None:
    body = Body(None, 5)
    Waiting(proxy(wire), exchange((b"Content-Length", b"5"), method=b"POST", body=body))
    upstream = wire.accept()
    assert upstream.received().count(b"Content-Length: 5") == 1
    body.feed(b"hello")
    body.end()
    assert upstream.received() == b"hello"


def test_the_next_hop_is_not_told_what_the_last_said_of_its_connection(wire: Wire) -> None:
    fields = ((b"Connection", b"x-a"), (b"X-A", b"1"), (b"Upgrade", b"h2c"))
    Waiting(proxy(wire), exchange(*fields))
    assert b"pgrade" not in (sent := wire.accept().received())
    assert b"X-A" not in sent


def test_a_failure_is_logged_with_its_cause(wire: Wire) -> None:
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    try:
        waiting = Waiting(proxy(wire), exchange())
        wire.refuse()
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert [error.status for error in waiting.told] == [502]
    assert [event["origin"] for event in events] == ["http://192.0.2.1:8000"]
    assert "ConnectionRefusedError" in events[0]["cause"]


def test_of_many_failures_most_are_only_counted(wire: Wire, events: Events) -> None:
    for _ in range(MOST + 5):
        Waiting(proxy(wire), exchange())
        wire.refuse()
    wire.reactor.advance(1)
    assert len(events.texts()) == MOST + 1
    assert events.texts()[-1] == (
        "http://192.0.2.1:8000: 502 There was a problem proxying the request: "
        "5 more requests within the second"
    )


@pytest.mark.parametrize("connected", [True, False])
def test_a_client_that_leaves_is_not_a_failure(wire: Wire, connected: bool) -> None:
    events: list[LogEvent] = []
    globalLogPublisher.addObserver(events.append)
    try:
        waiting = Waiting(proxy(wire), exchange())
        if connected:
            upstream = wire.accept()
        waiting.leave()
        assert waiting.told == []
    finally:
        globalLogPublisher.removeObserver(events.append)
    assert events == []
    if connected:
        assert upstream.cut_off
