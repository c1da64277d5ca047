"""Whether a bundle is what its maker made: its sums, and the signature that a key proves.

Tyk's signature covers the contents alone, neither names nor hooks;
``manifest_signature`` covers all that the manifest says.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from twisted_tyk.bundles.manifest import Contents
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.sums import Sums
from twisted_tyk.jsonfile import Document

#: Members of a manifest that are made of the others.
NOT_SIGNED: Final = ("checksum", "signature", "manifest_signature")
#: Bytes of a file with a key.
_LARGEST: Final = 65536


def signed_form(manifest: Mapping[str, Any]) -> bytes:
    """What ``manifest_signature`` is over: the manifest without :data:`NOT_SIGNED`.

    JSON in UTF-8, keys in the order of their characters' numbers, no white space.
    """
    kept = {name: value for name, value in manifest.items() if name.lower() not in NOT_SIGNED}
    text = json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode()


@frozen
class Trust:
    """:ivar key: without one, sums are checked and signatures are not."""

    key: RSAPublicKey | Ed25519PublicKey | None = field(default=None, repr=False)

    @classmethod
    def load(cls, path: str | Path) -> Trust:
        """Take the public key, RSA or Ed25519, of a PEM file.

        :raises BundleError: when there is none in it.
        """
        try:
            with open(path, "rb") as file:
                text = file.read(_LARGEST)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise BundleError(f"{path}: the key for bundles cannot be read: {reason}") from None
        if b"PRIVATE KEY-----" in text:
            raise BundleError(f"{path}: holds a private key, expected the public key to it")
        try:
            key = load_pem_public_key(text)
        except (ValueError, UnsupportedAlgorithm):
            raise BundleError(f"{path}: expected a public key in PEM form") from None
        if not isinstance(key, (RSAPublicKey, Ed25519PublicKey)):
            raise BundleError(f"{path}: expected an RSA or Ed25519 key, found another kind")
        return cls(key)

    def check(self, manifest: Contents, document: Document, sums: Sums) -> None:
        """Compare the manifest with its files.

        :param document: the manifest's.
        :param sums: of ``file_list``, in its order.
        :raises BundleError: when it is not signed and should be, or anything differs.
        """
        if self.key is not None and not self._is_signed(manifest):
            text = "Bundle isn't signed"
            if manifest.signature:
                text += " as an Ed25519 key needs it: there is no manifest_signature"
            raise BundleError.of([document.problem((), text)])
        if not compare_digest(sums.checksum, manifest.checksum.lower()):
            text = f"invalid checksum: the files have {sums.checksum}"
            raise BundleError.of([document.problem(("checksum",), text)])
        for name, digits in manifest.sha256.items():
            if not compare_digest(sums.sha256[name], digits):
                text = f"invalid checksum: the file has the SHA-256 {sums.sha256[name]}"
                raise BundleError.of([document.problem(("sha256", name), text)])
        if self.key is not None:
            self._check_signatures(self.key, manifest, document, sums)

    def _is_signed(self, manifest: Contents) -> bool:
        tyks = isinstance(self.key, RSAPublicKey) and manifest.signature
        return bool(tyks or manifest.manifest_signature)

    def _check_signatures(
        self,
        key: RSAPublicKey | Ed25519PublicKey,
        manifest: Contents,
        document: Document,
        sums: Sums,
    ) -> None:
        try:
            field = "signature"
            if isinstance(key, RSAPublicKey) and manifest.signature:
                digest = Prehashed(SHA256())
                key.verify(_decoded(manifest.signature), sums.digest, PKCS1v15(), digest)
            field = "manifest_signature"
            if manifest.manifest_signature:
                signature = _decoded(manifest.manifest_signature)
                signed = signed_form(document.value)
                if isinstance(key, RSAPublicKey):
                    key.verify(signature, signed, PKCS1v15(), SHA256())
                else:
                    key.verify(signature, signed)
        except InvalidSignature:
            text = "invalid signature: it is of another key or of other contents"
            raise BundleError.of([document.problem((field,), text)]) from None


def _decoded(text: str) -> bytes:
    try:
        # Line ends are passed over, as Go does.
        return base64.b64decode("".join(text.splitlines()), validate=True)
    except ValueError:
        raise InvalidSignature from None
