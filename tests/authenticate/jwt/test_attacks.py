"""Forged and twisted tokens: each is turned away with Tyk's words, and nothing is upset."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from gateways import Events, MakeGateway
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwe, jws
from joserfc.jwk import OctKey, RSAKey
from signed_tokens import SECRET, b64, b64url, claims, ec, jwks, oct_key, okp, pem, raw, rsa, token
from token_apis import URL, api, error, policies, serve
from twisted.logger import LogLevel

from twisted_tyk.session.state import JWTData, SessionState
from twisted_tyk.testing import MemoryGateway

GOOD = json.dumps(claims()).encode()
REFUSED = "Key not authorized"
OTHER = "Key not authorized: Unexpected signing method"


@pytest.fixture
def refused(gateway: MakeGateway, tmp_path: Path, events: Events) -> Iterator[Any]:
    """Sends tokens to an API that believes RSA keys, and asserts that none gets through."""
    made: dict[str, MemoryGateway] = {}

    def send(*texts: str, says: str | None = REFUSED, definition: Any = None) -> None:
        key = json.dumps(definition)
        if key not in made:
            chosen = definition or api(b64(pem(rsa())))
            made[key] = gateway(chosen, settings=policies(tmp_path))
            serve(made[key], jwks=jwks(rsa(), ec()))
        running = made[key]
        for text in texts:
            answer = running.get("/one/x", Authorization=f"Bearer {text}")
            assert answer.status == 403, text[:60]
            assert error(answer.body) in ((says,) if says else (REFUSED, OTHER)), text[:60]
        assert not [seen for seen in running.upstream.requests if seen.target != "/jwks"]

    yield send
    # Neither a traceback nor anything of a token is in the log.
    assert not [event for event in events.seen if event["log_level"] >= LogLevel.error]
    assert not [text for text in events.texts() if "eyJ" in text or "alice" in text]


def header(**members: Any) -> bytes:
    return json.dumps(members).encode()


def hmacked(head: bytes, payload: bytes, secret: bytes) -> str:
    """A token with an HMAC, whatever its header says."""
    signed = raw(head, payload).rpartition(".")[0]
    return f"{signed}.{b64url(hmac.digest(secret, signed.encode(), hashlib.sha256))}"


NONE = ["none", "None", "NONE", "nOnE", "none ", " none", "none\0", "", "NoNe256"]


@pytest.mark.parametrize("method", ["hmac", "rsa", "ecdsa", "eddsa"])
def test_none_in_every_spelling(refused: Any, method: str) -> None:
    sources = {"hmac": SECRET, "rsa": pem(rsa()), "ecdsa": pem(ec()), "eddsa": pem(okp())}
    definition = api(b64(sources[method]), method)
    for algorithm in NONE:
        for signature in (b"", b"x", hmac.digest(b"", b"", hashlib.sha256)):
            text = raw(header(alg=algorithm), GOOD, signature)
            refused(text, says=OTHER, definition=definition)


@pytest.mark.parametrize("alg", [None, 5, True, [], {}, ["RS256"], {"RS256": 1}])
def test_an_algorithm_that_is_no_text(refused: Any, alg: Any) -> None:
    refused(raw(header(alg=alg), GOOD, b"x" * 256))


@pytest.mark.parametrize("alg", ["RS255", "rs256", "RS256 ", "ES256K", "ES256", "EdDSA", "HS256"])
def test_an_algorithm_of_other_keys(refused: Any, alg: str) -> None:
    refused(raw(header(alg=alg), GOOD, b"x" * 256), says=OTHER)


def test_no_algorithm(refused: Any) -> None:
    refused(raw(header(typ="JWT"), GOOD, b"x"))


def public_forms(key: Any) -> list[bytes]:
    text = pem(key)
    der = base64.b64decode(b"".join(text.splitlines()[1:-1]))
    return [text, text.rstrip(b"\n"), text + b"\n", der, text.replace(b"\n", b"\r\n")]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_a_public_key_as_the_secret_of_an_hmac(refused: Any, algorithm: str) -> None:
    texts = [hmacked(header(alg=algorithm), GOOD, form) for form in public_forms(rsa())]
    refused(*texts, says=OTHER)
    refused(*texts, says=OTHER, definition=api(URL))
    # Nor when the header says RS256 and the signature is an HMAC.
    refused(*(hmacked(header(alg="RS256"), GOOD, form) for form in public_forms(rsa())))


def test_a_public_key_as_the_secret_of_an_hmac_with_keys_of_clients(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = gateway(api("", "hmac"))
    key = SessionState(jwt_data=JWTData(pem(rsa()).decode()))
    running.service.shared.keys.write("mine", key)
    for form in public_forms(rsa()):
        text = hmacked(header(alg="HS256", kid="mine"), GOOD, form)
        answer = running.get("/one/x", Authorization=text)
        assert (answer.status, error(answer.body)) == (403, REFUSED)


def test_keys_that_the_token_brings_along(refused: Any) -> None:
    mine = rsa(number=1)
    brought: dict[str, Any] = {
        "jwk": mine.as_dict(private=False),
        "jku": "http://127.0.0.1:9000/evil",
        "x5u": "http://127.0.0.1:9000/evil",
        "x5c": [b64(pem(mine))],
        "x5t": "x",
    }
    for source in (b64(pem(rsa())), URL):
        definition = api(source)
        for name, value in brought.items():
            refused(token(mine, {"kid": "k0", name: value}), definition=definition)
        refused(token(mine, {"kid": "k0", **brought}), definition=definition)


def test_an_embedded_secret(refused: Any) -> None:
    secret = oct_key("mine")
    head = {"kid": "k0", "jwk": secret.as_dict(private=True)}
    refused(token(secret, head), says=REFUSED, definition=api(b64(SECRET), "hmac"))


KIDS = [
    "../../../../dev/null",
    "/etc/passwd",
    "' OR '1'='1",
    "k0' UNION SELECT 'x",
    "k0\0",
    "\0",
    "",
    "*",
    "apikey-*",
    "k0 ",
    "K0",
    "k0;id",
    "$(id)",
    "http://127.0.0.1:9000/evil",
    "\u0000\ufeff",
    "k" * 3000,
]


@pytest.mark.parametrize("kid", KIDS)
def test_names_of_keys_that_mean_something_else(refused: Any, kid: str) -> None:
    refused(token(rsa(), {"kid": kid}), definition=api(URL))
    refused(token(oct_key(""" """), {"kid": kid}), definition=api("", "hmac"))


@pytest.mark.parametrize("kid", [5, 1.5, True, [], ["k0"], {"a": 1}, [[["k0"]]]])
def test_names_of_keys_that_are_no_texts(refused: Any, kid: Any) -> None:
    for definition in (api(URL), api("", "hmac"), api(b64(pem(rsa())))):
        algorithm = "HS256" if definition["jwt_signing_method"] == "hmac" else "RS256"
        refused(raw(header(alg=algorithm, kid=kid), GOOD, b"x" * 256), definition=definition)


def test_half_a_pair_of_surrogates(refused: Any) -> None:
    head = b'{"alg":"RS256","kid":"\\ud800"}'
    refused(raw(head, GOOD, b"x"), definition=api(URL))
    definition = api(b64(SECRET), "hmac")
    payload = b'{"sub":"\\udfff"}'
    refused(hmacked(b'{"alg":"HS256"}', payload, SECRET.encode()), definition=definition)


def test_too_long(refused: Any) -> None:
    refused(token(rsa(), pad="x" * 20_000))
    refused("a." * 30_000)
    refused("." * 60_000)
    refused("a" * 60_000)
    refused(raw(header(alg="RS256", pad="x" * 5_000), GOOD, b"x"))
    refused(raw(header(alg="RS256"), GOOD, b"x" * 5_000))


@pytest.mark.parametrize("deep", [b"[", b'{"a":'])
def test_very_deep(refused: Any, deep: bytes) -> None:
    refused(raw(deep * 600, GOOD, b"x"))
    refused(raw(header(alg="RS256"), deep * 1500, b"x"))
    text = hmacked(header(alg="HS256"), deep * 1500, SECRET.encode())
    refused(text, definition=api(b64(SECRET), "hmac"))


@pytest.mark.parametrize(
    "critical", [["exp"], ["b64"], ["kid"], [], "exp", 5, None, {"exp": 1}, [5], ["alg"]]
)
def test_critical_headers(refused: Any, critical: Any) -> None:
    head = header(alg="HS256", crit=critical, exp=1, kid="x")
    refused(hmacked(head, GOOD, SECRET.encode()), definition=api(b64(SECRET), "hmac"))


@pytest.mark.parametrize("crit", [{}, {"crit": ["b64"]}])
@pytest.mark.parametrize("encoded", [False, True, 0, "false", None])
def test_payloads_that_are_not_encoded(refused: Any, encoded: Any, crit: Any) -> None:
    head = b64url(header(alg="HS256", b64=encoded, **crit))
    for payload in (GOOD.decode(), b64url(GOOD)):
        signed = f"{head}.{payload}"
        digest = hmac.digest(SECRET.encode(), signed.encode(), hashlib.sha256)
        refused(f"{signed}.{b64url(digest)}", definition=api(b64(SECRET), "hmac"))


@pytest.mark.parametrize(
    ("head", "payload"),
    [
        (b'{"alg":"HS256","alg":"HS256"}', GOOD),
        (b'{"alg":"none","alg":"HS256"}', GOOD),
        (b'{"alg":"HS256","kid":"a","kid":"b"}', GOOD),
        (b'{"alg":"HS256"}', b'{"sub":"bob","sub":"admin"}'),
        (b'{"alg":"HS256"}', b'{"sub":"bob","a":{"b":1,"b":2}}'),
        (b'{"alg":"HS256"}', b'{"sub":"bob","exp":NaN}'),
        (b'{"alg":"HS256"}', b'{"sub":"bob","exp":Infinity}'),
        (b'{"alg":"HS256"}', b"[]"),
        (b'{"alg":"HS256"}', b'"alice"'),
        (b'{"alg":"HS256"}', b"null"),
        (b'{"alg":"HS256"}', b""),
        (b'{"alg":"HS256"}', b"\xff\xfe"),
        (b'{"alg":"HS256"}', b'{"sub":"a"}x'),
        (b'{"alg":"HS256"}', b'{"sub":' + b"9" * 5000 + b"}"),
        (b'\xef\xbb\xbf{"alg":"HS256"}', GOOD),
        (b'"alg b64"', GOOD),
        (b'["alg"]', GOOD),
        (b"5", GOOD),
    ],
)
def test_json_that_two_readers_might_read_differently(
    refused: Any, head: bytes, payload: bytes
) -> None:
    text = hmacked(head, payload, SECRET.encode())
    refused(text, definition=api(b64(SECRET), "hmac"))


def test_a_number_that_is_too_large_never_ends_a_token(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    text = hmacked(b'{"alg":"HS256"}', b'{"sub":"a","exp":1e999}', SECRET.encode())
    answer = running.get("/one/x", Authorization=text)
    assert (answer.status, error(answer.body)) == (401, f"{REFUSED}: token has expired")


def test_numbers_of_hundreds_of_digits(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    payload = b'{"sub":"a","exp":%s,"iat":-%s,"x":%s}' % ((b"9" * 400,) * 3)
    text = hmacked(b'{"alg":"HS256"}', payload, SECRET.encode())
    assert running.get("/one/x", Authorization=text).status == 200


def test_base64_that_is_not_as_it_must_be(refused: Any) -> None:
    head, payload, signature = token(rsa()).split(".")
    for wrong in ("=", "==", "!", "+", "/", "\t", "A", "\u00e9", "%3D", ","):
        refused(
            f"{head}{wrong}.{payload}.{signature}",
            f"{head}.{payload}{wrong}.{signature}",
            f"{head}.{payload}.{signature}{wrong}x",
        )
    refused(f"{head}.{payload}", f"{head}.{payload}.", f".{payload}.{signature}")
    refused(f"{head}.{payload}.{signature}.x", f"{head}..{signature}", "..", "...", ".", "x")


def test_a_signature_that_only_ends_in_other_bits(refused: Any) -> None:
    # The last character has bits to spare: other texts must not mean the same signature.
    text = hmacked(header(alg="HS256"), GOOD, SECRET.encode())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    others = [text[:-1] + last for last in alphabet if last != text[-1]]
    refused(*others, definition=api(b64(SECRET), "hmac"))


def test_another_curve(refused: Any) -> None:
    definition = api(b64(pem(ec())), "ecdsa")
    refused(token(ec("P-384"), {"alg": "ES384"}), definition=definition)
    refused(token(ec("P-521"), {"alg": "ES512"}), definition=definition)
    _, payload, signature = token(ec("P-384"), {"alg": "ES384"}).split(".")
    refused(f"{b64url(header(alg='ES256'))}.{payload}.{signature}", definition=definition)
    refused(token(ec(), {"alg": "ES256", "kid": "k0"}), definition=api(URL, "ecdsa"))
    refused(token(rsa(), {"kid": "k1"}), definition=api(URL))


N = int("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16)


def test_signatures_of_zeros(refused: Any) -> None:
    definition = api(b64(pem(ec())), "ecdsa")
    numbers = (0, 1, N - 1, N, N + 1, (1 << 256) - 1)
    for r in numbers:
        for s in numbers:
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
            refused(raw(header(alg="ES256"), GOOD, signature), definition=definition)
    for size in (0, 1, 63, 65, 96, 132):
        refused(raw(header(alg="ES256"), GOOD, bytes(size)), definition=definition)
    eddsa = api(b64(pem(okp())), "eddsa")
    for size in (0, 63, 64, 114):
        refused(raw(header(alg="EdDSA"), GOOD, bytes(size)), definition=eddsa)


def test_a_signature_in_der(refused: Any) -> None:
    signed = raw(header(alg="ES256"), GOOD).rpartition(".")[0]
    private: Any = ec().private_key
    der = private.sign(signed.encode(), ECDSA(hashes.SHA256()))
    refused(f"{signed}.{b64url(der)}", definition=api(b64(pem(ec())), "ecdsa"))


def test_encrypted_tokens(refused: Any) -> None:
    public = RSAKey.import_key(pem(rsa()))
    registry = jwe.JWERegistry(algorithms=["RSA-OAEP", "A128GCM", "PBES2-HS256+A128KW", "dir"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encrypted = jwe.encrypt_compact(
            {"alg": "RSA-OAEP", "enc": "A128GCM"}, GOOD, public, registry=registry
        )
        slow = jwe.encrypt_compact(
            {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 1000},
            GOOD,
            OctKey.import_key(SECRET),
            registry=registry,
        )
    refused(encrypted, slow)
    refused(encrypted, slow, definition=api(b64(SECRET), "hmac"))
    head = header(alg="PBES2-HS256+A128KW", enc="A128GCM", p2c=2_000_000_000, p2s="x")
    refused(raw(head, b"", b"") + ".x.y", raw(head, GOOD) + "..")
    refused(raw(head, GOOD, b"x"), says=OTHER)


@pytest.mark.parametrize("bits", [1024, 2040])
def test_weak_keys_of_a_key_set(
    gateway: MakeGateway, tmp_path: Path, events: Events, bits: int
) -> None:
    running = gateway(api(URL), settings=policies(tmp_path))
    serve(running, jwks=jwks(rsa(bits)))
    answer = running.get("/one/x", Authorization=token(rsa(bits), {"kid": "k0"}))
    assert (answer.status, error(answer.body)) == (403, REFUSED)
    why = f"key 0: an RSA key of {bits} bits, but fewer than 2048 are not safe"
    assert f"key set {URL}: {why}" in events.texts()


def test_expired_by_one_second(
    gateway: MakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_800_000_000.9
    monkeypatch.setattr(time, "time", lambda: now)
    strict = api(b64(SECRET), "hmac")
    for skew, ends, status in (
        (0, 1_800_000_001, 200),
        (0, 1_800_000_000, 401),
        (5, 1_799_999_996, 200),
        (5, 1_799_999_995, 401),
    ):
        definition = {**strict, "jwt_expires_at_validation_skew": skew}
        running = gateway(definition, settings=policies(tmp_path))
        text = token(oct_key(), exp=ends, iat=None)
        assert running.get("/one/x", Authorization=text).status == status


def test_nuls(refused: Any) -> None:
    head, payload, signature = token(rsa()).split(".")
    refused(f"{head}%00.{payload}.{signature}")
    refused(raw(b'{"alg":"RS256"\0}', GOOD, b"x"), raw(b'{"alg":"RS256"}\0', GOOD, b"x"))
    refused(raw(header(alg="RS256\0"), GOOD, b"x"), says=OTHER)


def test_the_signature_of_another_token(refused: Any) -> None:
    one, two = token(rsa(), sub="alice"), token(rsa(), sub="admin")
    head, payload, _ = two.split(".")
    refused(f"{head}.{payload}.{one.rpartition('.')[2]}")


@settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_whatever_is_changed_in_a_token(refused: Any, data: st.DataObject) -> None:
    good = token(rsa())
    at = data.draw(st.integers(0, len(good) - 1))
    change = data.draw(st.sampled_from("ABZabz019-_.=+ ,{"))
    cut = data.draw(st.integers(0, 3))
    text = (good[:at] + change + good[at + cut :]).strip()
    if text != good:
        refused(text, says=None)


def test_the_good_one_among_them_is_let_in(gateway: MakeGateway, tmp_path: Path) -> None:
    # Else all of the above would prove nothing.
    running = gateway(api(b64(pem(rsa()))), settings=policies(tmp_path))
    assert running.get("/one/x", Authorization=token(rsa())).status == 200
    made = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    forged = hmacked(header(alg="HS256"), GOOD, SECRET.encode())
    assert made.get("/one/x", Authorization=forged).status == 200
    assert jws.extract_compact(forged.encode()).payload == GOOD


def test_why_is_for_the_log(refused: Any, events: Events) -> None:
    refused(token(ec()), says=OTHER)
    told = [text for text in events.texts() if text.startswith("AuthFailure")]
    assert len(told) == 1
    assert told[0].startswith(f"AuthFailure: GET /one/x of API one from 127.0.0.1: {OTHER} (")
    assert told[0].endswith(")")
