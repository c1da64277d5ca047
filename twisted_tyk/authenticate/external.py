"""Tokens of another OAuth provider (``external_oauth``) [gateway/mw_external_oauth.go]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.external_claims import Believes, believes, refused
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.wanted import key_of
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.jose.claims import NoIdentity, identity
from twisted_tyk.jose.signed import Claims
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens

#: Seconds that a client without a stored session counts as one, like any session in memory.
_FRESH: Final = 10.0
_MOST: Final = 10_000


@define(eq=False)
class ExternalSessions:
    """Sessions of clients that may have none stored: then they have Tyk's standard one.

    :ivar now: seconds of a clock that does not jump.
    """

    identity: Identity
    tokens: Tokens
    api_id: str
    now: Callable[[], float]
    _made: dict[str, tuple[float, SessionState]] = field(factory=dict, init=False)

    def recognise(self, who: str, exchange: Exchange) -> Any:
        """Say that it is this client."""
        key = key_of(self.tokens, self.identity.org_id, who)
        made = self._made.get(key)
        if made is not None and made[0] > self.now():
            self.identity.recognise(exchange, made[1])
            return None
        # Not as a key that a client presents: here a token stands for it.
        found = self.identity.keys.find(key, self.identity.org_id)
        if isinstance(found, Deferred):
            return found.addCallback(self._decide, key, exchange)
        return self._decide(found, key, exchange)

    def _decide(self, session: SessionState | None, key: str, exchange: Exchange) -> None:
        if session is None:
            session = self._standard(key)
            self._made.pop(key, None)
            while len(self._made) >= _MOST:
                del self._made[next(iter(self._made))]
            self._made[key] = (self.now() + _FRESH, session)
        self.identity.recognise(exchange, session)

    def _standard(self, key: str) -> SessionState:
        session = SessionState(
            rate=10000.0,
            per=60.0,
            expires=-1,
            quota_max=-1,
            quota_renewal_rate=300,
            org_id=self.identity.org_id,
            access_rights={self.api_id: AccessDefinition(api_id=self.api_id)},
        )
        session.key_id, session.key_hash = key, self.tokens.hashed(key)
        return session


@implementer(IStep)
@frozen
class ExternalOAuth:
    """Lets in who brings a token that the first provider of the definition stands for.

    :ivar identity_field: the claim that says who the client is; without it, ``sub``.
    """

    identity: Identity
    believes: Believes
    identity_field: str
    sessions: ExternalSessions
    name: str = "ExternalOAuth"

    @classmethod
    def make(cls, making: Making) -> ExternalOAuth:
        """:raises ValueError: when the definition gives no key that could be used."""
        api, shared = making.definition, making.shared
        provider = api.external_oauth.providers[0]
        asked = provider.jwt if provider.jwt.enabled else provider.introspection
        who = making.identity("externalOAuth")
        return cls(
            identity=who,
            believes=believes(provider, api.api_id, shared),
            identity_field=asked.identity_base_field,
            sessions=ExternalSessions(who, shared.tokens, api.api_id, shared.clock.seconds),
        )

    def process(self, exchange: Exchange) -> Reply | Deferred[Reply | None] | None:
        """:raises Refusal: 400 without a token, 401 with one that is not good, 500 when the
        provider can not be asked.
        """
        token = without_bearer(self.identity.presented(exchange))
        if not token:
            raise Refusal(400, "authorization field missing", "AuthFailure")
        claims = self.believes.claims(token)
        decided: Any
        if isinstance(claims, Deferred):
            decided = claims.addCallback(self._recognise, exchange)
        else:
            decided = self._recognise(claims, exchange)
        return decided  # type: ignore[no-any-return]

    def _recognise(self, claims: Claims, exchange: Exchange) -> Any:
        try:
            who = identity(claims, self.identity_field)
        except NoIdentity:
            raise refused() from None
        return self.sessions.recognise(who, exchange)
