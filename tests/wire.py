"""A conversation with the listener, in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionLost
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.listen.factory import GatewayFactory
from twisted_tyk.listen.limits import Limits
from twisted_tyk.listen.request import GatewayRequest
from twisted_tyk.transport.deadlines import Deadlines

DATE = b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n"


class WireTransport(StringTransport):
    """As TCP: half-close, abort, and one write at a time remembered."""

    def __init__(self) -> None:
        super().__init__(peerAddress=IPv4Address("TCP", "192.0.2.7", 40000))
        self.writes: list[bytes] = []
        self.half_closed = False
        self.aborted = False
        self.no_delay = False

    def setTcpNoDelay(self, enabled: bool) -> None:
        self.no_delay = enabled

    def write(self, data: bytes) -> None:
        assert not self.half_closed
        assert not self.disconnecting
        super().write(data)
        self.writes.append(data)

    def loseWriteConnection(self) -> None:
        self.half_closed = True

    def abortConnection(self) -> None:
        self.aborted = True

    @property
    def open(self) -> bool:
        return not (self.half_closed or self.disconnecting or self.aborted)


class Recorder(Resource):
    """Keeps the requests it is given; answers with ``answer`` if there is one."""

    isLeaf = True

    def __init__(self, answer: Callable[[GatewayRequest], Any] | None = None) -> None:
        super().__init__()
        self.requests: list[GatewayRequest] = []
        self.answer = answer

    def render(self, request: Any) -> Any:
        self.requests.append(request)
        if self.answer is not None:
            self.answer(request)
        return NOT_DONE_YET


def hello(request: GatewayRequest) -> None:
    """Answer at once."""
    request.respond(200, b"OK", [], b"hello")


HELLO = b"HTTP/1.1 200 OK\r\n" + DATE + b"Content-Length: 5\r\n\r\nhello"


class Wire:
    """A client's side of one connection."""

    def __init__(
        self, answer: Any = None, secure: bool = False, resource: Any = None, **limits: Any
    ) -> None:
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock, 0.5)
        self.deadlines.start()
        self.recorder = Recorder(answer)
        self.factory = GatewayFactory(
            resource or self.recorder,
            Limits(**limits),
            self.deadlines,
            self.clock,
            secure,
            self.clock.seconds,
        )
        self.connect()

    def connect(self) -> None:
        """Another connection to the same factory."""
        self.transport = WireTransport()
        self.channel = self.factory.buildProtocol(None)
        self.channel.makeConnection(self.transport)

    @property
    def requests(self) -> list[GatewayRequest]:
        return self.recorder.requests

    @property
    def request(self) -> GatewayRequest:
        """The one request there was."""
        (request,) = self.recorder.requests
        return request

    def send(self, data: bytes) -> bytes:
        """Send, and take what was answered since the last time."""
        self.channel.dataReceived(data)
        return self.take()

    def take(self) -> bytes:
        """What was answered since the last time."""
        received: bytes = self.transport.value()
        self.transport.clear()
        return received

    def leave(self) -> None:
        """Disconnect."""
        self.channel.connectionLost(Failure(ConnectionLost()))

    def wait(self, seconds: float) -> bytes:
        """Let time pass, and take what was answered."""
        steps = int(seconds * 2)
        self.clock.pump([0.5] * steps)
        return self.take()


def get(target: bytes = b"/", *fields: bytes, version: bytes = b"1.1") -> bytes:
    """A GET request."""
    return request(b"GET", target, *fields, version=version)


def request(
    method: bytes, target: bytes, *fields: bytes, version: bytes = b"1.1", body: bytes = b""
) -> bytes:
    """A request as bytes; ``fields`` are whole lines."""
    lines = [b"%b %b HTTP/%b" % (method, target, version), b"Host: a.example", *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
