"""An agent whose upstreams are played by the test, without a socket."""

from __future__ import annotations

from typing import Any

from outcomes import outcome
from twisted.internet.defer import Deferred
from twisted.internet.error import ConnectionDone, ConnectionRefusedError
from twisted.internet.interfaces import IReactorPluggableNameResolver
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from zope.interface import alsoProvides

from twisted_tyk.proxy.agent import PooledAgent
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.transport.deadlines import Deadlines


class Upstream:
    """The far end of one connection."""

    def __init__(self, protocol: Any) -> None:
        self.protocol = protocol
        self.transport = StringTransport(lenient=True)
        protocol.makeConnection(self.transport)

    def received(self) -> bytes:
        """What came since the last time."""
        data: bytes = self.transport.value()
        self.transport.clear()
        return data

    def says(self, data: bytes) -> None:
        self.protocol.dataReceived(data)

    def answers(self, body: bytes = b"hello", *fields: bytes, status: bytes = b"200 OK") -> None:
        lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields]
        self.says(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    def leaves(self, reason: Exception | None = None) -> None:
        """Close, in good order unless told otherwise."""
        if self.transport.producer is not None:
            self.transport.producer.stopProducing()
        self.protocol.connectionLost(Failure(reason or ConnectionDone()))

    @property
    def hung_up_on(self) -> bool:
        """The gateway has closed its end."""
        return bool(self.transport.disconnecting)

    @property
    def cut_off(self) -> bool:
        """The gateway has closed its end at once, without waiting for anything."""
        return bool(getattr(self.transport, "disconnected", False))

    @property
    def paused(self) -> bool:
        return bool(self.transport.producerState == "paused")


class Wire:
    """An agent, and the connections that it asks for."""

    def __init__(self, **settings: Any) -> None:
        self.reactor = MemoryReactorClock()
        self.deadlines = Deadlines(self.reactor)
        self.deadlines.start()
        self.agent = PooledAgent(self.reactor, self.deadlines, **settings)
        self.client = UpstreamClient(self.agent)
        self.accepted = 0

    @property
    def asked(self) -> int:
        """How many connections the agent has asked for."""
        return len(self.reactor.tcpClients)

    def knows(self, resolver: Any) -> None:
        """Names are looked up there."""
        self.reactor.nameResolver = resolver
        # Older releases of Twisted do not say so of this reactor.
        alsoProvides(self.reactor, IReactorPluggableNameResolver)

    def accept(self) -> Upstream:
        """Accept the next connection that the agent has asked for."""
        factory = self.reactor.tcpClients[self.accepted][2]
        self.accepted += 1
        return Upstream(factory.buildProtocol(None))

    def refuse(self, error: Exception | None = None) -> None:
        factory = self.reactor.tcpClients[self.accepted][2]
        connector = self.reactor.connectors[self.accepted]
        self.accepted += 1
        factory.clientConnectionFailed(connector, Failure(error or ConnectionRefusedError()))

    def ask(
        self, path: str = "/", method: str = "GET", host: str = "192.0.2.1:8000", **rest: Any
    ) -> Deferred[Any]:
        return self.client.request(method, f"http://{host}{path}", **rest)

    def exchange(self, host: str = "192.0.2.1:8000") -> Upstream:
        """One request, answered over a new connection."""
        answer = self.ask(host=host)
        upstream = self.accept()
        upstream.received()
        upstream.answers()
        assert outcome(answer).code == 200
        return upstream

    def passes(self, seconds: float) -> None:
        """Let time go by in the steps of a running loop."""
        for _ in range(round(seconds / 0.25)):
            self.reactor.advance(0.25)
