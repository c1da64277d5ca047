"""Given a key, a bundle is used that its owner signed, as Tyk does it or as we do."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bundle_archives import (
    FILES,
    HOOKS,
    Key,
    ed25519_key,
    laid_down,
    other_rsa_key,
    our_manifest,
    private_pem,
    public_pem,
    rsa_key,
    signature,
    tyk_manifest,
)
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from twisted_tyk.bundles.manifest import BundleManifest
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust, signed_form
from twisted_tyk.bundles.unpack import checked

Check = Callable[[Any, Key], None]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Has a bundle with this manifest checked with this key."""

    def run(manifest: Any, key: Key) -> None:
        pem = tmp_path / "public.pem"
        pem.write_bytes(public_pem(key))
        laid_down(tmp_path / "bundle", manifest=manifest)
        checked(tmp_path / "bundle", BundleManifest, Trust.load(pem))

    return run


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(BundleError) as refused:
        call()
    return str(refused.value)


def test_what_tyk_signed_is_good(check: Check) -> None:
    check(tyk_manifest(FILES, rsa_key()), rsa_key())


def test_line_ends_in_a_signature_are_passed_over(check: Check) -> None:
    """As Go does."""
    manifest = tyk_manifest(FILES, rsa_key())
    signed = base64.encodebytes(base64.b64decode(manifest["signature"])).decode()
    check(manifest | {"signature": signed}, rsa_key())


@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
def test_what_we_signed_is_good(check: Check, key: Callable[[], Key]) -> None:
    check(our_manifest(FILES, key()), key())


def test_ours_alone_is_enough_with_rsa(check: Check) -> None:
    check(our_manifest(FILES, rsa_key()) | {"signature": ""}, rsa_key())


@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
def test_without_a_signature_it_is_refused(check: Check, key: Callable[[], Key]) -> None:
    assert "Bundle isn't signed" in refusal(lambda: check(our_manifest(FILES), key()))


def test_tyks_is_not_enough_with_ed25519(check: Check) -> None:
    sentence = refusal(lambda: check(tyk_manifest(FILES, rsa_key()), ed25519_key()))
    assert "Bundle isn't signed as an Ed25519 key needs it" in sentence


@pytest.mark.parametrize(
    "manifest",
    [
        tyk_manifest(FILES, other_rsa_key()),
        our_manifest(FILES, other_rsa_key()),
        our_manifest(FILES, ed25519_key()),
        tyk_manifest(FILES) | {"signature": signature(rsa_key(), b"other contents")},
        tyk_manifest(FILES) | {"signature": "not base64"},
        our_manifest(FILES, rsa_key()) | {"manifest_signature": "AAAA"},
        our_manifest(FILES, rsa_key()) | {"signature": "AAAA"},
    ],
)
def test_a_wrong_signature_is_refused(check: Check, manifest: Any) -> None:
    assert "invalid signature" in refusal(lambda: check(manifest, rsa_key()))


@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
@pytest.mark.parametrize(
    "change",
    [
        {"custom_middleware": {**HOOKS, "pre": HOOKS["post"]}},
        {"custom_middleware": {**HOOKS, "driver": "python"}},
        {"driver": "goplugin"},
        {"anything": 1},
    ],
)
def test_ours_is_over_all_that_the_manifest_says(
    check: Check, key: Callable[[], Key], change: Any
) -> None:
    manifest = our_manifest(FILES, key()) | change
    assert "manifest_signature: invalid" in refusal(lambda: check(manifest, key()))


def test_tyks_is_over_the_contents_alone(check: Check) -> None:
    """Which is why an Ed25519 key wants ours."""
    hooks = {**HOOKS, "pre": HOOKS["post"]}
    check(tyk_manifest(FILES, rsa_key()) | {"custom_middleware": hooks}, rsa_key())


def test_how_the_manifest_is_written_does_not_matter() -> None:
    value = our_manifest(FILES, ed25519_key(), größe=1.5)
    turned = json.loads(json.dumps(dict(reversed(value.items())), indent=4))
    assert signed_form(turned) == signed_form(value)
    upper = {"CHECKSUM": "x", "Signature": "y"} | value
    assert signed_form(upper) == signed_form(value)


def test_the_signed_form_is_json_without_what_is_made_of_it() -> None:
    value = {"z": [1, {"b": "ü", "a": None}], "checksum": "1", "file_list": [], "signature": "2"}
    assert signed_form(value) == '{"file_list":[],"z":[1,{"a":null,"b":"ü"}]}'.encode()


def test_no_key_asks_for_no_signature(tmp_path: Path) -> None:
    manifest = tyk_manifest(FILES, other_rsa_key())
    checked(laid_down(tmp_path, manifest=manifest), BundleManifest, Trust())


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "expected a public key in PEM form"),
        (
            b"-----BEGIN PUBLIC KEY-----\nx\n-----END PUBLIC KEY-----",
            "expected a public key in PEM",
        ),
        (private_pem(ed25519_key()), "holds a private key, expected the public key to it"),
        (
            ec.generate_private_key(ec.SECP256R1())
            .public_key()
            .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "expected an RSA or Ed25519 key, found another kind",
        ),
    ],
)
def test_a_file_without_a_good_key_is_refused(tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(content)
    assert refusal(lambda: Trust.load(file)).startswith(f"{file}: {says}")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    says = "the key for bundles cannot be read: No such file or directory"
    assert refusal(lambda: Trust.load(tmp_path / "no.pem")) == f"{tmp_path}/no.pem: {says}"
    assert "null byte" in refusal(lambda: Trust.load("a\0b"))


def test_keys_in_the_older_form_of_rsa_are_read(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_bytes(rsa_key().public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1))
    assert Trust.load(file) == Trust.load(file)


def test_a_key_is_not_in_a_log() -> None:
    assert repr(Trust(rsa_key().public_key())) == "Trust()"
