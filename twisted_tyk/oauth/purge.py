"""Takes access tokens that lapsed long ago out of the lists of clients, now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.interfaces import INotifications, IStore
from twisted_tyk.oauth.server import Kept

#: Seconds between, as in Tyk.
EVERY: Final = 3600.0
#: What has every node do it now.
COMMAND: Final = "OAuthPurgeLapsedTokens"
#: Held by the node that does it, for so many seconds.
LOCK: Final = b"oauth-purge-lock"
LOCKED: Final = 60.0


@define(eq=False)
class Purger:
    """
    :ivar served: of each API whose clients may have tokens.
    :ivar retain: ``oauth_token_expired_retain_period``; with 0 nothing is purged.
    """

    store: IStore
    notifications: INotifications
    clock: IReactorTime
    served: Callable[[], Iterable[Kept]]
    retain: int
    _loop: LoopingCall = field(init=False)

    log = Logger()

    def __attrs_post_init__(self) -> None:
        self._loop = LoopingCall(self._now_and_then)
        self._loop.clock = self.clock
        self.notifications.subscribe(COMMAND, self._told)

    def start(self) -> None:
        """Begin; the first time is in an hour."""
        if self.retain > 0:
            self._loop.start(EVERY, now=False)

    def stop(self) -> None:
        """End."""
        if self._loop.running:
            self._loop.stop()

    async def purge(self) -> None:
        """Do it, unless another node is at it. :raises StoreUnavailable:"""
        if self.retain <= 0 or not await self.store.set_new(LOCK, b"1", LOCKED):
            return
        count = 0
        for kept in self.served():
            for client_id in await kept.clients.ids():
                count += await kept.tokens.purge(client_id)
        self.log.info("{count} lapsed OAuth tokens were purged", count=count)

    def _told(self, payload: str) -> None:
        self._now_and_then()

    def _now_and_then(self) -> Deferred[Any]:
        return Deferred.fromCoroutine(self.purge()).addErrback(self._failed)

    def _failed(self, failure: Any) -> None:
        if failure.check(StoreUnavailable):
            self.log.warn("lapsed OAuth tokens are not purged while the store is away")
        else:
            self.log.failure("purging lapsed OAuth tokens failed", failure)
