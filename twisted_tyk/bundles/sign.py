"""Signatures of bundles, made with a private key; :mod:`~twisted_tyk.bundles.trust` checks them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Final

from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust

#: Bytes of a file with a key.
_LARGEST: Final = 65536


@frozen
class Signer:
    """Signs with one key. The same contents always get the same signature."""

    key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    @classmethod
    def load(cls, path: str | Path) -> Signer:
        """Take the private key, RSA or Ed25519, of a PEM file.

        :raises BundleError: when there is none in it, or only with a password.
        """
        try:
            with open(path, "rb") as file:
                text = file.read(_LARGEST)
        except OSError as error:
            raise BundleError(f"{path}: the key cannot be read: {error.strerror}") from None
        try:
            key = load_pem_private_key(text, None)
        except TypeError:
            raise BundleError(f"{path}: the key is encrypted, expected one that is not") from None
        except (ValueError, UnsupportedAlgorithm):
            raise BundleError(f"{path}: expected a private key in PEM form") from None
        if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
            raise BundleError(f"{path}: expected an RSA or Ed25519 key, found another kind")
        return cls(key)

    @property
    def trust(self) -> Trust:
        """Whoever trusts this key."""
        return Trust(self.key.public_key())

    def of_contents(self, digest: bytes) -> str:
        """Tyk's ``signature``, empty with an Ed25519 key, which Tyk does not know.

        :param digest: SHA-256 of all contents, one after the other.
        """
        if isinstance(self.key, Ed25519PrivateKey):
            return ""
        return _text(self.key.sign(digest, PKCS1v15(), Prehashed(SHA256())))

    def of_manifest(self, signed: bytes) -> str:
        """``manifest_signature``.

        :param signed: what :func:`~twisted_tyk.bundles.trust.signed_form` made of the manifest.
        """
        if isinstance(self.key, Ed25519PrivateKey):
            return _text(self.key.sign(signed))
        return _text(self.key.sign(signed, PKCS1v15(), SHA256()))


def _text(signature: bytes) -> str:
    return base64.b64encode(signature).decode()
