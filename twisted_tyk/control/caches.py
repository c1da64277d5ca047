"""``/tyk/cache``: what was kept of upstreams' answers and of key sets is dropped."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from twisted.internet.defer import inlineCallbacks

from twisted_tyk.control.answers import ok
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Outcome, Route
from twisted_tyk.control.schemas import STATUS

if TYPE_CHECKING:
    from twisted_tyk.interfaces import INotifications, IStore

#: Before the id of an API, in the keys of the store.
PREFIX: Final = b"cache-"
#: What nodes are told; the payload is the id of an API, for key sets ``""`` for all.
ANSWERS: Final = "DeleteAPICache"
KEY_SETS: Final = "InvalidateJWKSCacheForAPI"
#: Keys that are deleted at a time.
_AT_ONCE: Final = 1000


@frozen
class Caches:
    store: IStore
    notifications: INotifications

    def routes(self) -> Iterable[Route]:
        done = {200: Outcome("Dropped, if there was anything", STATUS)}
        for path, handler, what in (
            ("/tyk/cache/{api_id}", self.answers, "Drop the answers kept for an API"),
            ("/tyk/cache/jwks", self.key_sets, "Drop all key sets that were fetched"),
            ("/tyk/cache/jwks/{api_id}", self.key_sets, "Drop the key sets of an API"),
        ):
            yield Route("DELETE", path, handler, what, responses=done)

    @inlineCallbacks
    def answers(self, asked: Asked) -> Any:
        """In the store, and in every node."""
        api_id = asked.parameters["api_id"]
        names = yield self.store.keys(PREFIX + api_id.encode())
        for begin in range(0, len(names), _AT_ONCE):
            yield self.store.delete(*names[begin : begin + _AT_ONCE])
        yield self.notifications.publish(ANSWERS, api_id)
        return ok("cache invalidated")

    @inlineCallbacks
    def key_sets(self, asked: Asked) -> Any:
        """In every node."""
        yield self.notifications.publish(KEY_SETS, asked.parameters.get("api_id", ""))
        return ok("cache invalidated")
