"""The end of tokens, as clients ask for it below the listen path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import MakeGateway
from oauth_gateway import URI, Talk, shop

from twisted_tyk.session.state import SessionState

GONE = (403, "Key not authorised")
DONE = (200, {"status": "ok", "message": "token revoked successfully"})


def revoke(talk: Talk, **form: str) -> tuple[int, Any]:
    answer = talk.post("oauth/revoke", **form)
    return answer.status, json.loads(answer.body)


def revoke_all(talk: Talk, **form: str) -> tuple[int, Any]:
    answer = talk.post("oauth/revoke_all", **form)
    return answer.status, json.loads(answer.body)["message"]


def refreshes(talk: Talk, client: dict[str, Any], refresh: str) -> bool:
    return talk.token(client, grant_type="refresh_token", refresh_token=refresh)[0] == 200


def stored(talk: Talk) -> list[str]:
    """What the store has of tokens."""
    keys = talk.gateway.service.shared.store.keys(b"").result
    names = (key.decode() for key in keys)
    return [name for name in names if "client" not in name and name != "apikey-other"]


@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
def test_an_access_token_ends_whatever_it_was_taken_for(talk: Talk, hint: str) -> None:
    client = talk.client()
    token = talk.given(client)
    assert talk.call(token["access_token"]) == (200, "")
    assert revoke(talk, token=token["access_token"], token_type_hint=hint) == DONE
    assert talk.call(token["access_token"]) == GONE
    assert talk.control("GET", f"clients/shop/{client['client_id']}/tokens") == (200, [])
    # Its refresh token is another token.
    assert refreshes(talk, client, token["refresh_token"])


@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token"])
def test_a_refresh_token_ends_alone(talk: Talk, hint: str) -> None:
    client = talk.client()
    token = talk.given(client)
    assert revoke(talk, token=token["refresh_token"], token_type_hint=hint) == DONE
    assert not refreshes(talk, client, token["refresh_token"])
    assert talk.call(token["access_token"]) == (200, "")


def test_what_is_no_token_is_revoked_successfully(talk: Talk) -> None:
    """As RFC 7009 has it: who asks shall not learn which tokens there are."""
    assert revoke(talk, token="nothing") == DONE


def test_keys_that_are_no_tokens_stay(talk: Talk) -> None:
    """In Tyk this endpoint, which asks for no secret, deletes any key of the organisation."""
    keys = talk.gateway.service.shared.keys
    keys.write("other", SessionState(org_id="default"))
    assert revoke(talk, token="other") == DONE
    assert keys.read("other", "default").result is not None


@pytest.mark.parametrize("hashed", [False, True])
def test_the_hash_of_a_token_is_no_token(
    gateway: MakeGateway, policies: dict[str, str], hashed: bool
) -> None:
    settings = {"policies": policies, "hash_keys": hashed, "hash_key_function": "murmur64"}
    talk = Talk(gateway(shop(), settings=settings))
    token = talk.given(talk.client())["access_token"]
    name = talk.gateway.service.shared.tokens.hashed(token)
    assert (name == token) is not hashed
    if hashed:
        assert revoke(talk, token=name) == DONE
        assert talk.call(token) == (200, "")
    assert revoke(talk, token=token) == DONE
    assert talk.call(token) == GONE


def test_tokens_of_the_time_before_keys_were_hashed(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    """Tyk looks for the token itself when there is nothing under its hash."""
    settings = {"policies": policies, "hash_keys": True}
    talk = Talk(gateway(shop(), settings=settings))
    value = {
        "Client": {"id": "c", "redirecturi": URI}, "AccessToken": "plain", "ExpiresIn": 60,
        "CreatedAt": "2024-01-01T00:00:00.123456789Z",
    }  # fmt: skip
    store = talk.gateway.service.shared.store
    store.set(b"oauth-data.shop.oauth-access.plain", json.dumps(value).encode())
    assert revoke(talk, token="plain") == DONE
    assert store.get(b"oauth-data.shop.oauth-access.plain").result is None


@pytest.mark.parametrize(
    ("form", "target"),
    [({}, "oauth/revoke"), ({"token": ""}, "oauth/revoke"), ({}, "oauth/revoke?token=x")],
)
def test_there_must_be_a_token(talk: Talk, form: dict[str, str], target: str) -> None:
    answer = talk.post(target, **form)
    said = {"status": "error", "message": "token is required"}
    assert (answer.status, json.loads(answer.body)) == (400, said)


def test_it_is_asked_for_by_post(talk: Talk) -> None:
    for path in ("oauth/revoke?token=x", "oauth/revoke_all"):
        assert talk.gateway.get(f"/shop/{path}").status == 405


def test_a_client_ends_all_that_it_has(talk: Talk) -> None:
    client, other = talk.client(), talk.client()
    tokens = [talk.given(client) for _ in range(3)]
    kept = talk.given(other)
    # The access token of this one has ended; that it can be refreshed has not.
    revoke(talk, token=tokens[0]["access_token"])
    form = {"client_id": client["client_id"], "client_secret": client["secret"]}
    assert revoke_all(talk, **form) == (200, "tokens revoked successfully")
    for token in tokens:
        assert talk.call(token["access_token"]) == GONE
        assert not refreshes(talk, client, token["refresh_token"])
    assert talk.call(kept["access_token"]) == (200, "")
    assert len(stored(talk)) == 3  # the key, the access token and the refresh token of the other


def test_of_many_tokens_too(talk: Talk) -> None:
    client = talk.client()
    for _ in range(101):
        talk.token(client, grant_type="client_credentials")
    tokens = talk.control("GET", f"clients/shop/{client['client_id']}/tokens")[1]
    assert len(tokens) == 101
    form = {"client_id": client["client_id"], "client_secret": client["secret"]}
    assert revoke_all(talk, **form)[0] == 200
    assert stored(talk) == []


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({}, "client_id is required"),
        ({"client_id": "nobody"}, "client_secret is required"),
        ({"client_id": "nobody", "client_secret": "x"}, "client secret is wrong"),
        ({"client_id": "one", "client_secret": "wrong"}, "client secret is wrong"),
    ],
)
def test_only_the_client_itself_does_that(talk: Talk, form: dict[str, str], message: str) -> None:
    client = talk.client(client_id="one")
    token = talk.given(client)["access_token"]
    assert revoke_all(talk, **form) == (401, message)
    assert talk.call(token) == (200, "")


def test_other_nodes_are_told(talk: Talk) -> None:
    heard: list[str] = []
    shared = talk.gateway.service.shared
    shared.notifications.subscribe("KeySpaceUpdateNotification", heard.append)
    client = talk.client()
    token = talk.given(client)["access_token"]
    talk.gateway.advance(1)
    heard.clear()
    revoke(talk, token=token)
    talk.gateway.advance(1)
    assert heard == [shared.tokens.hashed(token)]
