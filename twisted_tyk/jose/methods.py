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
    :ivar key_type: what its keys must be, as ``kty`` of a JSON web key names it.
    """

    name: str
    algorithms: frozenset[str]
    key_type: str

    @property
    def secret(self) -> bool:
        """Whether tokens are signed with what they are verified with."""
        return self.key_type == "oct"


def _method(name: str, key_type: str, algorithms: str) -> Method:
    return Method(name, frozenset(algorithms.split()), key_type)


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


def method_named(name: str) -> Method:
    """The method of that name, :data:`DEFAULT` for an empty one.

    :raises ValueError: with a sentence, when there is no such method.
    """
    try:
        return METHODS[name or DEFAULT]
    except KeyError:
        raise ValueError(f"expected one of {', '.join(METHODS)}") from None
