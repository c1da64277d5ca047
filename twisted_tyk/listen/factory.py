"""Accepts connections for the gateway."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.protocol import Factory
from twisted.logger import Logger
from twisted.web.http import datetimeToString
from twisted.web.resource import IResource

from twisted_tyk.listen.channel import Channel
from twisted_tyk.listen.connection import Connection
from twisted_tyk.listen.head import HeadParser
from twisted_tyk.listen.limits import Limits
from twisted_tyk.transport.deadlines import Deadlines


class GatewayFactory(Factory):
    """Makes a :class:`~twisted_tyk.listen.channel.Channel` for each connection.

    :ivar resource: renders every request; assign another at any time, requests
        that were rendered stay where they are.
    :ivar connections: those that are open.
    :ivar draining: no connection is kept for another request.
    """

    noisy = False
    log = Logger()

    def __init__(
        self,
        resource: IResource,
        limits: Limits,
        deadlines: Deadlines,
        clock: IReactorTime,
        secure: bool = False,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """
        :param deadlines: must run, or nobody is ever late and ``Date`` stands still.
        :param clock: tells the time of day, as reactors do.
        :param secure: the connections come over TLS.
        :param monotonic: what ``Exchange.started`` is taken from, in seconds.
        """
        self.resource: Any = resource
        self.limits = limits
        self.deadlines = deadlines
        self.secure = secure
        self.monotonic = monotonic
        self.heads = HeadParser(limits.header_count)
        self.connections: set[Connection] = set()
        self.draining = False
        self._clock = clock
        self._drained: list[Deferred[None]] = []
        self._date_at = -1.0
        self._date_line = b""

    def buildProtocol(self, addr: Any) -> Any:
        return Channel(self)

    def date_line(self) -> bytes:
        """The ``Date`` field of an answer, without the line's end."""
        now = self.deadlines.now
        if now != self._date_at:
            self._date_at = now
            self._date_line = b"Date: " + datetimeToString(self._clock.seconds())
        return self._date_line

    def drain(self) -> Deferred[None]:
        """Close idle connections now and the others after their answer.

        :return: fires when all are gone. It does not stop the port, and waits
            without a limit: for a deadline call :meth:`abort`.
        """
        self.draining = True
        for channel in list(self.connections):
            channel.close_if_idle()
        if not self.connections:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._drained.append(waiting)
        return waiting

    def abort(self) -> None:
        """Cut every connection that is still open."""
        for channel in list(self.connections):
            channel.abort()

    def forget(self, channel: Connection) -> None:
        """A connection is gone."""
        self.connections.discard(channel)
        if not self.connections:
            waiting, self._drained = self._drained, []
            for deferred in waiting:
                deferred.callback(None)
