"""The key sets of a gateway, and where they are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from twisted_tyk.jose.remote import RemoteKeys
from twisted_tyk.transport.fetch import fetch

if TYPE_CHECKING:
    from treq.client import HTTPClient

    from twisted_tyk.interfaces import INotifications

#: What Tyk tells its nodes so that they forget the key sets of an API.
FORGET: Final = "InvalidateJWKSCacheForAPI"


@define(eq=False)
class KeySets:
    """The key sets of a gateway, each held once however many APIs use it.

    :ivar web: asks for them.
    :ivar lifetime: seconds that a set counts when its API does not say.
    """

    web: HTTPClient
    clock: IReactorTime
    lifetime: float
    notifications: INotifications
    _held: WeakValueDictionary[tuple[str, str, float], RemoteKeys] = field(
        factory=WeakValueDictionary, init=False
    )

    def __attrs_post_init__(self) -> None:
        self.notifications.subscribe(FORGET, self.forget)

    def at(self, url: str, api_id: str, lifetime: float = 0.0) -> RemoteKeys:
        """The set at a URL. Nothing is fetched yet.

        :param lifetime: 0 for that of the gateway.
        """
        return self._one("set", url, api_id, lifetime, lambda: url)

    def of_issuer(self, issuer: str, api_id: str) -> RemoteKeys:
        """The set that an OpenID provider says is its own, in its discovery document."""
        return self._one("issuer", issuer, api_id, 0.0, lambda: self._discovered(issuer))

    def forget(self, api_id: str) -> None:
        """Have the sets of an API fetched anew; ``""`` is every API."""
        for held in list(self._held.values()):
            if not api_id or api_id in held.apis:
                held.forget()

    def _one(
        self,
        kind: str,
        url: str,
        api_id: str,
        lifetime: float,
        locate: Callable[[], str | Deferred[str]],
    ) -> RemoteKeys:
        lifetime = lifetime or self.lifetime
        keys = self._held.get((kind, url, lifetime))
        if keys is None:
            keys = RemoteKeys(url, locate, self._fetch, lifetime, self.clock.seconds)
            self._held[kind, url, lifetime] = keys
        keys.apis.add(api_id)
        return keys

    def _fetch(self, url: str) -> Deferred[bytes]:
        return fetch(self.web, self.clock, url)

    @inlineCallbacks
    def _discovered(self, issuer: str) -> Any:
        base = issuer if "://" in issuer else f"https://{issuer}"
        document = yield self._fetch(base.rstrip("/") + "/.well-known/openid-configuration")
        try:
            value = json.loads(document)
            url, named = value["jwks_uri"], value["issuer"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ValueError("its discovery document has no jwks_uri and issuer") from None
        if not isinstance(url, str) or not isinstance(named, str):
            raise ValueError("its discovery document has no jwks_uri and issuer")
        if named.rstrip("/") != base.rstrip("/"):
            # Section 4.3 of OpenID Connect Discovery: else one server could speak for another.
            raise ValueError("its discovery document is that of another issuer")
        return url
