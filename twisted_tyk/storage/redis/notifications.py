"""Messages between nodes by way of Redis, on Tyk's channel."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.interfaces import INotifications
from twisted_tyk.storage.notifications import Subscribers
from twisted_tyk.storage.redis.client import PROBE_INTERVAL, RedisClient
from twisted_tyk.storage.redis.keeper import Keeper
from twisted_tyk.storage.redis.message import Message, Messages, NotBelieved

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.wire import Connection

CHANNEL: Final = b"tyk.cluster.notifications"
#: Seconds between two lines in the log that tell of messages nobody believes.
TELL_INTERVAL: Final = 60.0


@implementer(INotifications)
class RedisNotifications:
    """What is published while this node has no connection is not heard by it."""

    log = Logger()

    def __init__(self, clock: IReactorTime, client: RedisClient, messages: Messages) -> None:
        """:param messages: writes and reads them."""
        self._clock = clock
        self._client = client
        self._messages = messages
        self._subscribers = Subscribers()
        self._keeper: Keeper | None = None
        self._probing = LoopingCall(self._probe)
        self._probing.clock = clock
        self._refused = 0
        self._told = -TELL_INTERVAL

    def start(self) -> None:
        """Begin to listen; called once."""
        self._keeper = self._client.keep(
            self._listening,
            self._up,
            self._down,
            away="until it is there other nodes are not heard",
            back="other nodes are heard again",
        )

    def stop(self) -> Deferred[Any]:
        """Fires when the connection is closed."""
        return succeed(None) if self._keeper is None else self._keeper.stop()

    @property
    def listens(self) -> bool:
        """Messages of others are heard at present."""
        return self._keeper is not None and self._keeper.connection is not None

    def publish(self, command: str, payload: str) -> Deferred[None]:
        written = self._messages.written(Message(command, payload))
        return self._client.call("PUBLISH", CHANNEL, written).addCallback(lambda _: None)

    def subscribe(self, command: str, heard: Callable[[str], None]) -> None:
        self._subscribers.add(command, heard)

    def _listening(self) -> Callable[..., Connection]:
        from twisted_tyk.storage.redis.listening import Listening

        return partial(Listening, self._received, CHANNEL)

    def _received(self, data: bytes) -> None:
        try:
            message = self._messages.read(data)
        except NotBelieved as problem:
            self._refuse(problem)
            return
        self._subscribers.tell(message.command, message.payload)

    def _refuse(self, problem: NotBelieved) -> None:
        self._refused += 1
        if self._clock.seconds() - self._told >= TELL_INTERVAL:
            self._told = self._clock.seconds()
            self.log.warn(
                "a message to the cluster is not heard: {problem} ({count} of them so far)",
                problem=problem, count=self._refused,
            )  # fmt: skip

    def _up(self, connection: Connection) -> None:
        self._probing.start(PROBE_INTERVAL, now=False)

    def _down(self) -> None:
        if self._probing.running:
            self._probing.stop()

    def _probe(self) -> None:
        """A connection that only listens would not notice that nobody speaks any more."""
        connection = self._keeper.connection if self._keeper is not None else None
        if connection is not None:
            connection.execute_command("PING").addErrback(lambda _: None)
