"""Keys, and tokens that are signed with them, for tests."""

from __future__ import annotations

import base64
import json
import time
import warnings
from functools import cache
from typing import Any

from certificates import self_signed
from cryptography import x509
from joserfc import jws
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey

SECRET = "a secret that is long enough for HS256"
ALGORITHMS = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
    "ES256", "ES384", "ES512", "EdDSA",
]  # fmt: skip


def rsa(bits: int = 2048, number: int = 0) -> RSAKey:
    """The same key for the same arguments."""
    return _rsa(bits, number)


@cache
def _rsa(bits: int, number: int) -> RSAKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return RSAKey.generate_key(bits)


@cache
def ec(curve: str = "P-256") -> ECKey:
    return ECKey.generate_key(curve)


@cache
def okp(curve: str = "Ed25519") -> OKPKey:
    return OKPKey.generate_key(curve)


def oct_key(secret: str | bytes = SECRET) -> OctKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return OctKey.import_key(secret)


def pem(key: Any) -> bytes:
    """Its public half."""
    made: bytes = key.as_pem(private=False)
    return made


def b64(data: bytes | str) -> str:
    """As ``jwt_source`` has it."""
    return base64.b64encode(data if isinstance(data, bytes) else data.encode()).decode()


def b64url(data: bytes) -> str:
    """As tokens have it."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def claims(**more: Any) -> dict[str, Any]:
    """Those of Alice, good for an hour."""
    now = int(time.time())
    said = {"sub": "alice", "iat": now, "exp": now + 3600, **more}
    return {name: value for name, value in said.items() if value is not None}


def token(key: Key, header: dict[str, Any] | None = None, **said: Any) -> str:
    """A token signed by joserfc.

    :param header: ``alg`` is RS256 for an RSA key and so on.
    :param said: claims beside or in place of :func:`claims`; ``None`` leaves one out.
    """
    usual = {"oct": "HS256", "RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}[key.key_type]
    head = {"alg": usual, "typ": "JWT", **(header or {})}
    registry = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    registry.max_header_length = 1 << 16
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return jws.serialize_compact(head, json.dumps(claims(**said)), key, registry=registry)


def raw(header: bytes, payload: bytes, signature: bytes = b"") -> str:
    """A token of any bytes."""
    return ".".join(map(b64url, (header, payload, signature)))


def jwks(*keys: Key, **more: Any) -> bytes:
    """A key set of their public halves, called ``k0``, ``k1``, …"""
    listed = [
        {**key.as_dict(private=False), "kid": f"k{index}", **more} for index, key in enumerate(keys)
    ]
    return json.dumps({"keys": listed}).encode()


def certificate(key: Any) -> x509.Certificate:
    """One that it has signed itself."""
    return self_signed(key.private_key, "tokens")
