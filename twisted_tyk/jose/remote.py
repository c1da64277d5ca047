"""A key set of another server, fetched when it is needed and held for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.jose.keys import VerifyingKey
from twisted_tyk.jose.keyset import KeySet
from twisted_tyk.jose.methods import Method
from twisted_tyk.transport.fetch import FetchError

#: Seconds from one fetch to the next, however many unknown keys are asked for.
PAUSE: Final = 10.0
#: The same after a fetch that failed.
PAUSE_AFTER_FAILURE: Final = 5.0
#: Seconds that keys count beyond their time while there are no newer ones to be had.
STALE: Final = 3600.0
#: Part of its time after which a set is fetched anew beside the requests.
_SOON: Final = 0.8

Found = VerifyingKey | None
Fetch = Callable[[str], Deferred[bytes]]


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
