"""Tokens of another OAuth provider (``external_oauth``) [gateway/mw_external_oauth.go]."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from attrs import define, field, frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.introspection import Introspected, NotSaid
from twisted_tyk.authenticate.sessions_of_tokens import key_of
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.jose.claims import EXPIRED, NoIdentity, Skews, expiry, identity, wrong_time
from twisted_tyk.jose.methods import method_named
from twisted_tyk.jose.signed import BadToken, Claims
from twisted_tyk.jose.verifier import Verified, Verifier, verifier
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens

#: Seconds that a client without a stored session counts as one, like any session in memory.
_FRESH: Final = 10.0
_MOST: Final = 10_000


class Believes(Protocol):
    """Says what a token stands for."""

    def claims(self, token: str) -> Claims | Deferred[Claims]:
        """Claims of a token that is good now.

        :raises Refusal: when it is not; the Deferred fails with it, too.
        """


def _refused(message: str = "access token is not valid") -> Refusal:
    return Refusal(401, message, "AuthFailure")


@frozen
class SignedClaims:
    """Tokens are signed by the provider."""

    verifier: Verifier
    skews: Skews
    seconds: Callable[[], float]
    api_id: str

    log = Logger()

    def claims(self, token: str) -> Claims | Deferred[Claims]:
        try:
            verified = self.verifier.verify(token)
        except BadToken as error:
            raise self._bad(error) from None
        if isinstance(verified, Deferred):
            return verified.addCallbacks(self._timely, self._failed)
        return self._timely(verified)

    def _timely(self, verified: Verified) -> Claims:
        wrong = wrong_time(verified.claims, self.skews, self.seconds())
        if wrong:
            raise _refused(f"key not authorized: {wrong}")
        return verified.claims

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, BadToken):
            raise self._bad(failure.value)
        return failure

    def _bad(self, error: BadToken) -> Refusal:
        self.log.info("API {api}: a token was refused: {why}", api=self.api_id, why=error)
        return _refused("token verification failed: signature is invalid")


@frozen
class AskedClaims:
    """The provider is asked about each token."""

    introspected: Introspected
    seconds: Callable[[], float]
    api_id: str

    log = Logger()

    def claims(self, token: str) -> Claims | Deferred[Claims]:
        said = self.introspected.claims(token)
        if isinstance(said, Deferred):
            return said.addCallbacks(self._active, self._failed)
        return self._active(said)

    def _active(self, claims: Claims) -> Claims:
        if claims.get("active") is not True:
            raise _refused()
        ends = expiry(claims)
        if ends and ends <= self.seconds():
            raise _refused(EXPIRED)
        return claims

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, NotSaid):
            self.log.warn("API {api}: {why}", api=self.api_id, why=failure.value)
            raise Refusal(500, "error happened during the access token validation")
        return failure


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
        believes: Believes
        if provider.jwt.enabled:
            jwt = provider.jwt
            field = jwt.identity_base_field
            believes = SignedClaims(
                verifier(shared.key_sets, api.api_id, method_named(jwt.signing_method), jwt.source),
                Skews(
                    jwt.expires_at_validation_skew,
                    jwt.issued_at_validation_skew,
                    jwt.not_before_validation_skew,
                ),
                shared.seconds,
                api.api_id,
            )
        else:
            field = provider.introspection.identity_base_field
            believes = AskedClaims(
                Introspected(provider.introspection, shared.web, shared.store, shared.clock),
                shared.seconds,
                api.api_id,
            )
        who = making.identity("externalOAuth")
        return cls(
            identity=who,
            believes=believes,
            identity_field=field,
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
            raise _refused() from None
        return self.sessions.recognise(who, exchange)
