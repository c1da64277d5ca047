"""Requests that their clients have signed, with a secret or a private key."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from certificates import self_signed
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from gateways import Events, MakeGateway

from twisted_tyk.authenticate import signature
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import Answer, MemoryGateway, definition

SIGNED = {"use_keyless": False, "enable_signature_checking": True}
REFUSED = "Authorization field missing, malformed or invalid"


def date(seconds: float = 0.0) -> str:
    at = datetime.now(timezone.utc) + timedelta(seconds=seconds)
    return format_datetime(at, usegmt=True)


def header(given: bytes, algorithm: str = "hmac-sha256", names: str = "date") -> str:
    encoded = quote(b64encode(given).decode(), safe="")
    return (
        f'Signature keyId="client",algorithm="{algorithm}",headers="{names}",signature="{encoded}"'
    )


def hashed(text: str, hash_name: str = "sha256", secret: str = "s3cret") -> bytes:
    return hmac.digest(secret.encode(), text.encode(), hash_name)


def told(answer: Answer) -> Any:
    return json.loads(answer.body)["error"]


def add(running: MemoryGateway, **fields: Any) -> None:
    given = {"hmac_enabled": True, "hmac_string": "s3cret", "alias": "Client", **fields}
    running.service.shared.keys.write("client", SessionState(**given))


@pytest.fixture
def running(gateway: MakeGateway) -> MemoryGateway:
    made = gateway(definition("one", **SIGNED, hmac_allowed_clock_skew=5000.0))
    add(made)
    return made


@pytest.mark.parametrize("hash_name", ["sha1", "sha256", "sha384", "sha512"])
def test_a_request_with_a_good_signature(running: MemoryGateway, hash_name: str) -> None:
    now = date()
    good = header(hashed(f"date: {now}", hash_name), f"hmac-{hash_name}")
    assert running.get("/one/x", Date=now, Authorization=good).status == 200
    assert running.records.hits[-1].alias == "Client"
    assert running.get("/one/x", X_Aux_Date=now, Authorization=good).status == 400


def test_what_is_signed_can_not_be_changed(running: MemoryGateway) -> None:
    now = date()
    text = f"(request-target): get /one/a b\nx-aux-date: {now}\nx-test: 1"
    names = "(request-target) date x-test"
    good = header(hashed(text), names=names)
    fields = {"X_Aux_Date": now, "X_Test": "1", "Authorization": good}
    assert running.get("/one/a%20b?q=1", **fields).status == 200
    assert running.get("/one/a%20c", **fields).status == 400
    assert running.request("POST", "/one/a%20b", {}).status == 400
    for change in ({"X_Test": "2"}, {"X_Aux_Date": date(1)}):
        assert running.get("/one/a%20b", **{**fields, **change}).status == 400
    assert len(running.upstream.requests) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"text": "other"},
        {"secret": "other"},
        {"secret": ""},
        {"hash_name": "sha1"},
        {"algorithm": "hmac-md5"},
        {"algorithm": "rsa-sha256"},
        {"algorithm": "rsa-sha512"},
        {"algorithm": ""},
        {"names": "host"},
        {"keyId": "other"},
        {"keyId": "x"},
    ],
)
def test_every_other_is_refused_in_the_same_words(
    running: MemoryGateway, events: Events, change: dict[str, str]
) -> None:
    now = date()
    given = hashed(
        change.get("text", f"date: {now}"),
        change.get("hash_name", "sha256"),
        change.get("secret", "s3cret"),
    )
    value = header(given, change.get("algorithm", "hmac-sha256"), change.get("names", "date"))
    value = value.replace('"client"', f'"{change.get("keyId", "client")}"')
    answer = running.get("/one/x", Date=now, Authorization=value)
    assert (answer.status, told(answer)) == (400, REFUSED)
    assert running.upstream.requests == []
    assert len([text for text in events.texts() if "AuthFailure" in text]) == 1


@pytest.mark.parametrize("value", ["", "Signature", "Bearer client", 'Signature keyId="client"'])
def test_without_a_signature(running: MemoryGateway, events: Events, value: str) -> None:
    fields = {"Date": date(), **({"Authorization": value} if value else {})}
    answer = running.request("GET", "/one/x", fields)
    assert (answer.status, told(answer)) == (400, REFUSED)
    assert len([text for text in events.texts() if "AuthFailure" in text]) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"hmac_enabled": False},
        {"hmac_string": ""},
        {"hmac_string": "", "enable_http_signature_validation": True},
    ],
)
def test_a_key_that_is_not_meant_to_sign(running: MemoryGateway, fields: dict[str, Any]) -> None:
    add(running, **fields)
    now = date()
    for secret in ("s3cret", ""):
        given = header(hashed(f"date: {now}", secret=secret))
        assert running.get("/one/x", Date=now, Authorization=given).status == 400


def test_either_switch_of_a_key(running: MemoryGateway) -> None:
    add(running, hmac_enabled=False, enable_http_signature_validation=True)
    now = date()
    given = header(hashed(f"date: {now}"))
    assert running.get("/one/x", Date=now, Authorization=given).status == 200


@pytest.mark.parametrize(("late", "status"), [(0, 200), (-3, 200), (3, 200), (-9, 400), (9, 400)])
def test_a_clock_may_be_a_little_wrong(running: MemoryGateway, late: int, status: int) -> None:
    then = date(late)
    given = header(hashed(f"date: {then}"))
    assert running.get("/one/x", Date=then, Authorization=given).status == status


def test_a_date_that_is_not_signed_is_none(running: MemoryGateway) -> None:
    given = header(hashed("x-test: 1"), names="x-test")
    fields = {"X_Test": "1", "Authorization": given}
    assert running.get("/one/x", Date=date(), **fields).status == 400


def test_without_a_skew_any_date_will_do_but_there_is_one(gateway: MakeGateway) -> None:
    running = gateway(definition("one", **SIGNED))
    add(running)
    given = header(hashed("x-test: 1"), names="x-test")
    fields = {"X_Test": "1", "Authorization": given}
    assert running.get("/one/x", Date=date(-86400), **fields).status == 200
    assert running.get("/one/x", Date="yesterday", **fields).status == 400
    assert running.get("/one/x", **fields).status == 400


def test_only_some_algorithms(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", **SIGNED, hmac_allowed_algorithms=["hmac-sha512", "rsa-sha256"]),
        definition("two", **SIGNED, hmac_allowed_algorithms=["hmac-md5"]),
    )
    add(running)
    now = date()
    text = f"date: {now}"
    for hash_name, status in (("sha512", 200), ("sha256", 400), ("sha1", 400)):
        given = header(hashed(text, hash_name), f"hmac-{hash_name}")
        assert running.get("/one/x", Date=now, Authorization=given).status == status
        assert running.get("/two/x", Date=now, Authorization=given).status == 400
    # No algorithm is hmac-sha1.
    given = header(hashed(text, "sha1")).replace('algorithm="hmac-sha256",', "")
    assert running.get("/one/x", Date=now, Authorization=given).status == 400


def test_where_the_definition_says(gateway: MakeGateway) -> None:
    configs = {"hmac": {"auth_header_name": "X-Signature"}}
    running = gateway(definition("one", **SIGNED, auth_configs=configs))
    add(running)
    now = date()
    given = header(hashed(f"date: {now}"))
    assert running.get("/one/x", Date=now, Authorization=given).status == 400
    assert running.get("/one/x", Date=now, X_Signature=given).status == 200


def test_near_and_far_are_told_apart_in_constant_time(
    running: MemoryGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []
    monkeypatch.setattr(signature, "compare_digest", lambda *both: compared.append(both))
    now = date()
    ours = hashed(f"date: {now}")
    for theirs in (ours, b"far"):
        running.get("/one/x", Date=now, Authorization=header(theirs))
    assert compared == [(ours, ours), (ours, b"far")]


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def certificate(private: rsa.RSAPrivateKey, days: int) -> bytes:
    return self_signed(private, "client", days).public_bytes(Encoding.PEM)


def ask(running: MemoryGateway, private: rsa.RSAPrivateKey, spoil: str = "") -> Answer:
    now = date()
    given = private.sign(f"date: {now}{spoil}".encode(), PKCS1v15(), SHA256())
    return running.get("/one/x", Date=now, Authorization=header(given, "rsa-sha256"))


def add_signer(running: MemoryGateway, certificate_id: str, **fields: Any) -> None:
    add(
        running,
        **{
            "hmac_enabled": False,
            "enable_http_signature_validation": True,
            "rsa_certificate_id": certificate_id,
            **fields,
        },
    )


@pytest.mark.parametrize("form", ["key", "certificate", "file", "text"])
def test_a_private_key(
    running: MemoryGateway, tmp_path: Path, private_key: rsa.RSAPrivateKey, form: str
) -> None:
    name, text = "default" + "a1" * 32, pem(private_key)
    if form == "file":
        file = tmp_path / "public.pem"
        file.write_bytes(text)
        name = str(file)
    elif form == "text":
        name = text.decode()
    else:
        text = certificate(private_key, 1) if form == "certificate" else text
        running.service.shared.store.set(b"cert-raw-" + name.encode(), text)
    add_signer(running, name)
    assert ask(running, private_key).status == 200
    assert ask(running, private_key).status == 200
    assert running.records.hits[-1].alias == "Client"
    answer = ask(running, private_key, "x")
    assert (answer.status, told(answer)) == (400, REFUSED)


@pytest.mark.parametrize(
    ("stored", "message"),
    [
        (None, "Certificate not found"),
        (b"", "Certificate not found"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "Certificate not found"),
        ("expired", "Certificate not found"),
        ("curve", "Certificate doesn't contain RSA Public key"),
    ],
)
def test_without_its_public_key_500(
    running: MemoryGateway,
    events: Events,
    private_key: rsa.RSAPrivateKey,
    stored: bytes | str | None,
    message: str,
) -> None:
    if stored == "expired":
        stored = certificate(private_key, -1)
    elif stored == "curve":
        stored = pem(ec.generate_private_key(ec.SECP256R1()))
    if isinstance(stored, bytes):
        running.service.shared.store.set(b"cert-raw-id", stored)
    add_signer(running, "id")
    answer = ask(running, private_key)
    assert (answer.status, told(answer)) == (500, message)
    assert not [text for text in events.texts() if "AuthFailure" in text]


@pytest.mark.parametrize(
    "fields", [{"enable_http_signature_validation": False}, {"rsa_certificate_id": ""}]
)
def test_a_key_that_is_not_meant_to_sign_with_a_private_key(
    running: MemoryGateway, private_key: rsa.RSAPrivateKey, fields: dict[str, Any]
) -> None:
    running.service.shared.store.set(b"cert-raw-id", pem(private_key))
    add_signer(running, "id", **fields)
    assert ask(running, private_key).status == 400


def test_a_public_key_that_is_gone_is_missed_after_a_while(
    running: MemoryGateway, private_key: rsa.RSAPrivateKey
) -> None:
    running.service.shared.store.set(b"cert-raw-id", pem(private_key))
    add_signer(running, "id")
    assert ask(running, private_key).status == 200
    running.service.shared.store.delete(b"cert-raw-id")
    running.advance(11)
    assert ask(running, private_key).status == 500


def test_a_public_key_is_no_secret(running: MemoryGateway, private_key: rsa.RSAPrivateKey) -> None:
    """The old trick: sign with the public key as if it were the shared secret."""
    text = pem(private_key)
    running.service.shared.store.set(b"cert-raw-id", text)
    add_signer(running, "id", hmac_string="")
    now = date()
    forged = header(hashed(f"date: {now}", secret=text.decode()))
    assert running.get("/one/x", Date=now, Authorization=forged).status == 400
