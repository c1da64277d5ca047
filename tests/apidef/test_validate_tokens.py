"""What a definition says of tokens must make sense, or its API is not served."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from signed_tokens import b64, ec, okp, pem, rsa

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.testing import definition

METHODS = "expected one of hmac, rsa, ecdsa, rsapss, eddsa"
BASE64 = "expected the URL of a key set, or a key in base64"
PEM = "expected a public key or a certificate in PEM"
HTTP = "expected an http or https URL with a host"


def problems(folder: Path, **keys: Any) -> list[str]:
    """What is wrong with a definition: ``path: sentence``."""
    text = json.dumps(definition("one", **{"use_keyless": False, **keys}))
    (folder / "one.json").write_text(text)
    report = load_directory(folder)
    assert "c2VjcmV0" not in str(report.problems)
    return [f"{problem.path}: {problem.text}" for problem in report.problems]


def private(key: Any) -> bytes:
    made: bytes = key.as_pem(private=True)
    return made


JWT: list[tuple[dict[str, Any], list[str]]] = [
    ({"jwt_signing_method": "rsa", "jwt_source": b64(pem(rsa()))}, []),
    ({"jwt_signing_method": "ecdsa", "jwt_source": b64(pem(ec()))}, []),
    ({"jwt_signing_method": "eddsa", "jwt_source": b64(pem(okp()))}, []),
    ({"jwt_signing_method": "rsa", "jwt_source": "https://idp.test/jwks"}, []),
    ({"jwt_signing_method": "rsa", "jwt_source": b64("HTTPS://idp.test/jwks")}, []),
    ({"jwt_source": b64("secret")}, []),
    ({}, []),
    ({"jwt_signing_method": "none"}, [f"jwt_signing_method: {METHODS}"]),
    ({"jwt_signing_method": "RSA"}, [f"jwt_signing_method: {METHODS}"]),
    ({"jwt_source": "secret!"}, [f"jwt_source: {BASE64}"]),
    ({"jwt_source": "c2VjcmV0="}, [f"jwt_source: {BASE64}"]),
    ({"jwt_source": "sécret"}, [f"jwt_source: {BASE64}"]),
    ({"jwt_signing_method": "rsa", "jwt_source": b64("secret")}, [f"jwt_source: {PEM}"]),
    ({"jwt_signing_method": "rsa", "jwt_source": b64(private(rsa()))}, [f"jwt_source: {PEM}"]),
    (
        {"jwt_signing_method": "rsa", "jwt_source": b64(pem(rsa())[:200])},
        [f"jwt_source: {PEM}"],
    ),
    (
        {"jwt_signing_method": "rsa", "jwt_source": b64(pem(ec()))},
        ["jwt_source: a key of the kind EC, but rsa needs RSA"],
    ),
    (
        {"jwt_signing_method": "eddsa", "jwt_source": b64(pem(rsa()))},
        ["jwt_source: a key of the kind RSA, but eddsa needs OKP"],
    ),
    (
        {"jwt_signing_method": "eddsa", "jwt_source": b64(pem(okp("X25519")))},
        ["jwt_source: a public key that signs no tokens"],
    ),
    (
        {"jwt_signing_method": "ecdsa", "jwt_source": b64(pem(ec("secp256k1")))},
        ["jwt_source: an EC key on secp256k1, expected P-256, P-384 or P-521"],
    ),
    (
        {"jwt_signing_method": "rsa", "jwt_source": b64(pem(rsa(1024)))},
        ["jwt_source: an RSA key of 1024 bits, but fewer than 2048 are not safe"],
    ),
    (
        {"jwt_signing_method": "hmac", "jwt_source": b64(pem(rsa()))},
        ["jwt_source: a key in PEM, but hmac needs a secret that nobody else knows"],
    ),
    ({"jwt_source": "https://"}, [f"jwt_source: {HTTP}"]),
    ({"jwt_source": "http://a b/"}, [f"jwt_source: {HTTP}"]),
    ({"jwt_source": b64("http://h:port/")}, [f"jwt_source: {HTTP}"]),
    ({"jwt_jwks_uris": [{"url": "https://idp.test/k", "cache_timeout": "1h30m"}]}, []),
    (
        {"jwt_jwks_uris": [{"url": "https://a"}, {"url": "ftp://k"}]},
        [f"jwt_jwks_uris[1].url: {HTTP}"],
    ),
    (
        {"jwt_jwks_uris": [{"url": "https://a", "cache_timeout": "5 minutes"}]},
        ["jwt_jwks_uris[0].cache_timeout: expected a duration such as 300s or 5m"],
    ),
]


@pytest.mark.parametrize(("keys", "found"), JWT)
def test_jwt(tmp_path: Path, keys: dict[str, Any], found: list[str]) -> None:
    assert problems(tmp_path, enable_jwt=True, **keys) == found
    # What is not used may say what it likes.
    assert problems(tmp_path, enable_jwt=False, **keys) == []
    assert problems(tmp_path, enable_jwt=True, use_keyless=True, **keys) == []


ISSUER = {"issuer": "https://idp.test", "client_ids": {b64("app"): "policy"}}
AT = "openid_options.providers"


@pytest.mark.parametrize(
    ("providers", "found"),
    [
        ([ISSUER], []),
        ([{**ISSUER, "issuer": "accounts.google.com"}], []),
        ([], [f"{AT}: nobody could log in: there is no provider"]),
        ([{**ISSUER, "issuer": ""}], [f"{AT}[0].issuer: {HTTP}"]),
        ([ISSUER, {**ISSUER, "issuer": "ftp://idp.test"}], [f"{AT}[1].issuer: {HTTP}"]),
        (
            [{**ISSUER, "client_ids": {}}],
            [f"{AT}[0].client_ids: nobody could log in: there is no client"],
        ),
        (
            [{**ISSUER, "client_ids": {"my app": "policy"}}],
            [f'{AT}[0].client_ids["my app"]: expected the base64 of a client\'s id'],
        ),
    ],
)
def test_openid(tmp_path: Path, providers: list[Any], found: list[str]) -> None:
    assert problems(tmp_path, use_openid=True, openid_options={"providers": providers}) == found


FIRST = "external_oauth.providers[0]"


@pytest.mark.parametrize(
    ("providers", "found"),
    [
        ([{"jwt": {"enabled": True, "source": b64("secret")}}], []),
        ([{"introspection": {"enabled": True, "url": "https://idp.test/i"}}], []),
        (
            [],
            ["external_oauth.providers: expected a provider, found none"],
        ),
        ([{}], [f"{FIRST}: neither jwt nor introspection is enabled"]),
        (
            [{"jwt": {"enabled": True, "signing_method": "rot13"}}],
            [
                f"{FIRST}.jwt.signing_method: {METHODS}",
                f"{FIRST}.jwt.source: expected a key, or the URL of a key set",
            ],
        ),
        (
            [{"jwt": {"enabled": True, "source": "c2VjcmV0="}}],
            [f"{FIRST}.jwt.source: {BASE64}"],
        ),
        (
            [{"introspection": {"enabled": True, "client_secret": "c2VjcmV0"}}],
            [f"{FIRST}.introspection.url: {HTTP}"],
        ),
    ],
)
def test_external_oauth(tmp_path: Path, providers: list[Any], found: list[str]) -> None:
    external = {"enabled": True, "providers": providers}
    assert problems(tmp_path, external_oauth=external) == found
