"""Key sets of other servers, fetched when they are needed and held for a while."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakValueDictionary

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.jose.keys import VerifyingKey
from twisted_tyk.jose.keyset import KeySet
from twisted_tyk.jose.methods import Method
from twisted_tyk.transport.fetch import FetchError, fetch

if TYPE_CHECKING:
    from treq.client import HTTPClient

    from twisted_tyk.interfaces import INotifications

#: What Tyk tells its nodes so that they forget the key sets of an API.
FORGET: Final = "InvalidateJWKSCacheForAPI"
#: Seconds from one fetch to the next, however many unknown keys are asked for.
PAUSE: Final = 10.0
#: The same after a fetch that failed.
PAUSE_AFTER_FAILURE: Final = 5.0
#: Seconds that keys count beyond their time while there are no newer ones to be had.
STALE: Final = 3600.0
#: Part of its time after which a set is fetched anew beside the requests.
_SOON: Final = 0.8

Found = VerifyingKey | None
Fetch = Callable[[str], "Deferred[bytes]"]


@define(eq=False, slots=True, weakref_slot=True)
class RemoteKeys:
    """One key set. Called in the reactor thread.

    :ivar url: of the set, or of the issuer that says where it is.
    :ivar locate: finds the URL of the set itself; fails with :class:`FetchError`.
    :ivar lifetime: seconds that a fetched set counts.
    :ivar now: seconds of a clock that does not jump.
    :ivar apis: ids of the APIs that use it.
    """

    url: str
    locate: Callable[[], str | Deferred[str]]
    fetch: Fetch
    lifetime: float
    now: Callable[[], float]
    apis: set[str] = field(factory=set)
    _set: KeySet | None = None
    _until: float = float("-inf")
    _not_before: float = float("-inf")
    _fetching: bool = False
    _waiting: list[Deferred[None]] = field(factory=list)
    #: How often it was told to forget: what was asked for before may be old.
    _forgotten: int = 0

    log = Logger()

    def held(self, kid: str | None, method: Method) -> Found:
        """A key that was fetched and still counts. Nobody has to wait for it.

        A set whose time is nearly over is renewed meanwhile.
        """
        now = self.now()
        if self._set is None or now >= self._until:
            return None
        if now >= self._until - self.lifetime * (1 - _SOON) and now >= self._not_before:
            self._begin()
        return self._set.find(kid, method)

    def find(self, kid: str | None, method: Method) -> Found | Deferred[Found]:
        """The key of that name; ``None`` when there is no such key to be had.

        A set that is too old is fetched first, and so is one without that key, but never
        more often than each :data:`PAUSE`. Who asks meanwhile waits for the same fetch.
        """
        found = self.held(kid, method)
        if found is not None:
            return found
        if not self._fetching and self.now() < self._not_before:
            return self._stale(kid, method)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        self._begin()
        return waiting.addCallback(lambda _: self._stale(kid, method))

    def forget(self) -> None:
        """Fetch it anew before any key of it counts again."""
        self._set = None
        self._not_before = float("-inf")
        self._forgotten += 1

    def _stale(self, kid: str | None, method: Method) -> Found:
        if self._set is None or self.now() >= self._until + STALE:
            return None
        return self._set.find(kid, method)

    def _begin(self) -> None:
        if not self._fetching:
            self._fetching = True
            self._renew().addErrback(self._failed)

    @inlineCallbacks
    def _renew(self) -> Any:
        pause = PAUSE
        try:
            forgotten = -1
            while forgotten != self._forgotten:
                forgotten = self._forgotten
                url = yield self.locate()
                document = yield self.fetch(url)
            self._set, self._until = KeySet.read(document), self.now() + self.lifetime
            for sentence in self._set.left_out:
                self.log.warn("key set {url}: {why}", url=self.url, why=sentence)
        except (FetchError, ValueError) as error:
            pause = PAUSE_AFTER_FAILURE
            self.log.warn("key set {url}: {error}", url=self.url, error=error)
        finally:
            self._fetching = False
            self._not_before = self.now() + pause
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.callback(None)

    def _failed(self, failure: Failure) -> None:
        self.log.failure("a key set could not be renewed", failure)


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
