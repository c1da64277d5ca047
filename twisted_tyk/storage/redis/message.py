"""Messages between nodes as they travel, and whom to believe. The format is Tyk's."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Any, Final

from attrs import field, frozen
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

#: Go's number of SHA-256, by which Tyk's nodes sign.
_BY_SECRET: Final = 5


class NotBelieved(Exception):
    """It is no message, or nobody knows who sent it. Its text says which."""


@frozen
class Message:
    command: str
    payload: str


@frozen
class Messages:
    """
    :ivar node_secret: what the nodes of a cluster share; it signs what this one sends.
    :ivar unsigned: believe everybody (``allow_insecure_configs``).
    :ivar public_key: of who may sign with RSA, as Tyk's Dashboard does.
    """

    node_secret: str = field(repr=False)
    unsigned: bool = False
    public_key: RSAPublicKey | None = None

    def written(self, message: Message) -> bytes:
        """As it travels, signed."""
        document = {
            "command": message.command,
            "payload": message.payload,
            "signature": self._signature(message),
            "algorithm": _BY_SECRET,
        }
        return json.dumps(document, separators=(",", ":")).encode()

    def read(self, data: bytes) -> Message:
        """:raises NotBelieved:"""
        try:
            document = json.loads(data)
            command, payload = document["command"], document["payload"]
            if not isinstance(command, str) or not isinstance(payload, str):
                raise TypeError
        except (ValueError, TypeError, KeyError, RecursionError):
            raise NotBelieved("it is no JSON object with a command and a payload") from None
        message = Message(command, payload)
        if not self.unsigned:
            self._check(message, document)
        return message

    def _check(self, message: Message, document: dict[str, Any]) -> None:
        given = document.get("signature")
        if not isinstance(given, str):
            raise NotBelieved("it is not signed")
        if document.get("algorithm") == _BY_SECRET:
            if not compare_digest(given.encode(), self._signature(message).encode()):
                raise NotBelieved("its signature is not made with this node_secret")
        elif self.public_key is None:
            raise NotBelieved("it is signed with RSA, and public_key_path names no RSA key")
        else:
            try:
                self.public_key.verify(
                    b64decode(given, validate=True), message.payload.encode(), PKCS1v15(), SHA256()
                )
            except (InvalidSignature, ValueError):
                raise NotBelieved("its signature is not of the key in public_key_path") from None

    def _signature(self, message: Message) -> str:
        text = message.command + message.payload + self.node_secret
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_public_key(file: str) -> RSAPublicKey | None:
    """The key in a PEM file; none when there is no name of one, or it is an Ed25519 key.

    Bundles may be signed with that, messages may not.

    :raises ValueError: one sentence with the file and what is wrong.
    """
    if not file:
        return None
    try:
        key = load_pem_public_key(Path(file).read_bytes())
        if isinstance(key, RSAPublicKey):
            return key
        if isinstance(key, Ed25519PublicKey):
            return None
    except OSError as error:
        raise ValueError(f"public_key_path: cannot read {file}: {error.strerror}") from None
    except (ValueError, UnsupportedAlgorithm):
        pass
    raise ValueError(f"public_key_path: {file} is not an RSA public key in PEM")
