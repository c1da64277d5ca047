"""Tokens that are signed with the secret of a client's own key."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from signed_tokens import oct_key, pem, rsa, token
from token_apis import api, error

from twisted_tyk.session.state import BasicAuthData, JWTData, SessionState
from twisted_tyk.testing import MemoryGateway

SECRET = "the secret of one client"


def made(gateway: MakeGateway, method: str = "hmac", **keys: Any) -> MemoryGateway:
    running = gateway(api("", method, **keys))
    stored = running.service.shared.keys
    stored.write("mine", SessionState(alias="Me", jwt_data=JWTData(SECRET)))
    stored.write("no-secret", SessionState())
    stored.write("user", SessionState(basic_auth_data=BasicAuthData("password")))
    return running


def get(running: MemoryGateway, text: str) -> tuple[int, str]:
    answer = running.get("/one/x", Authorization=f"Bearer {text}")
    return answer.status, "" if answer.status == 200 else error(answer.body)


def test_kid_names_the_key(gateway: MakeGateway) -> None:
    running = made(gateway)
    assert get(running, token(oct_key(SECRET), {"kid": "mine"})) == (200, "")
    [hit] = running.records.hits
    assert (hit.api_key, hit.alias) == ("mine", "Me")
    assert get(running, token(oct_key("another"), {"kid": "mine"})) == (403, "Key not authorized")
    assert get(running, token(oct_key(SECRET), {"kid": "other"})) == (403, "Key not authorized")


def test_without_kid_a_claim_does(gateway: MakeGateway) -> None:
    running = made(gateway, jwt_identity_base_field="app")
    assert get(running, token(oct_key(SECRET), app="mine")) == (200, "")
    assert get(running, token(oct_key(SECRET), sub="mine")) == (200, "")
    assert get(running, token(oct_key(SECRET), {"kid": "x"}, app="mine"))[0] == 403
    assert get(running, token(oct_key(SECRET), sub=None)) == (403, "Key not authorized")


def test_kid_can_be_skipped(gateway: MakeGateway) -> None:
    running = made(gateway, jwt_skip_kid=True)
    assert get(running, token(oct_key(SECRET), {"kid": "x"}, sub="mine")) == (200, "")
    assert get(running, token(oct_key(SECRET), {"kid": "mine"}, sub="x"))[0] == 403


@pytest.mark.parametrize("name", ["no-secret", "user"])
def test_a_key_without_a_secret_signs_nothing(gateway: MakeGateway, name: str) -> None:
    # In Tyk everybody can sign with the empty secret.
    signed = token(oct_key("x"), {"kid": name}).rpartition(".")[0]
    digest = hmac.digest(b"", signed.encode(), hashlib.sha256)
    forged = signed + "." + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert get(made(gateway), forged) == (403, "Key not authorized")


def test_the_secret_may_be_a_public_key(gateway: MakeGateway) -> None:
    running = made(gateway, "rsa")
    key = SessionState(jwt_data=JWTData(pem(rsa()).decode()))
    running.service.shared.keys.write("rsa", key)
    for _ in range(2):
        assert get(running, token(rsa(), {"kid": "rsa"})) == (200, "")
    assert get(running, token(rsa(), {"kid": "mine"})) == (403, "Key not authorized")
    assert get(running, token(oct_key(pem(rsa(number=1)).hex()), {"kid": "rsa"})) == (
        403,
        "Key not authorized: Unexpected signing method",
    )


def test_its_times_count(gateway: MakeGateway) -> None:
    expired = token(oct_key(SECRET), {"kid": "mine"}, exp=int(time.time()) - 5)
    assert get(made(gateway), expired) == (401, "Key not authorized: token has expired")


def test_a_new_secret_counts_at_once(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway)
    old = token(oct_key(SECRET), {"kid": "mine"})
    assert get(running, old) == (200, "")
    running.service.shared.keys.write("mine", SessionState(jwt_data=JWTData("a new secret")))
    assert get(running, old) == (403, "Key not authorized")
    assert get(running, token(oct_key("a new secret"), {"kid": "mine"})) == (200, "")


def test_no_token(gateway: MakeGateway) -> None:
    answer = made(gateway).get("/one/x")
    assert (answer.status, error(answer.body)) == (400, "Authorization field missing")
