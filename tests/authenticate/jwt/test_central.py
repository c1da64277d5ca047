"""Tokens of an API with a key of its own: who gets in, as whom, and what the others hear."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from signed_tokens import SECRET, b64, ec, oct_key, okp, pem, rsa, token
from token_apis import api, error, policies, rights
from twisted.internet.defer import fail

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition


def session_of(running: MemoryGateway, who: str = "alice") -> SessionState | None:
    """The session that is stored for a client."""
    shared = running.service.shared
    key = shared.tokens.generate("default", hashlib.md5(who.encode()).hexdigest())
    found: Any = shared.keys.read(key, "default")
    return found.result  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("method", "source", "key", "algorithms"),
    [
        ("hmac", SECRET, oct_key(), ("HS256", "HS384", "HS512")),
        ("", SECRET, oct_key(), ("HS256",)),
        ("rsa", pem(rsa()), rsa(), ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")),
        ("rsapss", pem(rsa()), rsa(), ("PS256", "PS384", "PS512")),
        ("ecdsa", pem(ec()), ec(), ("ES256",)),
        ("ecdsa", pem(ec("P-384")), ec("P-384"), ("ES384",)),
        ("ecdsa", pem(ec("P-521")), ec("P-521"), ("ES512",)),
        ("eddsa", pem(okp()), okp(), ("EdDSA",)),
        ("eddsa", pem(okp("Ed448")), okp("Ed448"), ("EdDSA",)),
    ],
)
def test_a_token_that_is_signed_as_it_must_be(
    gateway: MakeGateway, tmp_path: Path, method: str, source: Any, key: Any, algorithms: Any
) -> None:
    running = gateway(api(b64(source), method), settings=policies(tmp_path))
    for algorithm in algorithms:
        answer = running.get("/one/x", Authorization="Bearer " + token(key, {"alg": algorithm}))
        assert (answer.status, algorithm) == (200, algorithm)
    assert running.service.root.table.apis[0].steps[0] == "JWTMiddleware"


def test_a_public_key_may_stand_in_the_definition_as_it_is(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = gateway(api(pem(rsa()).decode()), settings=policies(tmp_path))
    assert running.get("/one/x", Authorization=token(rsa())).status == 200


def test_without_a_token_400(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    answer = running.get("/one/x")
    assert (answer.status, error(answer.body)) == (400, "Authorization field missing")
    assert running.upstream.requests == []


def test_signed_by_another_403(gateway: MakeGateway, tmp_path: Path, events: Events) -> None:
    running = gateway(api(b64(pem(rsa()))), settings=policies(tmp_path))
    answer = running.get("/one/x", Authorization=token(rsa(number=1)))
    assert (answer.status, error(answer.body)) == (403, "Key not authorized")
    assert [text for text in events.texts() if text.startswith("AuthFailure")]
    assert not [text for text in events.texts() if "eyJ" in text]


def test_another_algorithm_403(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(b64(pem(rsa()))), settings=policies(tmp_path))
    answer = running.get("/one/x", Authorization=token(oct_key()))
    assert answer.status == 403
    assert error(answer.body) == "Key not authorized: Unexpected signing method"


NOW = int(time.time())


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"exp": NOW - 60}, "token has expired"),
        ({"exp": "never"}, "token has expired"),
        ({"exp": True}, "token has expired"),
        ({"iat": NOW + 9000}, "token used before issued"),
        ({"nbf": NOW + 9000}, "token is not valid yet"),
        ({"exp": NOW - 60, "nbf": NOW + 9000}, "token is not valid yet"),
    ],
)
def test_at_the_wrong_time_401(
    gateway: MakeGateway, tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    answer = running.get("/one/x", Authorization=token(oct_key(), **said))
    assert (answer.status, error(answer.body)) == (401, f"Key not authorized: {message}")


def test_clocks_may_be_off_by_the_skews(gateway: MakeGateway, tmp_path: Path) -> None:
    off = {
        "jwt_expires_at_validation_skew": 9000,
        "jwt_issued_at_validation_skew": 20000,
        "jwt_not_before_validation_skew": 20000,
    }
    running = gateway(api(b64(SECRET), "hmac", **off), settings=policies(tmp_path))
    expired = token(oct_key(), exp=NOW - 60, iat=NOW + 9000, nbf=NOW + 9000)
    # A skew that lets a token in also holds for the session that is made of it.
    assert running.get("/one/x", Authorization=expired).status == 200


def test_a_token_that_was_good_is_not_believed_beyond_its_time(
    gateway: MakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = 0.0
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + ahead)
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    good = token(oct_key(), exp=NOW + 9000)
    assert running.get("/one/x", Authorization=good).status == 200
    ahead = 9500.0
    assert running.get("/one/x", Authorization=good).status == 401


def test_who_the_client_is_is_what_the_session_is_stored_under(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    settings = {**policies(tmp_path), "hash_keys": True, "hash_key_function": "murmur64"}
    running = gateway(api(b64(SECRET), "hmac"), settings=settings)
    ends = NOW + 3600
    assert running.get("/one/x", Authorization=token(oct_key(), exp=ends)).status == 200
    shared = running.service.shared
    # The same key as Tyk's, so that both count together on one Redis.
    key = shared.tokens.generate("default", "6384e2b2184bcbf58eccf10ca7a6563c")
    stored: Any = shared.store.get(b"apikey-" + shared.tokens.hashed(key).encode())
    value = json.loads(stored.result)
    assert value["org_id"] == "default"
    assert value["alias"] == "alice"
    assert value["apply_policies"] == ["basic"]
    assert value["meta_data"] == {"TykJWTSessionID": key}
    assert value["expires"] == ends
    [hit] = running.records.hits
    assert (hit.api_key, hit.alias) == (shared.tokens.hashed(key), "alice")


@pytest.mark.parametrize(
    ("field", "said", "who"),
    [
        ("", {}, "alice"),
        ("email", {"email": "a@b"}, "a@b"),
        ("email", {}, "alice"),
        ("user.id", {"user": {"id": "7"}}, "7"),
        ("user.id", {"user.id": "8", "user": {"id": "7"}}, "8"),
        ("user.id", {"user": "7"}, "alice"),
        ("n", {"n": 7}, "alice"),
    ],
)
def test_which_claim_says_who_it_is(
    gateway: MakeGateway, tmp_path: Path, field: str, said: dict[str, Any], who: str
) -> None:
    running = gateway(
        api(b64(SECRET), "hmac", jwt_identity_base_field=field), settings=policies(tmp_path)
    )
    assert running.get("/one/x", Authorization=token(oct_key(), **said)).status == 200
    assert running.records.hits[0].alias == who


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"sub": None}, "no suitable claims for user ID were found"),
        ({"sub": 7}, "no suitable claims for user ID were found"),
        ({"sub": ""}, "found an empty user ID in sub claim"),
        ({"email": ""}, "found an empty user ID in predefined base claim, claim: email"),
    ],
)
def test_nobody_403(
    gateway: MakeGateway, tmp_path: Path, said: dict[str, Any], message: str
) -> None:
    running = gateway(
        api(b64(SECRET), "hmac", jwt_identity_base_field="email"), settings=policies(tmp_path)
    )
    answer = running.get("/one/x", Authorization=token(oct_key(), **said))
    assert (answer.status, error(answer.body)) == (403, message)


def test_limits_hold_from_one_token_to_the_next(gateway: MakeGateway, tmp_path: Path) -> None:
    few = {"basic": {"rate": 1000, "per": 1, "quota_max": 2, "quota_renewal_rate": 3600}}
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path, **few))

    def get(**said: Any) -> int:
        return running.get("/one/x", Authorization=token(oct_key(), **said)).status

    assert [get(jti="1"), get(jti="2"), get(jti="3")] == [200, 200, 403]
    assert get(sub="bob") == 200


def test_rights_are_those_of_the_policy(gateway: MakeGateway, tmp_path: Path) -> None:
    other = {"basic": {"access_rights": rights("two")}}
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path, **other))
    answer = running.get("/one/x", Authorization=token(oct_key()))
    assert error(answer.body) == "Access to this API has been disallowed"


def test_requests_of_a_new_client_wait_for_one_session(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    store = running.service.shared.store
    written: list[bytes] = []
    kept = store.set
    store.set = lambda key, *rest: written.append(key) or kept(key, *rest)  # type: ignore
    good = token(oct_key())
    client = running.connect()
    running.send(
        client, f"GET /one/x HTTP/1.1\r\nHost: h\r\nAuthorization: {good}\r\n\r\n".encode() * 5
    )
    assert [answer.status for answer in client.answers] == [200] * 5
    assert len(written) == 1


def test_while_the_store_is_away(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    alice, bob = token(oct_key()), token(oct_key(), sub="bob")
    for _ in range(2):
        assert running.get("/one/x", Authorization=alice).status == 200
        running.advance(1)  # every node hears of the new session, this one included

    def away(*arguments: Any) -> Any:
        return fail(StoreUnavailable("gone"))

    store: Any = running.service.shared.store
    store.get_many = store.set = away
    running.advance(60)
    # A client that was seen before goes on, and a new one can not begin.
    assert running.get("/one/x", Authorization=alice).status == 200
    answer = running.get("/one/x", Authorization=bob)
    assert (answer.status, error(answer.body)) == (503, "Storage is not available")


def test_the_token_is_found_where_the_definition_says(gateway: MakeGateway, tmp_path: Path) -> None:
    where = {"jwt": {"use_param": True, "param_name": "t", "auth_header_name": "X-Token"}}
    running = gateway(api(b64(SECRET), "hmac", auth_configs=where), settings=policies(tmp_path))
    good = token(oct_key())
    assert running.get("/one/x", X_Token=good).status == 200
    assert running.get(f"/one/x?t={good}").status == 200
    assert running.get("/one/x", Authorization=good).status == 400


def test_beside_a_plain_key(gateway: MakeGateway, tmp_path: Path) -> None:
    both = {
        "use_standard_auth": True,
        "auth_configs": {"authToken": {"auth_header_name": "X-Key"}},
    }
    running = gateway(
        api(b64(SECRET), "hmac", base_identity_provided_by="auth_token", **both),
        settings=policies(tmp_path),
    )
    running.service.shared.keys.write("mykey", SessionState(alias="Key"))
    good = token(oct_key())
    assert running.get("/one/x", Authorization=good, X_Key="mykey").status == 200
    assert running.records.hits[-1].alias == "Key"
    assert running.get("/one/x", Authorization=good, X_Key="other").status == 403
    assert running.get("/one/x", Authorization="a.b.c", X_Key="mykey").status == 403


def test_the_oauth_client_is_remembered(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(api(b64(SECRET), "hmac"), settings=policies(tmp_path))
    assert running.get("/one/x", Authorization=token(oct_key(), cid="app")).status == 200
    stored = session_of(running)
    assert stored is not None
    assert stored.oauth_client_id == "app"
    other = gateway(
        api(b64(SECRET), "hmac", idp_client_id_mapping_disabled=True),
        settings=policies(tmp_path),
    )
    assert other.get("/one/x", Authorization=token(oct_key(), cid="app")).status == 200
    stored = session_of(other)
    assert stored is not None
    assert stored.oauth_client_id == ""


def test_a_keyless_api_asks_for_no_token(gateway: MakeGateway) -> None:
    running = gateway(definition("one", enable_jwt=True, jwt_source="!", jwt_signing_method="?"))
    assert running.get("/one/x").status == 200


def test_nobody_gets_in_with_the_key_of_a_tokens_session(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    plain = definition("two", use_keyless=False)
    both = {"basic": {"access_rights": rights("one", "two")}}
    running = gateway(api(b64(SECRET), "hmac"), plain, settings=policies(tmp_path, **both))
    assert running.get("/one/x", Authorization=token(oct_key())).status == 200
    stored = session_of(running)
    assert stored is not None
    # It is made of a name, so it is no secret.
    for key in (stored.key_id, stored.key_id.removeprefix("default")):
        for _ in range(2):
            answer = running.get("/two/x", Authorization=key)
            assert error(answer.body) == "Access to this API has been disallowed"
