"""The plain key: Tyk's default way to authenticate (``AuthKey``)."""

from __future__ import annotations

from attrs import frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.token_signature import TokenSignature
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.session.state import SessionState


@implementer(IStep)
@frozen
class Token:
    """Asks for a key where the definition says a key is found, and finds its session.

    :ivar signature: checks that the key is signed, where the definition wants that.
    """

    identity: Identity
    signature: TokenSignature | None = None
    name: str = "AuthKey"

    @classmethod
    def make(cls, making: Making) -> Token:
        identity = making.identity("authToken")
        signature = None
        if identity.config.validate_signature:
            signature = TokenSignature(identity.config.signature, making.shared.seconds)
        return cls(identity, signature)

    def process(self, exchange: Exchange) -> Deferred[Reply | None] | Reply | None:
        """:raises Refusal: 401 without a key, 403 with one that is none, 401 not well signed."""
        identity = self.identity
        token = without_bearer(identity.presented(exchange))
        identity.claim(exchange, token)
        if not token:
            raise identity.messages.refusal("auth.auth_field_missing")
        return identity.ask(token, self._decide, exchange)

    def _decide(self, session: SessionState | None, exchange: Exchange) -> Reply | None:
        if session is None:
            raise self.identity.messages.refusal("auth.key_not_found", "AuthFailure")
        if self.signature is not None:
            self.signature.check(exchange, session)
        self.identity.recognise(exchange, session)
        return None
