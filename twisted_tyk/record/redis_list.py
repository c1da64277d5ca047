"""Records in lists of Redis, where tyk-pump finds them."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import Deferred, inlineCallbacks, succeed

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.record.entry import Entry
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.writer import Unwritten

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.client import RedisClient

#: Tyk's name of the list, prefix included.
LIST: Final = "analytics-tyk-system-analytics"
#: How many lists there are with ``enable_multiple_analytics_keys``.
LISTS: Final = 10
#: Records of one command.
_TOGETHER: Final = 500
#: Seconds between two looks at whether a list has a lifetime.
_LOOK_INTERVAL: Final = 1.0


class Encoder(Protocol):
    """:ivar suffix: of the list's name."""

    suffix: str

    def __call__(self, hit: Hit) -> bytes: ...

    def entry(self, entry: Entry) -> bytes: ...


class RedisList:
    """Appends records to a list and gives that its lifetime, as Tyk does.

    A record may be there twice when the connection breaks while it is sent.
    """

    def __init__(
        self,
        client: RedisClient,
        encoder: Encoder,
        lifetime: int,
        seconds: Callable[[], float],
        choose: Callable[[int], int] | None = None,
        owned: bool = False,
    ) -> None:
        """
        :param lifetime: seconds from the first record of a list to its end; -1 is never.
        :param seconds: any clock.
        :param choose: one of so many lists, from 0; ``None`` when there is one only.
        :param owned: the client is for this alone: it is stopped with it.
        """
        self.take = encoder
        self._entry = encoder.entry
        self._client = client
        self._suffix = encoder.suffix
        self._lifetime = lifetime
        self._seconds = seconds
        self._choose = choose
        self._owned = owned
        self._looked: dict[str, float] = {}

    def start(self) -> str:
        """Begin to connect, if the client is ours; what comes of it is seen later."""
        if self._owned:
            self._client.start()
        return ""

    def ready(self, records: list[Any]) -> list[Any]:
        """The bytes of those that are none yet."""
        encode = self._entry
        return [record if type(record) is bytes else encode(record) for record in records]

    @inlineCallbacks
    def write(self, records: list[Any]) -> Generator[Deferred[Any], Any, None]:
        """Append them, some hundred at a time."""
        name = LIST if self._choose is None else f"{LIST}_{self._choose(LISTS)}"
        name += self._suffix
        done = 0
        try:
            while done < len(records):
                yield self._client.call("RPUSH", name, *records[done : done + _TOGETHER])
                done += _TOGETHER
            yield self._give_lifetime(name)
        except (StoreUnavailable, ValueError) as error:
            raise Unwritten(records[done:], getattr(error, "reason", "") or str(error)) from None

    def stop(self) -> Deferred[None]:
        """Let go of the client, if it is ours."""
        return self._client.stop() if self._owned else succeed(None)

    @inlineCallbacks
    def _give_lifetime(self, name: str) -> Generator[Deferred[Any], Any, None]:
        now = self._seconds()
        if self._lifetime < 0 or now - self._looked.get(name, -_LOOK_INTERVAL) < _LOOK_INTERVAL:
            return
        left = yield self._client.call("TTL", name)
        if left == -1:
            yield self._client.call("EXPIRE", name, self._lifetime)
        self._looked[name] = now
