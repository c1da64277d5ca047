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
from twisted.internet.defer import Deferred, execute
from twisted.internet.interfaces import (
    IConnector,
    IListeningPort,
    IProtocolFactory,
    IStreamServerEndpoint,
)
from twisted.internet.posixbase import PosixReactorBase
from zope.interface import implementer


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
        or self._writeDisconnected
        or (self.producer is not None and not self.streamingProducer)
        or type(data) is not bytes
    ):
        tcp.Connection.write(self, data)
        return
    try:
        sent = self.socket.send(data)
    except OSError:
        # Full, or broken: then doWrite finds the error and closes in its turn,
        # never from inside a protocol's write.
        sent = 0
    if sent < len(data):
        tcp.Connection.write(self, data[sent:])


class EagerServer(tcp.Server):
    """An accepted connection."""

    write = _write  # type: ignore[assignment]


class EagerClient(tcp.Client):
    """A connection of our own making."""

    write = _write  # type: ignore[assignment]


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

    def connectTCP(self, *args: Any, **kwargs: Any) -> IConnector:
        return connect_tcp(self._reactor, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)


@implementer(IStreamServerEndpoint)
class EagerServerEndpoint:
    """A port to listen on, for ``StreamServerEndpointService``."""

    def __init__(self, reactor: Any, port: int, interface: str = "", backlog: int = 1024) -> None:
        self._listen = (reactor, port, interface, backlog)

    def listen(self, factory: IProtocolFactory) -> Deferred[IListeningPort]:
        reactor, port, interface, backlog = self._listen
        return execute(listen_tcp, reactor, port, factory, backlog, interface)
