"""Calls to Redis: pipelined on one connection, and never waiting for one that is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha1
from random import random
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import CancelledError, Deferred, fail, succeed
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.storage.redis.dial import Dialler
from twisted_tyk.storage.redis.keeper import Keeper
from twisted_tyk.storage.redis.options import RedisOptions

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.wire import Connection

Word = bytes | str | int | float

#: Calls that may wait for their answers; more fail at once.
MOST_WAITING: Final = 20_000
#: Seconds between two looks at whether Redis answers, and takes what is written.
PROBE_INTERVAL: Final = 5.0
#: What Tyk writes for the same purpose.
_PROBE: Final = (b"SET", b"tyk-liveness-probe", b"tyk-liveness-probe", b"EX", b"10")
#: Errors of a call that is wrong, not of Redis.
_MISTAKES: Final = (
    "WRONGTYPE",
    "value is not",
    "increment or decrement would overflow",
    "min or max is not",
)


class RedisClient:
    """Called in the reactor thread. Answers are bytes, integers, lists and ``None``.

    All calls of a turn of the reactor travel together, and take effect in their
    order. One that is not answered within the timeout gives up the connection,
    and with it all that wait.

    :ivar seen: it was there at some time.
    """

    def __init__(
        self, reactor: Any, options: RedisOptions, random: Callable[[], float] = random
    ) -> None:
        """:param random: from 0 to 1."""
        self.seen = False
        self._reactor = reactor
        self._options = options
        self._random = random
        self._keeper: Keeper | None = None
        self._probing = LoopingCall(self._probe)
        self._probing.clock = reactor
        self._refusal = ""
        self._hashes: dict[str, str] = {}

    @property
    def problem(self) -> str:
        """Why it can not be used, as far as is known; ``""`` while it can."""
        if self._keeper is None:
            return "Redis: not connected yet"
        return self._keeper.problem or self._refusal

    def start(self) -> None:
        """Begin to connect; called once."""
        self._keeper = self.keep(_calls, self._up, self._down)

    def stop(self) -> Deferred[Any]:
        """Let go; fires when calls that wait have their answers and nothing is open."""
        keeper = self._keeper
        if keeper is None:
            return succeed(None)
        # The last to be answered; it fails at once where there is nobody to answer.
        return self.call(b"PING").addBoth(lambda _: keeper.stop())

    def call(self, *words: Word) -> Deferred[Any]:
        """Have a command done.

        It fails with ``StoreUnavailable`` when Redis is away, does not answer in
        time or refuses for reasons of its own (full, read-only, no right to), and
        with ``ValueError`` when the key holds another kind of value.
        """
        try:
            connection = self._usable()
        except StoreUnavailable as error:
            return fail(error)
        return self._sent(connection, words).addErrback(self._failed, connection)

    def script(
        self, source: str, keys: Sequence[bytes], arguments: Sequence[Word]
    ) -> Deferred[Any]:
        """Have a Lua script done; its text is sent once for each connection.

        :param source: one of few, since all are kept. It must be harmless to begin anew.
        """
        try:
            connection = self._usable()
        except StoreUnavailable as error:
            return fail(error)
        digest = self._hashes.get(source)
        if digest is None:
            digest = self._hashes[source] = sha1(source.encode()).hexdigest()
        rest = (len(keys), *keys, *arguments)
        # Sending the text first keeps the order of calls, which asking and sending
        # it after a refusal would not.
        known = digest in connection.script_hashes
        connection.script_hashes.add(digest)
        words = ("EVALSHA", digest, *rest) if known else ("EVAL", source, *rest)
        sent = self._sent(connection, words)
        if known:
            sent.addErrback(self._forgotten, connection, ("EVAL", source, *rest))
        return sent.addErrback(self._failed, connection)

    def _usable(self) -> Connection:
        connection = self._keeper.connection if self._keeper is not None else None
        if connection is None:
            raise StoreUnavailable(self.problem)
        if connection.waiting() >= MOST_WAITING:
            raise StoreUnavailable(f"Redis: {MOST_WAITING} calls wait for its answers")
        return connection

    def _sent(self, connection: Connection, words: Sequence[Word]) -> Deferred[Any]:
        # txredisapi would round numbers.
        exact = (repr(word) if type(word) is float else word for word in words)
        sent: Deferred[Any] = connection.execute_command(*exact)
        return sent

    def _forgotten(
        self, failure: Failure, connection: Connection, words: Sequence[Word]
    ) -> Deferred[Any] | Failure:
        """Somebody had Redis forget all scripts."""
        if not str(failure.value).startswith("NOSCRIPT") or not connection.connected:
            return failure
        return self._sent(connection, words)

    def _failed(self, failure: Failure, connection: Connection) -> Failure:
        error = failure.value
        if isinstance(error, CancelledError):
            return failure
        reason = connection.reason(error)
        if not connection.refused(error):
            connection.lost = reason
            raise StoreUnavailable(f"Redis: {reason}") from None
        if reason.startswith(_MISTAKES):
            raise ValueError(reason) from None
        self._refusal = f"Redis: {reason}"
        if reason.startswith("READONLY") and self._keeper is not None:
            # What was the master is a replica now.
            self._keeper.drop(self._refusal)
        raise StoreUnavailable(self._refusal) from None

    def keep(
        self,
        kind: Callable[[], Callable[..., Connection]],
        up: Callable[[Connection], None],
        down: Callable[[], None],
        **told: str,
    ) -> Keeper:
        """Begin to keep one more connection.

        :param kind: gives what makes it.
        :param told: what the log says when it is away, and back.
        """
        keeper = Keeper(
            self._reactor,
            Dialler(self._reactor, self._options, kind()).dial,
            self._random,
            up,
            down,
            **told,
        )
        keeper.start()
        return keeper

    def _up(self, connection: Connection) -> None:
        self.seen = True
        self._refusal = ""
        self._probing.start(PROBE_INTERVAL, now=True)

    def _down(self) -> None:
        if self._probing.running:
            self._probing.stop()

    def _probe(self) -> None:
        self.call(*_PROBE).addCallbacks(self._well, lambda _: None)

    def _well(self, _: object) -> None:
        self._refusal = ""


def _calls() -> Callable[..., Connection]:
    from twisted_tyk.storage.redis.wire import Connection

    return Connection
