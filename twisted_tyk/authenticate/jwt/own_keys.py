"""Tokens that are verified with the secret of a client's own key (``jwt_data``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.credentials import without_bearer
from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.jwt import refusals
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.jose.claims import NoIdentity, Skews, identity
from twisted_tyk.jose.keys import VerifyingKey, key_of
from twisted_tyk.jose.methods import Method, method_named
from twisted_tyk.jose.signed import BadToken, Signed
from twisted_tyk.message.octets import octets
from twisted_tyk.session.state import SessionState


@implementer(IStep)
@frozen
class OwnKeyJWT:
    """Lets in who brings a token that names a key and is signed with its secret.

    :ivar skips_kid: a claim names the key, and not ``kid``.
    :ivar identity_field: that claim; without it, ``sub``.
    """

    identity: Identity
    method: Method
    skews: Skews
    skips_kid: bool
    identity_field: str
    seconds: Callable[[], float]
    name: str = "JWTMiddleware"

    @classmethod
    def make(cls, making: Making) -> OwnKeyJWT:
        api = making.definition
        return cls(
            identity=making.identity("jwt"),
            method=method_named(api.jwt_signing_method),
            skews=Skews(
                api.jwt_expires_at_validation_skew,
                api.jwt_issued_at_validation_skew,
                api.jwt_not_before_validation_skew,
            ),
            skips_kid=api.jwt_skip_kid,
            identity_field=api.jwt_identity_base_field,
            seconds=making.shared.seconds,
        )

    def process(self, exchange: Exchange) -> Reply | Deferred[Reply | None] | None:
        """:raises Refusal: 400 without a token, 403 with one that no key has signed, 401 with
        one that does not count now.
        """
        text = without_bearer(self.identity.presented(exchange))
        if not text:
            raise refusals.missing()
        try:
            signed = Signed.read(text, self.method)
            name = self._key_of(signed)
        except BadToken as error:
            raise refusals.bad(error) from None
        decided: Any = self.identity.ask(name, self._decide, signed, exchange)
        return decided  # type: ignore[no-any-return]

    def _key_of(self, signed: Signed) -> str:
        if signed.kid is not None and not self.skips_kid:
            return signed.kid
        try:
            return identity(signed.unverified(), self.identity_field)
        except NoIdentity as error:
            raise BadToken(str(error)) from None

    def _decide(self, session: SessionState | None, signed: Signed, exchange: Exchange) -> None:
        if session is None:
            raise refusals.unknown()
        try:
            claims = signed.verified(self._secret(session), self.method)
        except BadToken as error:
            raise refusals.bad(error) from None
        refusals.check_times(claims, self.skews, self.seconds())
        self.identity.recognise(exchange, session)

    def _secret(self, session: SessionState) -> VerifyingKey:
        memo = f"jwt {self.method.name}"
        known: VerifyingKey | None = session.derived.get(memo)
        if known is None:
            try:
                # One that is empty is refused: everybody could sign with it.
                secret = octets(session.jwt_data.secret)
                known = session.derived[memo] = key_of(secret, self.method)
            except ValueError as error:
                raise BadToken(f"its key has no jwt_data.secret to use: {error}") from None
        return known
