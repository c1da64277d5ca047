"""OpenID Connect: users that a provider has logged in, for the clients of the definition."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from signed_tokens import b64, ec, jwks, oct_key, pem, raw, rsa, token
from token_apis import asked, error, policies, serve

from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

ISSUER = "http://127.0.0.1:9000"
DISCOVERY = "/.well-known/openid-configuration"
CLIENTS = {b64("app"): "basic", b64("shop"): "gold"}


def discovery(issuer: str = ISSUER, **more: Any) -> bytes:
    return json.dumps({"issuer": issuer, "jwks_uri": f"{ISSUER}/jwks", **more}).encode()


def made(
    gateway: MakeGateway, folder: Path, document: bytes = discovery(), **keys: Any
) -> MemoryGateway:
    options = {"providers": [{"issuer": ISSUER, "client_ids": CLIENTS}], **keys.pop("options", {})}
    api = definition("one", use_keyless=False, use_openid=True, openid_options=options, **keys)
    running = gateway(api, settings=policies(folder, gold={}))
    serve(
        running,
        _well_known__openid_configuration=document, jwks=jwks(rsa(), ec()),
    )
    return running


def get(running: MemoryGateway, key: Any = None, kid: str | None = "k0", **said: Any) -> Any:
    given = {"iss": ISSUER, "aud": "app", **said}
    text = token(key or rsa(), {} if kid is None else {"kid": kid}, **given)
    answer = running.get("/one/x", Authorization=f"Bearer {text}")
    return answer.status if answer.status == 200 else (answer.status, error(answer.body))


NO = (401, "Key not authorised")


def test_a_user_whom_the_provider_has_logged_in(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path)
    assert [get(running), get(running), get(running, ec(), "k1")] == [200, 200, 200]
    assert (asked(running, DISCOVERY), asked(running)) == (1, 1)
    hit = running.records.hits[0]
    assert hit.alias == "app:alice"
    assert running.service.root.table.apis[0].steps[0] == "OpenIDMW"


def stored(running: MemoryGateway, *identity: str) -> SessionState:
    digests = "".join(hashlib.md5(part.encode()).hexdigest() for part in identity)
    shared = running.service.shared
    found: Any = shared.keys.read(shared.tokens.generate("default", digests), "default")
    return found.result  # type: ignore[no-any-return]


def test_the_session_is_stored_as_tyk_does(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path)
    assert get(running) == 200
    session = stored(running, "alice")
    assert session.apply_policies == ["basic"]
    assert session.meta_data == {"TykJWTSessionID": session.key_id, "ClientID": "app"}


def test_one_user_of_two_clients(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path, options={"segregate_by_client": True})
    assert get(running) == 200
    assert get(running, aud="shop") == 200
    assert stored(running, "app", "alice").apply_policies == ["basic"]
    assert stored(running, "shop", "alice").apply_policies == ["gold"]
    assert stored(running, "alice") is None


@pytest.mark.parametrize(
    ("said", "policy"),
    [
        ({"aud": "shop"}, "gold"),
        ({"aud": ["other", "shop"]}, "gold"),
        ({"aud": ["app", "shop"]}, "basic"),
        ({"aud": ["app", "shop"], "azp": "shop"}, "gold"),
        # The app of a phone may ask for a token for the server's client, as Google's do.
        ({"aud": "app", "azp": "phone"}, "basic"),
    ],
)
def test_the_client_says_which_policy(
    gateway: MakeGateway, tmp_path: Path, said: dict[str, Any], policy: str
) -> None:
    running = made(gateway, tmp_path)
    assert get(running, **said) == 200
    assert stored(running, "alice").apply_policies == [policy]


NOW = int(time.time())


@pytest.mark.parametrize(
    "said",
    [
        {"aud": "other"},
        {"aud": []},
        {"aud": None},
        {"aud": ["app", 5]},
        {"aud": {"app": 1}},
        {"aud": ["app", "shop"], "azp": "other"},
        {"aud": ["app", "shop"], "azp": 5},
        {"iss": "http://127.0.0.1:9001"},
        {"iss": None},
        {"iss": 5},
        {"iss": ISSUER + "/"},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"exp": NOW - 5},
        {"nbf": NOW + 9000},
        {"iat": NOW + 9000},
    ],
)
def test_others_401(
    gateway: MakeGateway, tmp_path: Path, events: Events, said: dict[str, Any]
) -> None:
    running = made(gateway, tmp_path)
    assert get(running, **said) == NO
    assert any(text.startswith("AuthFailure") for text in events.texts())


def test_forged_ones_401(gateway: MakeGateway, tmp_path: Path) -> None:
    running = made(gateway, tmp_path)
    assert get(running, rsa(number=1)) == NO
    assert get(running, kid="k9") == NO
    # Tyk takes an HMAC with the provider's public key for its signature.
    assert get(running, oct_key(pem(rsa()).hex())) == NO
    for text in ("", "x", "a.b.c", raw(b'{"alg":"none"}', b"{}")):
        answer = running.get("/one/x", Authorization=f"Bearer {text}")
        assert (answer.status, error(answer.body)) == NO
    assert running.get("/one/x").status == 401


def test_a_token_without_kid_is_verified_with_the_only_key(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = made(gateway, tmp_path)
    assert get(running, kid=None) == NO  # there are two
    documents = {"_well_known__openid_configuration": discovery(), "jwks": jwks(rsa())}
    serve(running, **documents)
    running.advance(300)
    assert get(running, kid=None) == 200


@pytest.mark.parametrize(
    "document",
    [
        b"{}",
        b"broken",
        b"[",
        discovery("http://127.0.0.1:9000/other"),
        discovery(jwks_uri=5),
        discovery(jwks_uri="file:///etc/passwd"),
        discovery(jwks_uri="http://"),
    ],
)
def test_a_provider_that_does_not_say_where_its_keys_are(
    gateway: MakeGateway, tmp_path: Path, events: Events, document: bytes
) -> None:
    running = made(gateway, tmp_path, document)
    assert get(running) == NO
    assert any(text.startswith(f"key set {ISSUER}: ") for text in events.texts())


def test_policies_of_scopes(gateway: MakeGateway, tmp_path: Path) -> None:
    scopes = {"oidc": {"scope_claim_name": "scp", "scope_to_policy": {"buy": "gold"}}}
    running = made(gateway, tmp_path, scopes=scopes)
    assert get(running, scp="buy look") == 200
    assert stored(running, "alice").apply_policies == ["gold"]
    # In Tyk a user without such a scope has every right.
    assert get(running, sub="bob", scp="look") == NO
    assert get(running, sub="bob") == NO


def test_a_policy_that_is_not_there_403(gateway: MakeGateway, tmp_path: Path) -> None:
    options = {"providers": [{"issuer": ISSUER, "client_ids": {b64("app"): "nowhere"}}]}
    running = made(gateway, tmp_path, options=options)
    assert get(running) == (403, "Key not authorized: no matching policy")
