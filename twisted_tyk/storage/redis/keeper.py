"""Keeps one connection: what is lost is made again, ever more slowly."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.storage.redis.dial import NotThere

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.wire import Connection

#: Seconds of the first wait before another try, and of the longest.
FIRST: Final = 0.05
LONGEST: Final = 5.0


class Keeper:
    """Each wait is twice as long as the one before, less up to a half by chance, so that
    nodes which lost a Redis together do not come back together.

    :ivar connection: the one that can be used, or ``None``.
    :ivar problem: why there is none; ``""`` while there is.
    """

    log = Logger()

    def __init__(
        self,
        clock: IReactorTime,
        dial: Callable[[], Deferred[Connection]],
        random: Callable[[], float],
        up: Callable[[Connection], None],
        down: Callable[[], None],
        away: str = "trying again until it is there (storage of tyk.conf says where)",
        back: str = "the connection to Redis is back",
    ) -> None:
        """
        :param dial: makes a connection; fails with ``NotThere``.
        :param random: from 0 to 1.
        :param up: told of each connection as soon as it can be used.
        :param down: told when that is over.
        :param away: what the log says of that, behind the reason.
        :param back: what it says when that is over.
        """
        self.connection: Connection | None = None
        self.problem = "Redis: not connected yet"
        self._clock = clock
        self._dial = dial
        self._random = random
        self._up = up
        self._down = down
        self._failures = 0
        self._away = away
        self._back = back
        #: Why there was none, as the log was told since there was one.
        self._told: set[str] = set()
        self._was_there = False
        self._running = False
        self._dialling: Deferred[Any] | None = None
        self._again: IDelayedCall | None = None

    def start(self) -> None:
        """Begin to connect."""
        self._running = True
        self._connect()

    def stop(self) -> Deferred[Any]:
        """Let go; fires when nothing is open."""
        self._running = False
        if self._again is not None and self._again.active():
            self._again.cancel()
        if self._dialling is not None:
            self._dialling.cancel()
        if self.connection is None:
            return succeed(None)
        closed: Deferred[Any] = self.connection.whenDisconnected()
        self.connection.transport.loseConnection()
        return closed

    def drop(self, reason: str) -> None:
        """Give up the connection there is; another is made."""
        if self.connection is not None:
            self.problem = reason
            self.connection.transport.abortConnection()

    def _connect(self) -> None:
        self._dialling = self._dial()
        self._dialling.addCallbacks(self._connected, self._not_connected)
        self._dialling.addErrback(self._broken)

    def _connected(self, connection: Connection) -> None:
        self._dialling = None
        self.connection = connection
        connection.whenDisconnected().addCallback(self._lost)
        if self._told:
            self._told.clear()
            self.log.info("{back}", back=self._back)
        elif self._was_there:
            self.log.warn("{problem}; {back}", problem=self.problem, back=self._back)
        self._was_there = True
        self.problem = ""
        self._failures = 0
        self._up(connection)

    def _not_connected(self, failure: Failure) -> None:
        self._dialling = None
        if failure.check(CancelledError) and not self._running:
            return
        failure.trap(NotThere)
        self._failures += 1
        self._tell(str(failure.value))
        self._wait(str(failure.value))

    def _broken(self, failure: Failure) -> None:
        """A mistake of ours must not end the tries."""
        self.log.failure("a connection to Redis could not be made", failure=failure)
        self._failures += 1
        self._wait(failure.getErrorMessage())

    def _lost(self, connection: Connection) -> None:
        self.connection = None
        self._down()
        if self._running:
            self._wait(self.problem or f"Redis: {connection.lost}")

    def _tell(self, problem: str) -> None:
        """Each reason once; a new one can be what somebody is looking for."""
        if problem not in self._told:
            self._told.add(problem)
            self.log.error("{problem}; {away}", problem=problem, away=self._away)

    def _wait(self, problem: str) -> None:
        self.problem = problem
        wait = min(FIRST * 2.0 ** min(self._failures, 20), LONGEST)
        self._again = self._clock.callLater(wait * (1 - self._random() / 2), self._connect)
