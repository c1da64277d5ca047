"""The ways a token may be signed, as definitions name them (``jwt_signing_method``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import frozen

#: For definitions that name none, as in Tyk.
DEFAULT: Final = "hmac"


@frozen
class Method:
    """One way to sign. It decides what a token may be signed with, never the token.

    :ivar name: as in a definition.
    :ivar algorithms: what ``alg`` of a token may be.
    :ivar key_types: what its keys may be, as ``kty`` of a JSON web key names it.
    """

    name: str
    algorithms: frozenset[str]
    key_types: frozenset[str]

    @property
    def secret(self) -> bool:
        """Whether tokens are signed with what they are verified with."""
        return "oct" in self.key_types


def _method(name: str, key_types: str, algorithms: str) -> Method:
    return Method(name, frozenset(algorithms.split()), frozenset(key_types.split()))


#: By name. As in Tyk, ``rsa`` is both paddings; the last two are ours.
METHODS: Final[Mapping[str, Method]] = {
    method.name: method
    for method in (
        _method("hmac", "oct", "HS256 HS384 HS512"),
        _method("rsa", "RSA", "RS256 RS384 RS512 PS256 PS384 PS512"),
        _method("ecdsa", "EC", "ES256 ES384 ES512"),
        _method("rsapss", "RSA", "PS256 PS384 PS512"),
        _method("eddsa", "OKP", "EdDSA Ed25519 Ed448"),
    )
}

#: What providers of OpenID sign with: any key that has a public half.
PUBLIC: Final = _method(
    "a public key",
    "RSA EC OKP",
    "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519 Ed448",
)


def method_named(name: str) -> Method:
    """The method of that name, :data:`DEFAULT` for an empty one.

    :raises ValueError: with a sentence, when there is no such method.
    """
    try:
        return METHODS[name or DEFAULT]
    except KeyError:
        raise ValueError(f"expected one of {', '.join(METHODS)}") from None
