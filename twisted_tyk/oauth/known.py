"""Which clients there are, remembered for a moment [gateway/mw_oauth2_key_exists.go]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.oauth.clients import Clients

#: Seconds, as in Tyk.
FRESH: Final = 1.0


@define(eq=False)
class KnownClients:
    """
    :ivar now: seconds of a clock that does not jump.
    :ivar most: clients that are remembered.
    """

    clients: Clients
    now: Callable[[], float]
    most: int = 10_000
    #: Until when it counts, and whether the client is there.
    _seen: dict[str, tuple[float, bool]] = field(factory=dict, init=False)

    def there(self, client_id: str) -> bool | Deferred[bool]:
        """Whether a client exists.

        What was seen last counts while the store is away. Without that the Deferred fails
        with :class:`~twisted_tyk.errors.StoreUnavailable`.
        """
        if not client_id:
            return False
        now = self.now()
        until, there = self._seen.get(client_id, (0.0, False))
        if now < until:
            return there
        if now < until + FRESH:
            # One asks, and what was seen a moment ago does for the others meanwhile.
            self._seen[client_id] = (until + FRESH, there)
        asked = self.clients.exists(client_id)
        return asked.addCallbacks(
            self._see, self._away, callbackArgs=(client_id,), errbackArgs=(client_id,)
        )

    def _see(self, there: bool, client_id: str) -> bool:
        self._seen.pop(client_id, None)
        if len(self._seen) >= self.most:
            del self._seen[next(iter(self._seen))]
        self._seen[client_id] = (self.now() + FRESH, there)
        return there

    def _away(self, failure: Failure, client_id: str) -> bool | Failure:
        if failure.check(StoreUnavailable) and client_id in self._seen:
            return self._seen[client_id][1]
        return failure
