"""Public keys of clients that sign: by ids of the certificate store, or from files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from cryptography.x509 import load_pem_x509_certificate
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.errors import Refusal
from twisted_tyk.message.octets import octets

if TYPE_CHECKING:
    from twisted_tyk.interfaces import IStore

#: Before the id of a certificate, in the keys of the store.
PREFIX: Final = b"cert-raw-"
#: What a file of a public key has at most, in bytes.
_LARGEST: Final = 65536


@frozen
class PublicKeys:
    """:ivar in_thread: calls something with arguments in a thread."""

    store: IStore
    in_thread: Callable[..., Deferred[Any]]
    seconds: Callable[[], float]

    @inlineCallbacks
    def find(self, name: str) -> Any:
        """The RSA key of this name: an id, the path of a PEM file, or PEM itself.

        Fails with a 500 when there is none, or it is no RSA key.
        """
        if "-----BEGIN " in name:
            text: bytes | None = octets(name)
        else:
            text = yield self.store.get(PREFIX + octets(name))
            if text is None:
                text = yield self.in_thread(_read, name)
        return public_key(text, self.seconds())


def public_key(text: bytes | None, now: float) -> RSAPublicKey:
    """The key of a PEM text with a public key, or a certificate that has not expired.

    :raises Refusal: 500 when there is none, or it is no RSA key.
    """
    found: Any = None
    try:
        if text is not None and b"-----BEGIN CERTIFICATE-----" in text:
            certificate = load_pem_x509_certificate(text)
            if now <= certificate.not_valid_after_utc.timestamp():
                found = certificate.public_key()
        elif text is not None:
            found = load_pem_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        found = None
    if found is None:
        raise Refusal(500, "Certificate not found")
    if not isinstance(found, RSAPublicKey):
        raise Refusal(500, "Certificate doesn't contain RSA Public key")
    return found


def _read(name: str) -> bytes | None:
    try:
        file = Path(name)
        if not file.is_file():
            return None
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except (OSError, ValueError):
        return None
