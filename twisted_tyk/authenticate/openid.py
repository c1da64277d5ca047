"""OpenID Connect: tokens of providers that log users in [gateway/mw_openid.go]."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.openid_user import UserReader
from twisted_tyk.authenticate.sessions_of_tokens import TokenSessions
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.jose.claims import NO_SKEWS, wrong_time
from twisted_tyk.jose.methods import PUBLIC
from twisted_tyk.jose.signed import BadToken, Signed
from twisted_tyk.jose.verifier import Verified, Verifier
from twisted_tyk.session.state import SessionState

#: Google's tokens may name it with or without https.
_GOOGLE: Final = "accounts.google.com"


@frozen
class Provider:
    """:ivar clients: policy by the id of a client that users log in to."""

    verifier: Verifier
    clients: Mapping[str, str]


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
    name: str = "OpenIDMW"

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
        return Refusal(401, "Key not authorised", "AuthFailure", reason=str(error))

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
