"""What is said of a token of another OAuth provider: by the token, or by the provider."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.apidef.tokens import ExternalProvider
from twisted_tyk.authenticate.introspection import Introspected, NotSaid
from twisted_tyk.errors import Refusal
from twisted_tyk.jose.claims import EXPIRED, Skews, expiry, wrong_time
from twisted_tyk.jose.methods import method_named
from twisted_tyk.jose.signed import BadToken, Claims
from twisted_tyk.jose.verifier import Verified, Verifier, verifier

if TYPE_CHECKING:
    from twisted_tyk.chain.shared import Shared


class Believes(Protocol):
    """Says what a token stands for."""

    def claims(self, token: str) -> Claims | Deferred[Claims]:
        """Claims of a token that is good now.

        :raises Refusal: when it is not; the Deferred fails with it, too.
        """


def refused(message: str = "access token is not valid", reason: str = "") -> Refusal:
    """401 for a token that is not good."""
    return Refusal(401, message, "AuthFailure", reason=reason)


@frozen
class SignedClaims:
    """Tokens are signed by the provider."""

    verifier: Verifier
    skews: Skews
    seconds: Callable[[], float]

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
            raise refused(f"key not authorized: {wrong}")
        return verified.claims

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, BadToken):
            raise self._bad(failure.value)
        return failure

    def _bad(self, error: BadToken) -> Refusal:
        return refused("token verification failed: signature is invalid", str(error))


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
            raise refused()
        ends = expiry(claims)
        if ends and ends <= self.seconds():
            raise refused(EXPIRED)
        return claims

    def _failed(self, failure: Failure) -> Failure:
        if isinstance(failure.value, NotSaid):
            self.log.warn("API {api}: {why}", api=self.api_id, why=failure.value)
            raise Refusal(500, "error happened during the access token validation")
        return failure


def believes(provider: ExternalProvider, api_id: str, shared: Shared) -> Believes:
    """:raises ValueError: when the definition gives no key that could be used."""
    if not provider.jwt.enabled:
        return AskedClaims(
            Introspected(provider.introspection, shared.web, shared.store, shared.clock),
            shared.seconds,
            api_id,
        )
    jwt = provider.jwt
    return SignedClaims(
        verifier(shared.key_sets, api_id, method_named(jwt.signing_method), jwt.source),
        Skews(
            jwt.expires_at_validation_skew,
            jwt.issued_at_validation_skew,
            jwt.not_before_validation_skew,
        ),
        shared.seconds,
    )
