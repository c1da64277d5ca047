"""TCP transports that send at once when nothing is queued.

Twisted's ``write`` queues the bytes, asks epoll to tell when the socket is
writable and sends in the next turn of the loop: two system calls and a turn
more than needed, since the socket is nearly always writable. These try the
socket first and fall back to Twisted's own path for what is left, so that
producers, half-close and errors behave as ever. ``listen_tcp`` and
``connect_tcp`` stand in for the reactor's methods of the same purpose.
"""

from __future__ import annotations

from typing import Any

from twisted.internet import tcp
from twisted.internet.error import ConnectionLost
from twisted.internet.interfaces import IConnector, IListeningPort, IProtocolFactory
from twisted.internet.posixbase import PosixReactorBase
from twisted.python.failure import Failure
from zope.interface import directlyProvides, providedBy


def _write(self: Any, data: bytes) -> None:
    # Queued bytes go first, TLS has a path of its own, a transport that is
    # closing keeps Twisted's rules, and a pull producer is only asked for more
    # when the queue runs empty.
    if (
        self.dataBuffer
        or self._tempDataBuffer
        or self.TLS
        or not self.connected
        or self.disconnecting
        or self._aborting
        or self._writeDisconnected
        or (self.producer is not None and not self.streamingProducer)
        or type(data) is not bytes
    ):
        tcp.Connection.write(self, data)
        return
    try:
        sent = self.socket.send(data)
    except (BlockingIOError, InterruptedError):
        sent = 0
    except OSError:
        _lose(self)
        return
    if sent < len(data):
        tcp.Connection.write(self, data[sent:])


def _lose(self: Any) -> None:
    """The connection broke while we wrote to it.

    The failed ``send`` has used the socket's error up: reading would now find
    a clean end where the peer has sent none. So the connection is lost here
    and now, told to the protocol in a turn of its own, as by
    ``abortConnection``, and never from inside the protocol's own write.
    """
    self._aborting = True
    self.stopReading()
    self.stopWriting()
    self.doRead = self.doWrite = _nothing
    self.reactor.callLater(0, self.connectionLost, Failure(ConnectionLost()))


def _nothing() -> None:
    """What a lost connection does when the reactor asks once more."""


def _register_producer(self: Any, producer: Any, streaming: bool) -> None:
    tcp.Connection.registerProducer(self, producer, streaming)
    if not streaming and self.connected and not self._aborting:
        # What was written before has left already, so that nothing else
        # would have the producer asked for more.
        self.startWriting()


class EagerServer(tcp.Server):
    """An accepted connection."""

    write = _write
    registerProducer = _register_producer


class EagerClient(tcp.Client):
    """A connection of our own making."""

    write = _write
    registerProducer = _register_producer


class EagerPort(tcp.Port):
    """A listening port whose connections write eagerly."""

    transport = EagerServer


class EagerConnector(tcp.Connector):
    """Makes an :class:`EagerClient`."""

    def _makeTransport(self) -> EagerClient:
        return EagerClient(self.host, self.port, self.bindAddress, self, self.reactor)


def listen_tcp(
    reactor: Any, port: int, factory: IProtocolFactory, backlog: int = 50, interface: str = ""
) -> IListeningPort:
    """As ``reactor.listenTCP``; a reactor without real sockets is simply asked."""
    if not isinstance(reactor, PosixReactorBase):
        listening: IListeningPort = reactor.listenTCP(port, factory, backlog, interface)
        return listening
    eager = EagerPort(port, factory, backlog, interface, reactor)
    eager.startListening()
    return eager


def connect_tcp(
    reactor: Any,
    host: str,
    port: int,
    factory: Any,
    timeout: float = 30,
    bindAddress: tuple[str, int] | None = None,
) -> IConnector:
    """As ``reactor.connectTCP``; a reactor without real sockets is simply asked."""
    if not isinstance(reactor, PosixReactorBase):
        connecting: IConnector = reactor.connectTCP(host, port, factory, timeout, bindAddress)
        return connecting
    eager = EagerConnector(host, port, factory, timeout, bindAddress, reactor)
    eager.connect()
    return eager


class EagerConnects:
    """A reactor whose ``connectTCP`` makes eager clients.

    For Twisted's own client endpoints, which take a reactor and nothing finer.
    """

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        # Endpoints ask for a name resolver by its interface.
        directlyProvides(self, providedBy(reactor))

    def connectTCP(self, *args: Any, **kwargs: Any) -> IConnector:
        return connect_tcp(self._reactor, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)
