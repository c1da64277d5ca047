"""Tokens of an API that says itself whose signature it believes (``jwt_source``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import define, frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.jwt import refusals
from twisted_tyk.authenticate.jwt.policies import PolicyChoice
from twisted_tyk.authenticate.sessions_of_tokens import TokenSessions
from twisted_tyk.authenticate.wanted import Wanted, key_of
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.jose.claims import NoIdentity, Skews, expiry, identity, window
from twisted_tyk.jose.methods import method_named
from twisted_tyk.jose.signed import BadToken, Claims
from twisted_tyk.jose.source import seconds_of
from twisted_tyk.jose.verifier import Verified, Verifier, verifier
from twisted_tyk.session.policies import policy_ids
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens

#: Where providers put the id of the OAuth client, first one first.
_CLIENT_IDS: Final = ("clientId", "cid", "client_id")


@frozen
class WhoAndWhat:
    """Reads the session that a token asks for out of its claims.

    :ivar identity_field: ``jwt_identity_base_field``.
    :ivar maps_clients: look for the id of an OAuth client.
    """

    tokens: Tokens
    org_id: str
    identity_field: str
    maps_clients: bool
    choice: PolicyChoice
    skew: int = 0

    def read(self, claims: Claims, of_client: str = "") -> Wanted:
        """:raises Refusal: 403 when the claims do not say it."""
        try:
            who = identity(claims, self.identity_field)
        except NoIdentity as error:
            raise refusals.nobody(error) from None
        chosen = self.choice.choose(claims, of_client)
        ends = expiry(claims)
        return Wanted(
            key=key_of(self.tokens, self.org_id, who),
            alias=who,
            policies=chosen.policies,
            base=chosen.base,
            refusals=chosen.refusals,
            # Else what the skew lets in would be expired as a key.
            expires=ends + self.skew if ends > 0 else 0,
            client_id=self._client(claims) if self.maps_clients else "",
        )

    def _client(self, claims: Claims) -> str:
        name = next((name for name in _CLIENT_IDS if name in claims), "")
        value = claims.get(name)
        return value if isinstance(value, str) else ""


@define
class Known:
    """What was worked out of a token that is remembered.

    :ivar begins: it counts from then on, in Unix seconds.
    :ivar ends: it does not count any more.
    :ivar wanted: its session, unless another key has a say in that.
    """

    begins: float
    ends: float
    wanted: Wanted | None = None


@implementer(IStep)
@frozen
class JWT:
    """Lets in who brings a token that is signed as the definition says."""

    identity: Identity
    verifier: Verifier
    skews: Skews
    reader: WhoAndWhat
    sessions: TokenSessions
    seconds: Callable[[], float]
    name: str = "JWTMiddleware"

    @classmethod
    def make(cls, making: Making) -> JWT:
        """:raises ValueError: when the definition gives no key that could be used."""
        api, shared = making.definition, making.shared
        sets = [(each.url, seconds_of(each.cache_timeout)) for each in api.jwt_jwks_uris]
        skews = Skews(
            api.jwt_expires_at_validation_skew,
            api.jwt_issued_at_validation_skew,
            api.jwt_not_before_validation_skew,
        )
        return cls(
            identity=making.identity("jwt"),
            verifier=verifier(
                shared.key_sets,
                api.api_id,
                method_named(api.jwt_signing_method),
                api.jwt_source,
                sets,
            ),
            skews=skews,
            reader=WhoAndWhat(
                shared.tokens,
                api.org_id,
                api.jwt_identity_base_field,
                not api.idp_client_id_mapping_disabled,
                PolicyChoice.of(api),
                skews.expires_at,
            ),
            sessions=TokenSessions.make(making),
            seconds=shared.seconds,
        )

    def process(self, exchange: Exchange) -> Reply | Deferred[Reply | None] | None:
        """:raises Refusal: 400 without a token, 403 with one that this API does not believe
        or that stands for no policy, 401 with one that does not count now.
        """
        text = without_bearer(self.identity.presented(exchange))
        if not text:
            raise refusals.missing()
        try:
            verified = self.verifier.verify(text)
        except BadToken as error:
            raise refusals.bad(error) from None
        # Quicker than to ask for a Deferred, which is an abstract class.
        if isinstance(verified, Verified):
            decided: Any = self._verified(verified, exchange)
        else:
            decided = verified.addCallbacks(self._verified, self._failed, (exchange,))
        return decided  # type: ignore[no-any-return]

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, BadToken):
            raise refusals.bad(failure.value)
        return failure

    def _verified(self, verified: Verified, exchange: Exchange) -> Any:
        known: Known = verified.memo or self._known(verified)
        now = self.seconds()
        if not known.begins <= int(now) < known.ends:
            refusals.check_times(verified.claims, self.skews, now)
        if known.wanted is not None:
            return self._settle(known.wanted, exchange)
        field = self.reader.choice.client_field
        if field:
            client = verified.claims.get(field)
            key = client if isinstance(client, str) else ""
            return self.identity.ask(key, self._of_client, verified.claims, exchange)
        known.wanted = self.reader.read(verified.claims)
        return self._settle(known.wanted, exchange)

    def _known(self, verified: Verified) -> Known:
        verified.memo = known = Known(*window(verified.claims, self.skews))
        return known

    def _of_client(self, client: SessionState | None, claims: Claims, exchange: Exchange) -> Any:
        policies = () if client is None else policy_ids(client)
        return self._settle(self.reader.read(claims, policies[0] if policies else ""), exchange)

    def _settle(self, wanted: Wanted, exchange: Exchange) -> Any:
        session = self.sessions.of(wanted)
        if isinstance(session, SessionState):
            return self.identity.recognise(exchange, session)
        return session.addCallback(self._recognise, exchange)

    def _recognise(self, session: SessionState, exchange: Exchange) -> None:
        self.identity.recognise(exchange, session)
