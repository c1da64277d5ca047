"""Connections that wait for the next request to their origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_tyk.transport.deadlines import NEVER, Deadlines

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted_tyk.proxy.call import Call
    from twisted_tyk.proxy.connection import Connection
    from twisted_tyk.proxy.dial import Dial
    from twisted_tyk.proxy.origin import Origin


@frozen
class PoolSettings:
    """How connections are made and kept. Times are seconds.

    :ivar timeout: ``proxy_default_timeout``: for a connection to come about,
        and again for the answer's head once the request is sent; 0 for 30.
    :ivar max_idle: ``max_idle_connections``, over all origins; 0 for no limit.
    :ivar max_idle_per_host: ``max_idle_connections_per_host``; 0 for 100.
        (Go would keep two, so that a busy gateway of Tyk reconnects all the
        time unless told otherwise; its documentation recommends 500.)
    :ivar max_age: ``max_conn_time``: an older connection is not used for
        another request; 0 for no limit.
    :ivar keep_alive: false, as by ``proxy_close_connections``, for one request
        per connection.
    :ivar idle_timeout: an unused connection is closed.
    """

    timeout: float = 0
    max_idle: int = 0
    max_idle_per_host: int = 0
    max_age: float = 0
    keep_alive: bool = True
    idle_timeout: float = 90


class Pool:
    """Keeps idle connections by origin; the one used last is used next.

    :ivar patience: the timeout as added to :attr:`Deadlines.now`, which may be
        a pass behind: nobody is cut off early.
    """

    def __init__(
        self, deadlines: Deadlines, settings: PoolSettings, retry: Callable[[Call], None]
    ) -> None:
        """:param retry: sends a call again, over a new connection."""
        self.deadlines = deadlines
        self.retry = retry
        self.patience = (settings.timeout or 30.0) + deadlines.interval
        self.keep_alive = settings.keep_alive
        self._idle_timeout = settings.idle_timeout
        self._lifetime = settings.max_age or NEVER
        self._most = settings.max_idle or NEVER
        self._most_per_host = settings.max_idle_per_host or 100
        self._idle: dict[Origin, list[Connection]] = {}
        self._count = 0
        self._open: set[Connection] = set()
        self._dials: set[Dial] = set()
        self._closing: Deferred[None] | None = None

    def begun(self, dial: Dial) -> None:
        """Somebody tries to connect."""
        self._dials.add(dial)
        self.deadlines.watch(dial)

    def over(self, dial: Dial) -> None:
        """The attempt has ended, one way or the other."""
        self._dials.discard(dial)
        self.deadlines.forget(dial)

    def made(self, connection: Connection) -> None:
        """A new connection, to be watched from now on."""
        connection.retire_at = self.deadlines.now + self._lifetime
        self._open.add(connection)
        self.deadlines.watch(connection)

    def gone(self, connection: Connection) -> None:
        """A connection has ended."""
        self._open.discard(connection)
        self.deadlines.forget(connection)
        self.discard(connection)
        if self._closing is not None and not self._open:
            self._closing.callback(None)
            self._closing = None

    def take(self, origin: Origin) -> Connection | None:
        """The idle connection that was used last, or ``None``."""
        idle = self._idle.get(origin)
        if not idle:
            return None
        self._count -= 1
        return idle.pop()

    def keep(self, connection: Connection) -> None:
        """Keep a connection for the next request, or close it where it is one too many."""
        idle = self._idle.get(connection.origin)
        if idle is None:
            idle = self._idle[connection.origin] = []
        now = self.deadlines.now
        if (
            not self.keep_alive
            or len(idle) >= self._most_per_host
            or self._count >= self._most
            or connection.retire_at <= now
        ):
            connection.close()
            return
        idle.append(connection)
        self._count += 1
        expires = now + self._idle_timeout
        retires = connection.retire_at
        connection.deadline = expires if expires < retires else retires

    def discard(self, connection: Connection) -> bool:
        """Take a connection out; false when it was not idle here."""
        idle = self._idle.get(connection.origin)
        if idle is None:
            return False
        found = connection in idle
        if found:
            idle.remove(connection)
            self._count -= 1
        if not idle:
            del self._idle[connection.origin]
        return found

    def close(self) -> Deferred[None]:
        """End idle connections in good order and all others at once.

        :returns: called when the last one is gone.
        """
        self.keep_alive = False
        gone: Deferred[None] = Deferred()
        for dial in list(self._dials):
            dial.cut_off()
        for connection in list(self._open):
            if self.discard(connection):
                connection.close()
            else:
                connection.cut_off()
        if self._open:
            self._closing = gone
        else:
            gone.callback(None)
        return gone
