"""Messages between nodes: what is written, and who is believed."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.storage.redis.message import Message, Messages, NotBelieved, read_public_key

RELOAD = Message("GroupReload", "who")


def signed(secret: str, **changes: Any) -> bytes:
    """As a node of Tyk writes it."""
    document = {
        "command": "GroupReload",
        "payload": "who",
        "signature": sha256(f"GroupReloadwho{secret}".encode()).hexdigest(),
        "algorithm": 5,
        **changes,
    }
    return json.dumps(
        {name: value for name, value in document.items() if value is not None}
    ).encode()


def test_what_is_written_is_what_tyk_writes() -> None:
    assert json.loads(Messages("s3cret").written(RELOAD)) == json.loads(signed("s3cret"))


def test_who_has_the_secret_is_believed() -> None:
    assert Messages("s3cret").read(signed("s3cret")) == RELOAD


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (signed("guess"), "node_secret"),
        (signed("s3cret", payload="other"), "node_secret"),
        (signed("s3cret", command="ApiAdded"), "node_secret"),
        (signed("s3cret", signature=""), "node_secret"),
        (signed("s3cret", signature="\N{SNOWMAN}"), "node_secret"),
        (signed("s3cret", signature=None), "not signed"),
        (signed("s3cret", signature=5), "not signed"),
        (signed("s3cret", algorithm=None), "RSA"),
        (signed("s3cret", algorithm=0), "RSA"),
        (signed("s3cret", algorithm="sha256"), "RSA"),
        (signed("s3cret", payload=5), "no JSON"),
        (signed("s3cret", command=None), "no JSON"),
        (b"[]", "no JSON"),
        (b"\xff", "no JSON"),
        (b"[" * 100_000, "no JSON"),
    ],
)
def test_nobody_else_is(data: bytes, why: str) -> None:
    with pytest.raises(NotBelieved, match=why):
        Messages("s3cret").read(data)


def test_unless_everybody_is() -> None:
    everybody = Messages("s3cret", unsigned=True)
    assert everybody.read(signed("guess")) == RELOAD
    assert everybody.read(b'{"command": "GroupReload", "payload": "who"}') == RELOAD
    with pytest.raises(NotBelieved, match="no JSON"):
        everybody.read(b"{}")


@given(st.text(), st.text(), st.text())
def test_what_was_written_can_be_read(secret: str, command: str, payload: str) -> None:
    messages, message = Messages(secret), Message(command, payload)
    assert messages.read(messages.written(message)) == message


def test_the_secret_is_not_in_the_repr() -> None:
    assert "s3cret" not in repr(Messages("s3cret"))


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    """Of a Dashboard."""
    return rsa.generate_private_key(65537, 2048)


class TestDashboard:
    def by(self, key: rsa.RSAPrivateKey, payload: str = "who") -> bytes:
        signature = key.sign(payload.encode(), padding.PKCS1v15(), SHA256())
        return signed("", signature=b64encode(signature).decode(), algorithm=0)

    def test_its_key_is_believed(self, key: rsa.RSAPrivateKey, tmp_path: Path) -> None:
        file = tmp_path / "public.pem"
        file.write_bytes(
            key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        )
        messages = Messages("s3cret", False, read_public_key(str(file)))
        assert messages.read(self.by(key)) == RELOAD
        for other in (self.by(key, "another payload"), signed("x", algorithm=0, signature="%%")):
            with pytest.raises(NotBelieved, match="public_key_path"):
                messages.read(other)

    def test_a_file_that_is_no_key(self, tmp_path: Path) -> None:
        file = tmp_path / "public.pem"
        with pytest.raises(ValueError, match="public_key_path: cannot read"):
            read_public_key(str(file))
        file.write_text("hello")
        with pytest.raises(ValueError, match="not an RSA public key"):
            read_public_key(str(file))
        curve = ec.generate_private_key(ec.SECP256R1()).public_key()
        file.write_bytes(curve.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        with pytest.raises(ValueError, match="not an RSA public key"):
            read_public_key(str(file))
        assert read_public_key("") is None

    def test_a_key_that_only_bundles_are_signed_with(
        self, key: rsa.RSAPrivateKey, tmp_path: Path
    ) -> None:
        file = tmp_path / "public.pem"
        public = ed25519.Ed25519PrivateKey.generate().public_key()
        file.write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        messages = Messages("s3cret", False, read_public_key(str(file)))
        with pytest.raises(NotBelieved, match="public_key_path names no RSA key"):
            messages.read(self.by(key))
