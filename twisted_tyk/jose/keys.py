"""Keys made of secrets, PEM, certificates and JSON web keys; weak ones are refused."""

from __future__ import annotations

import base64
import binascii
import warnings
from collections.abc import Mapping
from typing import Any, Final

from attrs import field, frozen
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)
from joserfc import jwk
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from twisted_tyk.jose.methods import Method

#: Bits of RSA keys: fewer can be broken, more only cost time.
WEAKEST_RSA: Final = 2048
_LARGEST_RSA: Final = 16384
_CURVES: Final = ("secp256r1", "secp384r1", "secp521r1")
#: Characters of a number in a JSON web key; none needs more than an RSA modulus.
_LONGEST_NUMBER: Final = 4096
_PEM: Final = b"-----BEGIN "


@frozen(eq=False)
class VerifyingKey:
    """What a signature is verified with.

    :ivar kind: ``oct``, ``RSA``, ``EC`` or ``OKP``.
    :ivar algorithm: the only one it is for, ``""`` for all that its kind allows.
    """

    key: jwk.Key = field(repr=False)
    kind: str
    algorithm: str = ""

    def fits(self, method: Method) -> bool:
        """Whether it is of the kind that a definition asks for."""
        return self.kind in method.key_types


def key_of(data: bytes, method: Method) -> VerifyingKey:
    """What a definition or a session gives as its key.

    :param data: a secret, or a public key or a certificate in PEM or DER.
    :raises ValueError: with a sentence that does not show it.
    """
    if method.secret:
        return secret_key(data)
    key = public_key(data)
    if not key.fits(method):
        kinds = " or ".join(method.key_types)
        raise ValueError(f"a key of the kind {key.kind}, but {method.name} needs {kinds}")
    return key


def secret_key(secret: bytes) -> VerifyingKey:
    """A shared secret.

    :raises ValueError: when it is empty, or a public key, which everybody may know.
    """
    if not secret:
        raise ValueError("an empty secret")
    if _PEM in secret:
        raise ValueError("a key in PEM, but hmac needs a secret that nobody else knows")
    try:
        with warnings.catch_warnings():
            # How long a secret must be is up to who chose it.
            warnings.simplefilter("ignore")
            return VerifyingKey(OctKey.import_key(secret), "oct")
    except ValueError:
        raise ValueError("a public key, but hmac needs a secret that nobody else knows") from None


def public_key(data: bytes) -> VerifyingKey:
    """A public key or a certificate, in PEM or DER.

    :raises ValueError: with a sentence, when it is neither, or weak.
    """
    try:
        if b"-----BEGIN CERTIFICATE-----" in data:
            found: Any = x509.load_pem_x509_certificate(data).public_key()
        elif _PEM in data:
            found = load_pem_public_key(data)
        else:
            found = _from_der(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ValueError("expected a public key or a certificate in PEM") from None
    pem = found.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if isinstance(found, rsa.RSAPublicKey):
        if not WEAKEST_RSA <= found.key_size <= _LARGEST_RSA:
            raise ValueError(
                f"an RSA key of {found.key_size} bits, but fewer than {WEAKEST_RSA} are not safe"
                if found.key_size < WEAKEST_RSA
                else f"an RSA key of more than {_LARGEST_RSA} bits"
            )
        return VerifyingKey(RSAKey.import_key(pem), "RSA")
    if isinstance(found, ec.EllipticCurvePublicKey):
        if found.curve.name not in _CURVES:
            raise ValueError(f"an EC key on {found.curve.name}, expected P-256, P-384 or P-521")
        return VerifyingKey(ECKey.import_key(pem), "EC")
    if isinstance(found, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
        return VerifyingKey(OKPKey.import_key(pem), "OKP")
    raise ValueError("a public key that signs no tokens")


def _from_der(data: bytes) -> Any:
    try:
        return load_der_public_key(data)
    except ValueError:
        return x509.load_der_x509_certificate(data).public_key()


def key_of_jwk(value: Mapping[str, Any]) -> VerifyingKey:
    """A JSON web key. One without numbers of its own may have a certificate (``x5c``).

    :raises ValueError: with a sentence, when it is none, weak, or not for signatures.
    """
    kind, use, algorithm = (value.get(name, "") for name in ("kty", "use", "alg"))
    operations = value.get("key_ops", ["verify"])
    if use not in ("", "sig", None) or not isinstance(operations, list):
        raise ValueError("not for signatures")
    if "verify" not in operations and "sign" not in operations:
        raise ValueError("not for signatures")
    if not isinstance(algorithm, str):
        raise ValueError("alg is not a text")
    made = _secret_of(value) if kind == "oct" else _public_of(value, kind)
    return VerifyingKey(made.key, made.kind, algorithm)


def _secret_of(value: Mapping[str, Any]) -> VerifyingKey:
    try:
        text = str(value.get("k", "")).encode("ascii")
        return secret_key(base64.b64decode(text + b"=" * (-len(text) % 4), b"-_", validate=True))
    except (UnicodeError, binascii.Error):
        raise ValueError("k is not base64url") from None


def _public_of(value: Mapping[str, Any], kind: object) -> VerifyingKey:
    numbers = {name: value[name] for name in ("n", "e", "crv", "x", "y") if name in value}
    if not all(isinstance(n, str) and len(n) <= _LONGEST_NUMBER for n in numbers.values()):
        raise ValueError("a number is not a text, or much too long")
    classes = {"RSA": RSAKey, "EC": ECKey, "OKP": OKPKey}
    if not isinstance(kind, str) or kind not in classes:
        raise ValueError("kty is none of " + ", ".join(["oct", *classes]))
    if not numbers:
        made = _certified(value.get("x5c"))
    else:
        made = public_key(_pem_of(classes[kind], {"kty": kind, **numbers}))
    if made.kind != kind:
        raise ValueError(f"says that it is {kind} and is {made.kind}")
    return made


def _pem_of(kind: Any, numbers: Mapping[str, Any]) -> bytes:
    try:
        with warnings.catch_warnings():
            # What is weak is refused afterwards.
            warnings.simplefilter("ignore")
            pem: bytes = kind.import_key(dict(numbers)).as_pem(private=False)
            return pem
    except Exception as error:
        # There is no end to what can be wrong with numbers.
        raise ValueError(f"not a key of its kind ({type(error).__name__})") from None


def _certified(chain: object) -> VerifyingKey:
    if not isinstance(chain, list) or not chain or not isinstance(chain[0], str):
        raise ValueError("neither numbers nor a certificate")
    try:
        # Tyk also takes the base64 of PEM.
        return public_key(base64.b64decode(chain[0], validate=True))
    except binascii.Error:
        raise ValueError("x5c is not base64") from None
