"""No connection, no answer, nobody left to answer."""

from __future__ import annotations

from ipaddress import IPv4Address as Address
from typing import Any

import pytest
from outcomes import outcome
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError
from twisted.internet.error import TCPTimedOutError
from upstream_wire import Wire

from twisted_tyk.errors import UpstreamTimeout, UpstreamUnreachable
from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.transport.trust import TLSSettings


def test_a_connection_refused_is_a_bad_gateway(wire: Wire) -> None:
    answer = wire.ask()
    wire.refuse()
    error = outcome(answer)
    assert isinstance(error, UpstreamUnreachable)
    assert (error.status, error.message) == (502, "There was a problem proxying the request")
    assert "refused" in str(error.__cause__)


def test_a_name_that_does_not_exist_is_said(wire: Wire) -> None:
    wire.knows(Names())
    answer = wire.ask(host="nowhere.example")
    error = outcome(answer)
    assert (error.status, error.message) == (502, "Upstream host lookup failed")


def test_a_name_is_looked_up(wire: Wire) -> None:
    wire.knows(Names("192.0.2.7"))
    answer = wire.ask(host="up.example:81")
    wire.passes(0.25)
    assert wire.reactor.tcpClients[0][:2] == ("192.0.2.7", 81)
    upstream = wire.accept()
    assert upstream.received() == b"GET / HTTP/1.1\r\nHost: up.example:81\r\n\r\n"
    upstream.answers(b"hello")
    assert outcome(answer).body.join() == b"hello"


def test_an_address_is_not() -> None:
    wire = Wire()
    wire.knows(Names())
    wire.ask(host="[2001:db8::1]:81")
    assert wire.reactor.tcpClients[0][:2] == ("2001:db8::1", 81)


def test_no_connection_in_time() -> None:
    wire = Wire(timeout=5)
    answer = wire.ask()
    wire.passes(4.75)
    assert not answer.called
    wire.passes(1.5)
    error = outcome(answer)
    assert isinstance(error, UpstreamTimeout)
    assert (error.status, error.message) == (504, "Upstream service reached hard timeout.")
    assert wire.reactor.connectors[0]._disconnected


def test_the_kernel_may_be_first_to_lose_patience(wire: Wire) -> None:
    answer = wire.ask()
    wire.refuse(TCPTimedOutError())
    assert outcome(answer).status == 504


@pytest.mark.parametrize("so_far", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])
def test_no_head_in_time(so_far: bytes) -> None:
    wire = Wire(timeout=5)
    answer = wire.ask()
    wire.passes(4)
    upstream = wire.accept()
    if so_far:
        upstream.says(so_far)
    wire.passes(4.75)
    assert not answer.called
    wire.passes(1.5)
    assert isinstance(outcome(answer), UpstreamTimeout)
    assert upstream.cut_off


def test_thirty_seconds_unless_told_otherwise(wire: Wire) -> None:
    answer = wire.ask()
    wire.accept()
    wire.passes(29.75)
    assert not answer.called
    wire.passes(1.5)
    assert outcome(answer).status == 504


def test_a_body_may_take_its_time(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na")
    body = outcome(answer).body.gather()
    wire.passes(600)
    upstream.says(b"b")
    assert outcome(body) == b"ab"


def test_a_timeout_does_not_outlive_its_request(wire: Wire) -> None:
    upstream = wire.exchange()
    wire.passes(20)
    answer = wire.ask()
    wire.passes(20)
    upstream.answers()
    assert outcome(answer).code == 200


def test_a_client_that_leaves_ends_the_request(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    answer.cancel()
    assert isinstance(outcome(answer), CancelledError)
    assert upstream.cut_off
    upstream.leaves()
    wire.ask()
    assert wire.asked == 2


def test_also_while_the_connection_is_being_made(wire: Wire) -> None:
    answer = wire.ask()
    answer.cancel()
    assert isinstance(outcome(answer), CancelledError)
    assert wire.reactor.connectors[0]._disconnected
    wire.passes(40)


def test_also_when_it_comes_about_nevertheless(wire: Wire) -> None:
    answer = wire.ask()
    answer.cancel()
    upstream = wire.accept()
    assert isinstance(outcome(answer), CancelledError)
    assert upstream.cut_off
    assert upstream.received() == b""


def test_also_while_the_name_is_looked_up(wire: Wire) -> None:
    wire.knows(Names(slow=True))
    answer = wire.ask(host="up.example")
    answer.cancel()
    assert isinstance(outcome(answer), CancelledError)


def test_settings_for_tls_that_make_no_sense_fail_the_request(wire: Wire) -> None:
    url = UpstreamURL.parse("https://192.0.2.1/", TLSSettings(min_version=42))
    error = outcome(wire.client.get(url))
    assert error.status == 502
    assert "42" in str(error.__cause__)


class Names:
    """A resolver that knows one name or none, or never says."""

    def __init__(self, *addresses: str, slow: bool = False) -> None:
        self._addresses = [str(Address(address)) for address in addresses]
        self._slow = slow

    def resolveHostName(
        self, receiver: Any, name: str, portNumber: int = 0, *_: Any, **__: Any
    ) -> Any:
        receiver.resolutionBegan(self)
        if not self._slow:
            for address in self._addresses:
                receiver.addressResolved(IPv4Address("TCP", address, portNumber))
            receiver.resolutionComplete()
        return self

    def cancel(self) -> None:
        """Nothing to undo."""
