"""OpenID Connect: tokens of providers that log users in [gateway/mw_openid.go]."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.apidef.tokens import ScopeClaim
from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.jwt.policies import of_scopes
from twisted_tyk.authenticate.sessions_of_tokens import TokenSessions, Wanted, key_of
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.jose.claims import NO_SKEWS, scopes, wrong_time
from twisted_tyk.jose.methods import PUBLIC
from twisted_tyk.jose.signed import BadToken, Claims, Signed
from twisted_tyk.jose.verifier import Verified, Verifier
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens

_NO_POLICY: Final = "Key not authorized: no matching policy"
_NOT_APPLIED: Final = "Key not authorized: could not apply new policy"
#: Google's tokens may name it with or without https.
_GOOGLE: Final = "accounts.google.com"


@frozen
class Provider:
    """:ivar clients: policy by the id of a client that users log in to."""

    verifier: Verifier
    clients: Mapping[str, str]


@frozen
class UserReader:
    """Reads the session that a token asks for out of its claims.

    :ivar by_client: each user has one session for each client.
    """

    tokens: Tokens
    org_id: str
    scope_claim: ScopeClaim
    by_client: bool

    def read(self, claims: Claims, clients: Mapping[str, str]) -> Wanted:
        """:raises BadToken: when the claims do not say whom it is for, and from whom."""
        user = claims.get("sub")
        if not isinstance(user, str) or not user:
            raise BadToken("it has no sub")
        client = _client(claims, clients)
        by_scope = self.scope_claim.scope_to_policy
        if by_scope:
            found = scopes(claims, self.scope_claim.scope_claim_name or "scope")
            policies = of_scopes(by_scope, found)
            base = ""
        else:
            base = clients[client]
            policies = (base,) if base else ()
        if not policies:
            # A session without policies would have no limits at all.
            raise BadToken("it stands for no policy")
        return Wanted(
            key=key_of(self.tokens, self.org_id, *([client] if self.by_client else []), user),
            alias=f"{client}:{user}",
            policies=policies,
            base=base,
            refusals=(_NO_POLICY, _NOT_APPLIED),
            meta=(("ClientID", client),),
        )


def _client(claims: Claims, clients: Mapping[str, str]) -> str:
    """The client that the token was made for.

    Of several, ``azp`` says which one asked for it, and it has to be one that is known
    (section 3.1.3.7 of OpenID Connect Core).
    """
    named = claims.get("aud")
    audiences = [named] if isinstance(named, str) else named
    if not isinstance(audiences, list) or not all(isinstance(each, str) for each in audiences):
        raise BadToken("its aud is neither a text nor a list of them")
    party = claims.get("azp")
    if len(audiences) > 1 and party is not None:
        if not isinstance(party, str) or party not in clients or party not in audiences:
            raise BadToken("its azp is not a known client")
        return party
    for each in audiences:
        if each in clients:
            return str(each)
    raise BadToken("it is for another client")


@implementer(IStep)
@frozen
class OpenID:
    """Lets in users whom a provider of the definition has logged in.

    :ivar providers: by issuer.
    """

    identity: Identity
    providers: Mapping[str, Provider]
    reader: UserReader
    sessions: TokenSessions
    seconds: Callable[[], float]
    api_id: str
    name: str = "OpenIDMW"

    log = Logger()

    @classmethod
    def make(cls, making: Making) -> OpenID:
        api, shared = making.definition, making.shared
        providers: dict[str, Provider] = {}
        for each in api.openid_options.providers:
            keys = shared.key_sets.of_issuer(each.issuer, api.api_id)
            clients = {
                base64.b64decode(client).decode(): policy
                for client, policy in each.client_ids.items()
            }
            verifier = Verifier(PUBLIC, [keys], needs_kid=False)
            providers[_issuer(each.issuer)] = Provider(verifier, clients)
        options = api.openid_options
        return cls(
            identity=making.identity("oidc"),
            providers=providers,
            reader=UserReader(
                shared.tokens, api.org_id, api.scope_claim, options.segregate_by_client
            ),
            sessions=TokenSessions.make(making),
            seconds=shared.seconds,
            api_id=api.api_id,
        )

    def process(self, exchange: Exchange) -> Reply | Deferred[Reply | None] | None:
        """:raises Refusal: 401 without a good token of a known provider for a known client,
        403 when its policy can not be used.
        """
        text = without_bearer(self.identity.presented(exchange))
        try:
            if not text:
                raise BadToken("there is none")
            provider, verified = self._verified(text)
            if isinstance(verified, Deferred):
                decided: Any = verified.addCallbacks(self._good, self._failed, (provider, exchange))
            else:
                decided = self._good(verified, provider, exchange)
            return decided  # type: ignore[no-any-return]
        except BadToken as error:
            raise self._refused(error) from None

    def _verified(self, text: str) -> tuple[Provider, Verified | Deferred[Verified]]:
        for provider in self.providers.values():
            known = provider.verifier.remembered(text)
            if known is not None:
                return provider, known
        issuer = Signed.read(text, PUBLIC).unverified().get("iss")
        found = self.providers.get(_issuer(issuer)) if isinstance(issuer, str) else None
        if found is None:
            raise BadToken("it is of another provider")
        return found, found.verifier.verify(text)

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, BadToken):
            raise self._refused(failure.value)
        return failure

    def _refused(self, error: BadToken) -> Refusal:
        self.log.info("API {api}: a token was refused: {why}", api=self.api_id, why=error)
        return Refusal(401, "Key not authorised", "AuthFailure")

    def _good(self, verified: Verified, provider: Provider, exchange: Exchange) -> Any:
        try:
            wrong = wrong_time(verified.claims, NO_SKEWS, self.seconds())
            if wrong:
                raise BadToken(wrong)
            if verified.memo is None:
                verified.memo = self.reader.read(verified.claims, provider.clients)
        except BadToken as error:
            raise self._refused(error) from None
        session = self.sessions.of(verified.memo)
        if isinstance(session, Deferred):
            return session.addCallback(self._recognise, exchange)
        return self._recognise(session, exchange)

    def _recognise(self, session: SessionState, exchange: Exchange) -> None:
        self.identity.recognise(exchange, session)


def _issuer(text: str) -> str:
    return f"https://{text}" if text == _GOOGLE else text
