"""What a provider says of a token when it is asked (RFC 7662), held for a while."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.apidef.tokens import Introspection
from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.jose.signed import LONGEST, Claims
from twisted_tyk.message.octets import octets
from twisted_tyk.transport.fetch import FetchError, fetch

if TYPE_CHECKING:
    from treq.client import HTTPClient
    from twisted.internet.interfaces import IReactorTime

    from twisted_tyk.interfaces import IStore

#: Before a digest of the token, in the keys of the store. Tyk has the token itself there.
PREFIX: Final = b"introspection-"
#: Seconds that an answer counts without a look at the store.
_FRESH: Final = 10.0
_MOST: Final = 10_000


class NotSaid(Exception):
    """The provider gave no usable answer. The text says why."""


@define(eq=False)
class Introspected:
    """Asks one provider. Called in the reactor thread.

    While ``cache`` is on, an answer is kept in the store as long as it says, and a moment
    in memory; the store's being away does no harm.
    """

    options: Introspection
    web: HTTPClient
    store: IStore
    clock: IReactorTime
    _held: dict[bytes, tuple[float, Claims]] = field(factory=dict, init=False)

    log = Logger()

    def claims(self, token: str) -> Claims | Deferred[Claims]:
        """What the provider says of a token.

        :returns: a Deferred, unless it was asked a moment ago; it fails with
            :class:`NotSaid`.
        """
        if len(token) > LONGEST:
            # Nobody's token, and not worth a request of ours.
            return {"active": False}
        digest = hashlib.sha256(octets(token)).digest()
        held = self._held.get(digest)
        if held is not None and held[0] > self.clock.seconds():
            return held[1]
        asked: Deferred[Claims] = self._asked(token, digest)
        return asked

    @inlineCallbacks
    def _asked(self, token: str, digest: bytes) -> Any:
        cache = self.options.cache
        kept = cache.enabled and cache.timeout > 0
        key = PREFIX + digest.hex().encode()
        if kept:
            claims = yield self._stored(key)
            if claims is not None:
                self._hold(digest, claims)
                return claims
        form = {
            "token": token,
            "client_id": self.options.client_id,
            "client_secret": self.options.client_secret,
        }
        try:
            body = yield fetch(self.web, self.clock, self.options.url, form)
        except FetchError as error:
            raise NotSaid(f"a token could not be introspected: {error}") from None
        claims = _object(body)
        if claims is None or "active" not in claims:
            raise NotSaid("a token could not be introspected: the answer does not say active")
        if kept:
            self._hold(digest, claims)
            yield self._store(key, claims)
        return claims

    def _hold(self, digest: bytes, claims: Claims) -> None:
        while len(self._held) >= _MOST:
            del self._held[next(iter(self._held))]
        until = self.clock.seconds() + min(_FRESH, self.options.cache.timeout)
        self._held[digest] = (until, claims)

    @inlineCallbacks
    def _stored(self, key: bytes) -> Any:
        try:
            text = yield self.store.get(key)
        except StoreUnavailable:
            return None
        return None if text is None else _object(text)

    @inlineCallbacks
    def _store(self, key: bytes, claims: Claims) -> Any:
        text = json.dumps(claims, separators=(",", ":")).encode()
        try:
            yield self.store.set(key, text, self.options.cache.timeout)
        except StoreUnavailable as error:
            self.log.warn("an introspected token is not kept: {error}", error=error)


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
