"""Getting a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.error import ConnectionAborted
from twisted.internet.interfaces import IAddress, IConnector, IStreamClientEndpoint
from twisted.internet.protocol import ClientFactory
from twisted.python.failure import Failure

from twisted_tyk.errors import UpstreamError, UpstreamTimeout
from twisted_tyk.proxy.call import Call
from twisted_tyk.proxy.connection import Connection
from twisted_tyk.proxy.failures import failure_of
from twisted_tyk.transport.eager import EagerConnects, connect_tcp

if TYPE_CHECKING:
    from twisted.internet.interfaces import IOpenSSLClientConnectionCreator

    from twisted_tyk.proxy.pool import Pool


class Dial(ClientFactory):
    """One attempt to connect, for one call, which is sent when it succeeds.

    An address is connected to directly; names go through Twisted's
    ``HostnameEndpoint``, which looks them up and tries IPv6 and IPv4.
    """

    noisy = False

    def __init__(self, pool: Pool, call: Call) -> None:
        self.deadline = pool.deadlines.now + pool.patience
        self._pool = pool
        self._call: Call | None = call
        self._origin = call.url.origin
        self._attempt: Deferred[Any] | None = None
        self._connector: IConnector | None = None

    def start(self, reactor: Any, tls: IOpenSSLClientConnectionCreator | None) -> None:
        """Begin, in the reactor thread."""
        call = self._call
        assert call is not None
        call.holder = self
        self._pool.begun(self)
        origin = self._origin
        if tls is None and origin.is_address:
            # No timeout of its own: the deadline is watched with all others.
            self._connector = connect_tcp(
                reactor,
                origin.host,
                origin.port,
                self,
                None,  # type: ignore[arg-type]
            )
            return
        # The deadline comes first, this only ends what it could not cancel.
        endpoint: IStreamClientEndpoint = HostnameEndpoint(
            EagerConnects(reactor), origin.host, origin.port, timeout=2 * self._pool.patience
        )
        if tls is not None:
            endpoint = wrapClientTLS(tls, endpoint)
        self._attempt = endpoint.connect(self)
        self._attempt.addErrback(self._failed)

    def abandon(self) -> None:
        """The call was cancelled."""
        self._call = None
        self._stop()

    def deadline_passed(self) -> None:
        self._give_up(UpstreamTimeout())

    def cut_off(self) -> None:
        """The gateway ends."""
        self._give_up(failure_of(ConnectionAborted()))

    def _give_up(self, error: UpstreamError) -> None:
        call, self._call = self._call, None
        self._stop()
        if call is not None:
            call.fail(error)

    def _stop(self) -> None:
        self._pool.over(self)
        attempt, self._attempt = self._attempt, None
        connector, self._connector = self._connector, None
        if attempt is not None:
            attempt.cancel()
        elif connector is not None:
            connector.disconnect()

    # ClientFactory

    def buildProtocol(self, addr: IAddress | None) -> Connection | None:
        return Connection(self._pool, self._origin, self._made)

    def _made(self, connection: Connection) -> None:
        call, self._call = self._call, None
        self._pool.over(self)
        self._pool.made(connection)
        if call is None:
            connection.abort()
        else:
            connection.send(call)

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        self._failed(reason)

    def _failed(self, reason: Failure) -> None:
        self._pool.over(self)
        call, self._call = self._call, None
        if call is not None:
            call.fail(failure_of(reason.value))
