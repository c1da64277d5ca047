"""Making connections to Redis, by way of Sentinel where there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.internet.endpoints import HostnameEndpoint, wrapClientTLS
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from twisted_tyk.storage.redis.options import RedisOptions
from twisted_tyk.transport.trust import client_tls

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.wire import Connection


class NotThere(Exception):
    """No connection. Its text says to what, and why."""


class _Once(Factory):
    """Gives one connection, and says nothing of each try in the log."""

    noisy = False

    def __init__(self, made: Connection) -> None:
        self._made = made

    def buildProtocol(self, addr: IAddress | None) -> Any:
        return self._made


class Dialler:
    """Makes one connection at a time."""

    def __init__(
        self, reactor: Any, options: RedisOptions, kind: Callable[..., Connection]
    ) -> None:
        """:param kind: makes a ``Connection``."""
        self._reactor = reactor
        self._options = options
        self._kind = kind
        self._first = 0

    @inlineCallbacks
    def dial(self) -> Any:
        """A connection that is ready; fails with :class:`NotThere`. It can be cancelled."""
        options = self._options
        by_sentinel = bool(options.master_name)
        address = (yield self._ask_sentinels()) if by_sentinel else options.addresses[0]
        login = (options.password, options.username, options.database, by_sentinel)
        connection = self._kind(self._reactor, options.timeout, *login)
        yield self._connect("Redis", address, connection)
        return connection

    @inlineCallbacks
    def _ask_sentinels(self) -> Any:
        """The first that answers is the first to be asked the next time."""
        from twisted_tyk.storage.redis.wire import Connection

        options = self._options
        count = len(options.addresses)
        reasons = []
        for place in [(self._first + number) % count for number in range(count)]:
            address = options.addresses[place]
            sentinel = Connection(self._reactor, options.timeout, options.sentinel_password)
            try:
                yield self._connect("Sentinel", address, sentinel)
                asked = sentinel.sentinel_get_master_addr_by_name(options.master_name)
                found = yield self._answered("Sentinel", address, sentinel, asked)
            except NotThere as error:
                reasons.append(str(error))
                continue
            sentinel.transport.loseConnection()
            if found:
                self._first = place
                return found[0].decode(), int(found[1])
            reasons.append(f"Sentinel at {_text(address)}: it knows no {options.master_name!r}")
        raise NotThere("; ".join(reasons))

    def _connect(self, what: str, address: tuple[str, int], made: Connection) -> Deferred[Any]:
        options = self._options
        endpoint: Any = HostnameEndpoint(
            self._reactor, address[0], address[1], timeout=options.timeout
        )
        if options.tls is not None:
            endpoint = wrapClientTLS(client_tls(options.tls, address[0], ()), endpoint)
        connecting: Deferred[Any] = endpoint.connect(_Once(made))
        ready = connecting.addCallback(lambda _: made.ready)
        return self._answered(what, address, made, ready)

    @inlineCallbacks
    def _answered(
        self, what: str, address: tuple[str, int], asked: Connection, answer: Deferred[Any]
    ) -> Any:
        """An answer, or a reason why there is none."""
        try:
            return (yield answer)
        except CancelledError:
            raise
        except Exception as error:
            if asked.transport is not None:
                asked.transport.abortConnection()
            reason = asked.reason(error).rstrip(".")
            raise NotThere(f"{what} at {_text(address)}: {reason}") from None


def _text(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
