"""The plain key: Tyk's default way to authenticate (``AuthKey``)."""

from __future__ import annotations

from attrs import field, frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import DEFAULT_FIELD, without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.sessions_of_tokens import MARK
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
    # The only place to look at, when that is a field of the header.
    _field: bytes | None = field(init=False, repr=False)

    @_field.default
    def _find_field(self) -> bytes | None:
        config = self.identity.config
        if config.use_param or config.use_cookie or config.disable_header or self.signature:
            return None
        name = config.auth_header_name or DEFAULT_FIELD
        return name.lower().encode("utf-8", "surrogateescape")

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
        if self._field is not None:
            # Nearly every request: a key in a field, whose session was read a moment ago.
            value = exchange.headers.first(self._field)
            if value:
                token = without_bearer(value.decode("utf-8", "surrogateescape"))
                session = identity.keys.fresh(token, identity.org_id)
                if session is not None and MARK not in session.meta_data:
                    identity.recognise(exchange, session)
                    return None
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
