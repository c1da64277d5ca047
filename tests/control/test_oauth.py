"""``/tyk/oauth``: clients and tokens, as an operator sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from oauth_gateway import SECRET, URI, Talk, policy, shop

from twisted_tyk.testing import definition


@pytest.fixture
def talk(gateway: MakeGateway, tmp_path: Path) -> Talk:
    (tmp_path / "policies").mkdir()
    rights = {name: {"api_id": name, "versions": ["Default"]} for name in ("shop", "bar", "jwt")}
    for each in (
        policy(),
        policy("wide", access_rights=rights),
        policy("gone", access_rights={"gone": {"api_id": "gone", "versions": ["Default"]}}),
        policy("plain", access_rights={"plain": {"api_id": "plain", "versions": ["Default"]}}),
    ):
        (tmp_path / "policies" / f"{each['id']}.json").write_text(json.dumps(each))
    jwt = {"enable_jwt": True, "jwt_signing_method": "hmac", "jwt_source": "c2VjcmV0",
           "jwt_policy_field_name": "pol"}  # fmt: skip
    running = gateway(
        shop(),
        shop("bar", org_id="other"),
        definition("jwt", use_keyless=False, **jwt),
        definition("plain", use_keyless=False),
        settings={
            "policies": {"policy_source": "file", "policy_path": "policies"},
            "oauth_token_expired_retain_period": 100,
        },
    )
    return Talk(running)


def test_a_client_is_made_with_what_it_was_not_given(talk: Talk) -> None:
    given = {"api_id": "shop", "redirect_uri": URI, "description": "ours", "meta_data": {"a": 1}}
    status, made = talk.control("POST", "clients/create", given)
    assert status == 200
    assert len(made["client_id"]) == 32
    assert len(made["secret"]) == 48
    assert made == {
        "client_id": made["client_id"], "secret": made["secret"], "redirect_uri": URI,
        "description": "ours", "meta_data": {"a": 1},
    }  # fmt: skip
    assert talk.control("GET", f"clients/shop/{made['client_id']}") == (200, made)
    assert talk.control("GET", "clients/shop") == (200, [made])
    assert talk.control("GET", "clients/bar") == (200, [])


def test_it_is_stored_as_tyk_stores_it(talk: Talk) -> None:
    talk.client(client_id="one", secret="s", meta_data={"a": 1}, description="d")
    talk.client(client_id="two", secret="s")
    store = talk.gateway.service.shared.store
    assert json.loads(store.get(b"oauth-data.shop.oauth-clientid.one").result) == {
        "id": "one", "secret": "s", "redirecturi": URI, "policyid": "gold", "description": "d",
        "meta_data": {"a": 1},
    }  # fmt: skip
    index = b"oauth-data.shop.oauth-client-index.default"
    assert store.items(index).result == [b"oauth-clientid.one", b"oauth-clientid.two"]
    talk.client(client_id="one", secret="t")
    assert store.items(index).result == [b"oauth-clientid.two", b"oauth-clientid.one"]


def test_clients_that_tyk_has_no_list_of_are_listed(talk: Talk) -> None:
    store = talk.gateway.service.shared.store
    stored = {"id": "old", "secret": "s", "redirecturi": URI, "policyid": "", "description": ""}
    store.set(b"oauth-data.shop.oauth-clientid.old", json.dumps(stored).encode())
    store.set(b"oauth-data.shop.oauth-clientid.bad", b"[]")
    store.set(b"oauth-data.shop.oauth-clientid.worse", b'{"id": 1}')
    _, clients = talk.control("GET", "clients/shop")
    assert [client["client_id"] for client in clients] == ["old"]
    index = store.items(b"oauth-data.shop.oauth-client-index.default").result
    assert b"oauth-clientid.old" in index


def test_a_policy_gives_a_client_to_all_its_apis(talk: Talk) -> None:
    client = talk.client(api_id="", policy_id="wide", client_id="one")
    assert client["policy_id"] == "wide"
    for api_id in ("shop", "bar", "jwt"):
        assert talk.control("GET", f"clients/{api_id}/one")[1]["secret"] == client["secret"]
    assert talk.control("GET", "clients/apis/one?orgID=") == (200, ["bar", "shop"])
    assert talk.control("GET", "clients/apis/one?orgID=other") == (200, ["bar"])
    assert talk.control("GET", "clients/apis/none?orgID=") == (200, [])
    # Without an organisation it is about the client of an API of that name.
    assert talk.control("GET", "clients/apis/one")[0] == 404


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"api_id": "none"}, "API doesn't exist"),
        ({"api_id": "plain"}, "API is not OAuth2"),
        ({"api_id": "jwt"}, "API is not OAuth2"),
        ({"policy_id": "none"}, "Policy doesn't exist"),
        ({}, "Policy doesn't exist"),
        ({"policy_id": "gone"}, "API doesn't exist"),
        ({"policy_id": "plain"}, "API is not OAuth2"),
        ({"api_id": 5}, "Request malformed: body: api_id: expected a string"),
        ([], "Request malformed: body: expected an object"),
    ],
)
def test_a_client_of_nothing(talk: Talk, given: Any, message: str) -> None:
    status, said = talk.control("POST", "clients/create", given)
    assert (status, said) == (400, {"status": "error", "message": message})


def test_a_client_is_changed_but_for_its_id_and_secret(talk: Talk) -> None:
    client = talk.client()
    path = f"clients/shop/{client['client_id']}"
    token = talk.given(client)["access_token"]
    given = {"client_id": "x", "secret": "x", "redirect_uri": "https://new.test/",
             "policy_id": "gold"}  # fmt: skip
    status, changed = talk.control("PUT", path, given)
    assert status == 200
    assert changed == {
        "client_id": client["client_id"], "secret": client["secret"], "policy_id": "gold",
        "redirect_uri": "https://new.test/", "description": "", "meta_data": None,
    }  # fmt: skip
    assert talk.control("GET", path) == (200, changed)
    assert talk.call(token) == (200, "")
    assert talk.control("PUT", path, {**given, "policy_id": "wide"})[0] == 200
    assert talk.call(token) == (403, "Key not authorised")


@pytest.mark.parametrize(
    ("path", "given", "status", "message"),
    [
        ("none/one", {}, 404, "API doesn't exist"),
        ("shop/none", {}, 404, "OAuth Client ID not found"),
        ("shop/one", {"policy_id": "none"}, 404, "Policy doesn't exist"),
        (
            "bar/one", {"policy_id": "gold"}, 400,
            "Policy access rights doesn't contain API this OAuth client belongs to",
        ),
    ],
)  # fmt: skip
def test_a_change_of_nothing(talk: Talk, path: str, given: Any, status: int, message: str) -> None:
    talk.client(client_id="one")
    found, said = talk.control("PUT", f"clients/{path}", given)
    assert (found, said["message"]) == (status, message)


def test_a_new_secret(talk: Talk) -> None:
    client = talk.client()
    token = talk.given(client)["access_token"]
    path = f"clients/shop/{client['client_id']}"
    status, rotated = talk.control("PUT", f"{path}/rotate")
    assert status == 200
    assert rotated == {**client, "secret": rotated["secret"]}
    assert rotated["secret"] != client["secret"]
    asked = {"grant_type": "client_credentials"}
    assert talk.token(client, **asked)[0] == 403
    assert talk.token(rotated, **asked)[0] == 200
    assert talk.call(token) == (200, "")


def test_a_client_is_deleted(talk: Talk) -> None:
    client = talk.client(client_id="one")
    talk.given(client)
    gone = {"key": "one", "status": "ok", "action": "deleted"}
    assert talk.control("DELETE", "clients/shop/one") == (200, gone)
    assert talk.control("GET", "clients/shop") == (200, [])
    assert talk.control("GET", "clients/shop/one/tokens") == (200, [])
    for path in ("clients/shop/one", "clients/none/one"):
        status, said = talk.control("DELETE", path)
        assert (status, said["message"]) == (404, "OAuth Client ID not found")
        assert talk.control("GET", path)[0] == 404
        assert talk.control("PUT", f"{path}/rotate")[0] == 404
    assert talk.control("GET", "clients/none")[1]["message"] == "OAuth client not found"


def test_the_tokens_of_a_client_are_listed(talk: Talk) -> None:
    client = talk.client(client_id="one")
    tokens = [
        talk.token(client, grant_type="client_credentials")[1]["access_token"] for _ in range(101)
    ]
    path = "clients/shop/one/tokens"
    status, listed = talk.control("GET", path)
    assert status == 200
    assert {each["code"] for each in listed} == set(tokens)
    assert [each["expires"] for each in listed] == sorted(each["expires"] for each in listed)
    for page, expected in (("1", 100), ("2", 1), ("3", 0), ("0", 100), ("x", 100)):
        status, found = talk.control("GET", f"{path}?page={page}")
        number = int(page) if page in "123" else 1
        assert found["Pagination"] == {"page_num": number, "page_total": 2, "page_size": 100}
        assert len(found["Tokens"]) == expected
    assert talk.control("GET", "clients/none/one/tokens")[0] == 404
    empty = {"Pagination": {"page_num": 1, "page_total": 0, "page_size": 100}, "Tokens": []}
    assert talk.control("GET", "clients/shop/two/tokens?page=1") == (200, empty)


def test_hashes_are_listed_where_keys_are_hashed(gateway: MakeGateway) -> None:
    settings = {"hash_keys": True, "hash_key_function": "sha256"}
    talk = Talk(gateway(shop(), settings=settings))
    token = talk.given(talk.client(client_id="one"))["access_token"]
    [listed] = talk.control("GET", "clients/shop/one/tokens")[1]
    assert listed["code"] == talk.gateway.service.shared.tokens.hashed(token) != token


def test_a_refresh_token_is_ended(talk: Talk) -> None:
    client = talk.client()
    refresh = talk.given(client)["refresh_token"]
    done = {"key": refresh, "status": "ok", "action": "deleted"}
    assert talk.control("DELETE", f"refresh/{refresh}?api_id=shop") == (200, done)
    assert talk.token(client, grant_type="refresh_token", refresh_token=refresh)[0] == 403
    # Once more is no mistake, as in Tyk.
    assert talk.control("DELETE", f"refresh/{refresh}?api_id=shop") == (200, done)
    for query, status, message in (
        ("", 400, "Missing parameter api_id"),
        ("?api_id=none", 404, "API for this refresh token not found"),
        ("?api_id=plain", 400, "OAuth is not enabled on this API"),
    ):
        found, said = talk.control("DELETE", f"refresh/{refresh}{query}")
        assert (found, said["message"]) == (status, message)


def test_a_token_is_revoked(talk: Talk) -> None:
    client = talk.client(client_id="one")
    token = talk.given(client)["access_token"]
    for form, message in (
        ({"client_id": "one"}, "token is required"),
        ({"token": token}, "client_id is required"),
        ({"token": token, "client_id": "none"}, "oauth client doesn't exist"),
        ({"token": token, "client_id": "one", "org_id": "other"}, "oauth client doesn't exist"),
    ):
        status, said = talk.control("POST", "revoke", **form)
        assert (status, said["message"]) == (400, message)
    assert talk.call(token) == (200, "")
    status, said = talk.control("POST", "revoke", token=token, client_id="one", org_id="default")
    assert (status, said) == (200, {"status": "ok", "message": "token revoked successfully"})
    assert talk.call(token) == (403, "Key not authorised")


def test_all_tokens_of_a_client_are_revoked(talk: Talk) -> None:
    client = talk.client(client_id="one")
    token = talk.given(client)["access_token"]
    for form, status, message in (
        ({"client_secret": "x"}, 401, "client_id is required"),
        ({"client_id": "one"}, 401, "client_secret is required"),
        ({"client_id": "none", "client_secret": "x"}, 404, "oauth client doesn't exist"),
        ({"client_id": "one", "client_secret": "x"}, 401, "client secret is wrong"),
    ):
        found, said = talk.control("POST", "revoke_all", **form)
        assert (found, said["message"]) == (status, message)
    assert talk.call(token) == (200, "")
    given = {"client_id": "one", "client_secret": client["secret"]}
    status, said = talk.control("POST", "revoke_all", **given)
    assert (status, said["message"]) == (200, "tokens revoked successfully")
    assert talk.call(token) == (403, "Key not authorised")


def lapsed(talk: Talk) -> list[bytes]:
    """A list with tokens that lapsed at different times; what is in it now."""
    members = talk.gateway.service.shared.store.members(
        b"oauth-data.shop.oauth-client-tokens.one"
    ).result
    return [member for member, _ in members]


def test_lapsed_tokens_are_purged(talk: Talk) -> None:
    talk.client(client_id="one")
    shared = talk.gateway.service.shared
    now = shared.seconds()
    for name, ends in (("old", now - 200), ("lapsed", now - 50), ("good", now + 50)):
        key = b"oauth-data.shop.oauth-client-tokens.one"
        shared.store.add_member(key, name.encode(), int(ends))
    for query, status, message in (
        ("", 422, "scope parameter is required"),
        ("?scope=", 400, "unknown scope"),
        ("?scope=all", 400, "unknown scope"),
    ):
        found, said = talk.control("DELETE", f"tokens{query}")
        assert (found, said["message"]) == (status, message)
    assert lapsed(talk) == [b"old", b"lapsed", b"good"]
    done = {"status": "ok", "message": "lapsed tokens purged"}
    assert talk.control("DELETE", "tokens?scope=lapsed") == (200, done)
    assert lapsed(talk) == [b"lapsed", b"good"]


def test_it_needs_the_secret(talk: Talk) -> None:
    for method, path in (
        ("GET", "clients/shop"), ("POST", "clients/create"), ("DELETE", "tokens?scope=lapsed"),
    ):  # fmt: skip
        answer = talk.gateway.request(method, f"/tyk/oauth/{path}")
        assert answer.status == 403
    assert talk.gateway.request("GET", "/tyk/oauth/clients/shop", SECRET).status == 200
