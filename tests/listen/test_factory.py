from __future__ import annotations

import time

from twisted.internet.task import Clock
from wire import HELLO, Recorder, Wire, get, hello, request

from twisted_tyk.listen.factory import GatewayFactory
from twisted_tyk.listen.limits import Limits
from twisted_tyk.message.body import Body
from twisted_tyk.transport.deadlines import Deadlines


def test_connections_are_known_while_they_are_open() -> None:
    wire = Wire()
    first = wire.channel
    wire.connect()
    assert wire.factory.connections == {first, wire.channel}
    wire.leave()
    assert wire.factory.connections == {first}


def test_starting_and_stopping_is_not_worth_a_line_in_the_log() -> None:
    assert not Wire().factory.noisy


def test_connections_are_not_secure_unless_said_so() -> None:
    clock = Clock()
    factory = GatewayFactory(Recorder(), Limits(), Deadlines(clock), clock)
    assert not factory.secure
    assert factory.monotonic is time.monotonic


def test_the_resource_may_be_swapped() -> None:
    wire = Wire()
    wire.send(get())
    wire.factory.resource = Recorder(hello)
    wire.connect()
    assert wire.send(get()) == HELLO
    assert len(wire.requests) == 1


def test_draining_nothing_is_done_at_once() -> None:
    wire = Wire()
    wire.leave()
    assert wire.factory.drain().called


def test_idle_connections_are_closed_to_drain() -> None:
    wire = Wire(hello)
    wire.send(get())
    drained = wire.factory.drain()
    again = wire.factory.drain()
    assert wire.transport.disconnecting
    assert not drained.called
    wire.leave()
    assert drained.called
    assert again.called


def test_busy_connections_are_closed_after_their_answer() -> None:
    wire = Wire()
    wire.send(get())
    drained = wire.factory.drain()
    assert wire.transport.open
    hello(wire.request)
    assert b"\r\nConnection: close\r\n" in wire.take()
    assert wire.transport.disconnecting
    assert not drained.called
    wire.leave()
    assert drained.called


def test_a_request_that_is_on_its_way_is_answered() -> None:
    wire = Wire(hello)
    wire.send(get()[:-1])
    wire.factory.drain()
    assert wire.transport.open
    assert b"\r\nConnection: close\r\n" in wire.send(get()[-1:])


def test_an_answer_that_had_begun_is_finished() -> None:
    wire = Wire()
    wire.send(get())
    stream = Body(None)
    wire.request.respond(200, b"", [], stream)
    wire.factory.drain()
    wire.take()
    stream.end()
    assert wire.take() == b"0\r\n\r\n"
    assert wire.transport.disconnecting


def test_an_unread_body_is_not_drained_for_a_connection_that_goes() -> None:
    wire = Wire()
    wire.send(request(b"POST", b"/", b"Content-Length: 5"))
    wire.factory.drain()
    hello(wire.request)
    assert wire.transport.half_closed


def test_what_does_not_end_can_be_cut() -> None:
    wire = Wire()
    wire.send(get())
    wire.factory.drain()
    wire.factory.abort()
    assert wire.transport.aborted


def test_unix_sockets_have_no_delay_and_no_address() -> None:
    class Local:
        def getPeer(self) -> object:
            return object()

    wire = Wire()
    channel = wire.factory.buildProtocol(None)
    channel.makeConnection(Local())
    assert channel in wire.factory.connections
