"""Tokens of the API's own OAuth 2.0 server (``Oauth2KeyExists``)."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.oauth.clients import Clients
from twisted_tyk.oauth.known import KnownClients
from twisted_tyk.session.state import SessionState


@implementer(IStep)
@frozen
class OAuth:
    """Lets a client in whose token is good, as long as the OAuth client is there that got it."""

    identity: Identity
    clients: KnownClients
    name: str = "Oauth2KeyExists"

    @classmethod
    def make(cls, making: Making) -> OAuth:
        definition, shared = making.definition, making.shared
        clients = Clients(shared.store, definition.api_id, definition.org_id)
        return cls(making.identity("oauth"), KnownClients(clients, shared.clock.seconds))

    def process(self, exchange: Exchange) -> Deferred[Reply | None] | None:
        """:raises Refusal: 400 without a token, 403 with one that is none, or is revoked."""
        messages = self.identity.messages
        words = self.identity.presented(exchange).split(" ")
        if len(words) < 2:
            raise messages.refusal("oauth.auth_field_missing")
        if words[0].lower() != "bearer":
            raise messages.refusal("oauth.auth_field_malformed")
        self.identity.claim(exchange, words[1])
        return self.identity.ask(words[1], self._decide, exchange)

    def _decide(self, session: SessionState | None, exchange: Exchange) -> Any:
        if session is None:
            raise self.identity.messages.refusal("oauth.key_not_found", "AuthFailure")
        there = self.clients.there(session.oauth_client_id)
        if isinstance(there, Deferred):
            return there.addCallback(self._recognise, session, exchange)
        self._recognise(there, session, exchange)
        return None

    def _recognise(self, there: bool, session: SessionState, exchange: Exchange) -> None:
        if not there:
            raise self.identity.messages.refusal("oauth.client_deleted")
        self.identity.recognise(exchange, session)
