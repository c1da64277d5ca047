"""One connection to Redis, of txredisapi's.

txredisapi takes hold of the reactor when it is imported, so this module is only
imported once there is something to connect to.
"""

from __future__ import annotations

from typing import Any

from hiredis import ProtocolError
from OpenSSL.SSL import Error as TLSError
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure
from txredisapi import HiredisProtocol, InvalidData, RedisError, ResponseError
from txredisapi import TimeoutError as RedisTimeout

from twisted_tyk.transport.tls_error import tls_reason


class Connection(HiredisProtocol):  # type: ignore[misc]
    """Speaks in bytes. Calls are sent at once, and answered in their order.

    :ivar lost: once it is: why.
    :ivar ready: fires with the connection when it can be used, fails when it can
        not. Cancelling it closes the connection.
    """

    def __init__(
        self,
        clock: IReactorTime,
        timeout: float,
        password: str = "",
        username: str = "",
        database: int = 0,
        master: bool = False,
    ) -> None:
        """
        :param timeout: seconds for each answer; then the connection is given up.
        :param master: it is of no use unless it is to a master.
        """
        super().__init__(charset=None, convertNumbers=False, replyTimeout=timeout)
        self.callLater = clock.callLater
        self.ready: Deferred[Connection] = Deferred(lambda _: self.transport.abortConnection())
        self._login = (password, username, database)
        self._master = master
        self.lost = ""

    def connectionMade(self) -> None:
        self.transport.setTcpNoDelay(True)
        self._greet().addCallbacks(self.ready.callback, self._unusable)

    @inlineCallbacks
    def _greet(self) -> Any:
        password, username, database = self._login
        if password:
            yield self.auth(password, username or None)
        if database:
            yield self.select(database)
        try:
            # It may be there without being of use: loading, or frozen.
            role = yield self.role() if self._master else self.ping()
        except ResponseError as error:
            if not str(error).startswith("NOPERM"):
                raise
        else:
            if self._master and role[0] != b"master":
                raise ResponseError("it is not the master any more")
        return self

    def _unusable(self, failure: Failure) -> None:
        self.transport.abortConnection()
        self.ready.errback(failure)

    def dataReceived(self, data: bytes, unpause: bool = False) -> None:
        try:
            super().dataReceived(data, unpause)
        except (InvalidData, ProtocolError):
            self.lost = "what it says is not Redis' protocol"
            self.transport.abortConnection()

    def connectionLost(self, why: Failure) -> None:
        if isinstance(why.value, TLSError):
            self.lost = f"TLS failed: {tls_reason(why.value) or why.value}"
        elif not self.lost:
            self.lost = "the connection was lost"
        super().connectionLost(why)

    def waiting(self) -> int:
        """How many calls have not been answered yet."""
        return len(self.replyQueue.waiting)

    @staticmethod
    def refused(error: BaseException | None) -> bool:
        """Redis answered, with an error."""
        return isinstance(error, ResponseError)

    def reason(self, error: BaseException | None) -> str:
        """Why a call on it, or the connection as such, failed."""
        if isinstance(error, RedisTimeout):
            return f"no answer within {self.replyTimeout:g} s"
        if isinstance(error, ResponseError):
            return str(error).removeprefix("ERR ")
        if isinstance(error, RedisError):
            return self.lost
        return str(error) or type(error).__name__
