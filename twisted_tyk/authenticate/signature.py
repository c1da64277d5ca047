"""Requests that their clients have signed (``HTTPSignatureValidationMiddleware``)."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping
from hmac import compare_digest
from types import MappingProxyType
from typing import Any, Final

from attrs import frozen
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.authenticate.identity import Identity, Making
from twisted_tyk.authenticate.public_keys import PublicKeys
from twisted_tyk.authenticate.signed import Signed, date, moment
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.message.octets import octets
from twisted_tyk.session.state import SessionState

#: Hashes by the algorithms of signatures with a shared secret.
_HMAC: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hmac-sha1": "sha1",
        "hmac-sha256": "sha256",
        "hmac-sha384": "sha384",
        "hmac-sha512": "sha512",
    }
)
_RSA: Final = "rsa-sha256"
#: Where a session remembers its public key.
_PUBLIC_KEY: Final = "signature: public key"

Outcome = Deferred[Reply | None] | Reply | None


@implementer(IStep)
@frozen
class Signature:
    """Finds the key that a signature names, and checks that the signature was made with it.

    :ivar allowed: algorithms.
    :ivar skew: milliseconds that the client's clock may be wrong; 0 or less is any time.
    :ivar seconds: Unix time.
    """

    identity: Identity
    public_keys: PublicKeys
    allowed: frozenset[str]
    skew: float
    seconds: Callable[[], float]
    name: str = "HTTPSignatureValidationMiddleware"

    @classmethod
    def make(cls, making: Making) -> Signature:
        definition, shared = making.definition, making.shared
        known = frozenset([*_HMAC, _RSA])
        return cls(
            making.identity("hmac"),
            PublicKeys(shared.store, shared.in_thread, shared.seconds),
            known.intersection(definition.hmac_allowed_algorithms or known),
            definition.hmac_allowed_clock_skew,
            shared.seconds,
        )

    def process(self, exchange: Exchange) -> Outcome:
        """:raises Refusal: 400 whatever is wrong with the signature; 500 without the public
        key of a client.
        """
        try:
            signed = Signed.parse(self.identity.presented(exchange))
        except ValueError:
            raise _refused() from None
        self.identity.claim(exchange, signed.key_id)
        if signed.algorithm not in self.allowed or not self._in_time(signed, exchange):
            raise _refused()
        found: Any = self.identity.ask(signed.key_id, self._check, exchange, signed)
        return found  # type: ignore[no-any-return]

    def _in_time(self, signed: Signed, exchange: Exchange) -> bool:
        try:
            late = self.seconds() - moment(date(exchange)[1])
        except ValueError:
            return False
        # A date that is not signed could be any.
        return self.skew <= 0 or (abs(late) * 1000 <= self.skew and signed.has_date(exchange))

    def _check(self, session: SessionState | None, exchange: Exchange, signed: Signed) -> Outcome:
        if session is None:
            raise _refused()
        if signed.algorithm == _RSA:
            return self._check_public(session, exchange, signed)
        on = session.hmac_enabled or session.enable_http_signature_validation
        secret = octets(session.hmac_string) if on else b""
        ours = hmac.digest(secret, signed.text(exchange), _HMAC[signed.algorithm])
        if not compare_digest(ours, signed.signature) or not secret:
            raise _refused()
        return self._recognise(session, exchange)

    def _check_public(self, session: SessionState, exchange: Exchange, signed: Signed) -> Outcome:
        if not session.rsa_certificate_id or not session.enable_http_signature_validation:
            raise _refused()
        public_key = session.derived.get(_PUBLIC_KEY)
        if public_key is not None:
            return self._verify(public_key, session, exchange, signed)
        found: Deferred[Any] = self.public_keys.find(session.rsa_certificate_id)
        return found.addCallback(self._verify, session, exchange, signed)

    def _verify(
        self, public_key: RSAPublicKey, session: SessionState, exchange: Exchange, signed: Signed
    ) -> Reply | None:
        session.derived[_PUBLIC_KEY] = public_key
        try:
            public_key.verify(signed.signature, signed.text(exchange), PKCS1v15(), SHA256())
        except InvalidSignature:
            raise _refused() from None
        return self._recognise(session, exchange)

    def _recognise(self, session: SessionState, exchange: Exchange) -> Reply | None:
        self.identity.recognise(exchange, session)
        return None


def _refused() -> Refusal:
    return Refusal(400, "Authorization field missing, malformed or invalid", "AuthFailure")
