"""The other ways to a token: by the client itself, by refreshing, by a password."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from attrs import evolve
from gateways import MakeGateway
from oauth_gateway import FORM, URI, Talk, policy, shop

from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import BasicAuthData, SessionState


def test_a_client_gets_a_token_for_itself(talk: Talk) -> None:
    client = talk.client()
    status, token = talk.token(client, grant_type="client_credentials", scope="all")
    assert status == 200
    assert set(token) == {"access_token", "token_type", "expires_in", "scope"}
    assert talk.call(token["access_token"]) == (200, "")
    assert talk.gateway.records.hits[0].oauth_id == client["client_id"]


def test_its_credentials_may_be_in_the_body(talk: Talk) -> None:
    client = talk.client()
    form = {"client_id": client["client_id"], "client_secret": client["secret"]}
    answer = talk.post("oauth/token", grant_type="client_credentials", **form)
    assert answer.status == 200


def test_the_body_may_be_json(talk: Talk) -> None:
    client = talk.client()
    value = {
        "grant_type": "client_credentials",
        "client_id": client["client_id"],
        "client_secret": client["secret"],
    }
    headers = {"Content-Type": "application/json"}
    answer = talk.gateway.request("POST", "/shop/oauth/token/", headers, json.dumps(value).encode())
    assert answer.status == 200


def test_basic_authentication_goes_first(talk: Talk) -> None:
    """Examples in Tyk's manual send both."""
    client = talk.client()
    status, _ = talk.token(
        client, grant_type="client_credentials", client_id="nobody", client_secret="wrong"
    )
    assert status == 200


def test_a_refresh_token_is_good_once_and_ends_the_tokens_before(talk: Talk) -> None:
    client = talk.client()
    first = talk.given(client, scope="read write")
    status, second = talk.token(
        client, grant_type="refresh_token", refresh_token=first["refresh_token"], scope="read"
    )
    assert status == 200
    assert second["scope"] == "read"
    assert second["refresh_token"] != first["refresh_token"]
    assert talk.call(second["access_token"]) == (200, "")
    assert talk.call(first["access_token"]) == (403, "Key not authorised")
    assert talk.gateway.records.hits[0].alias == "Ann"

    again = talk.token(client, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert (again[0], again[1]["error"]) == (403, "invalid_grant")
    # It is an error and no more: what came of it goes on.
    assert talk.call(second["access_token"]) == (200, "")


def test_a_refreshed_token_follows_the_policy_that_the_client_has_now(
    gateway: MakeGateway, policies: dict[str, str], tmp_path: Path
) -> None:
    silver = policy("silver", tags=["silver"])
    (tmp_path / "policies" / "silver.json").write_text(json.dumps(silver))
    talk = Talk(gateway(shop(), settings={"policies": policies}))
    client = talk.client()
    token = talk.given(client, key_rules="")
    given = {"redirect_uri": URI, "policy_id": "silver"}
    assert talk.control("PUT", f"clients/shop/{client['client_id']}", given)[0] == 200
    # Tokens of the old policy have ended.
    assert talk.call(token["access_token"]) == (403, "Key not authorised")
    status, second = talk.token(
        client, grant_type="refresh_token", refresh_token=token["refresh_token"]
    )
    assert status == 200
    assert talk.call(second["access_token"]) == (200, "")
    assert "silver" in talk.gateway.records.hits[-1].tags


def user(password: str = "open", hash_type: str = "") -> SessionState:
    rights = {"shop": AccessDefinition(api_id="shop", versions=["Default"])}
    data = BasicAuthData(password, hash_type)
    return SessionState(
        org_id="default", alias="Bob", access_rights=rights, basic_auth_data=data,
        meta_data={"own": "yes"},
    )  # fmt: skip


def add_user(talk: Talk, session: SessionState, lifetime: float = 0) -> None:
    shared = talk.gateway.service.shared
    shared.keys.write(shared.tokens.generate("default", "bob"), session, lifetime)


def password_token(talk: Talk, client: dict[str, Any], **form: str) -> tuple[int, dict[str, Any]]:
    given = {"grant_type": "password", "username": "bob", "password": "open", **form}
    return talk.token(client, **given)


def test_a_users_password_gives_a_token_with_the_users_rights(talk: Talk) -> None:
    client = talk.client(meta_data={"app": "web"})
    add_user(talk, user(), 100)
    status, token = password_token(talk, client)
    assert status == 200
    assert token["refresh_token"]
    assert talk.call(token["access_token"]) == (200, "")
    assert talk.gateway.records.hits[0].alias == "Bob"
    keys = talk.gateway.service.shared.keys
    session = keys.read(token["access_token"], "default").result
    assert session.basic_auth_data == BasicAuthData()
    assert session.meta_data == {"own": "yes", "app": "web"}
    # The user's key knows of the token, and is otherwise as it was.
    bob = keys.read("bob", "default").result
    assert bob.oauth_keys == {client["client_id"]: token["access_token"]}
    assert (bob.basic_auth_data.password, bob.meta_data) == ("open", {"own": "yes"})
    assert 0 < keys.store.ttl(b"apikey-defaultbob").result <= 100


@pytest.mark.parametrize("change", [{"is_inactive": True}, {"expires": 5}])
def test_a_user_whose_key_is_of_no_use_gets_no_token(talk: Talk, change: dict[str, Any]) -> None:
    """In Tyk the token of a user that has expired is good."""
    add_user(talk, evolve(user(), **change))
    status, answer = password_token(talk, talk.client())
    assert (status, answer["error"]) == (403, "access_denied")


def test_a_code_or_refresh_token_is_kept_while_the_policy_is_away(
    gateway: MakeGateway, policies: dict[str, str], tmp_path: Path
) -> None:
    talk = Talk(gateway(shop(), settings={"policies": policies}))
    client = talk.client()
    refresh = talk.given(client, key_rules="")["refresh_token"]
    code = talk.code(client, key_rules="")
    file = tmp_path / "policies" / "gold.json"
    text = file.read_text()
    asked = (
        {"grant_type": "authorization_code", "code": code},
        {"grant_type": "refresh_token", "refresh_token": refresh},
    )
    for content, status in (("", 403), (text, 200)):
        file.unlink()
        if content:
            file.write_text(content)
        assert talk.gateway.control("/tyk/reload?block=true").status == 200
        assert [talk.token(client, **each)[0] for each in asked] == [status, status]
        file.touch()


def test_a_user_has_one_token_of_each_client(talk: Talk) -> None:
    one, other = talk.client(), talk.client()
    add_user(talk, user())
    first, elsewhere = password_token(talk, one)[1], password_token(talk, other)[1]
    second = password_token(talk, one)[1]
    assert talk.call(first["access_token"]) == (403, "Key not authorised")
    assert talk.call(second["access_token"]) == (200, "")
    assert talk.call(elsewhere["access_token"]) == (200, "")


@pytest.mark.parametrize("name", ["bob", "nobody"])
def test_a_wrong_password_and_an_unknown_user_are_told_alike(talk: Talk, name: str) -> None:
    client = talk.client()
    hashed = bcrypt.hashpw(b"open", bcrypt.gensalt(4)).decode()
    add_user(talk, user(hashed, "bcrypt"))
    who = b64encode(f"{client['client_id']}:{client['secret']}".encode()).decode()
    connection = talk.gateway.connect()
    body = f"grant_type=password&username={name}&password=wrong".encode()
    fields = {"Host": "a", **FORM, "Authorization": f"Basic {who}", "Content-Length": len(body)}
    head = "".join(f"{key}: {value}\r\n" for key, value in fields.items())
    start = f"POST /shop/oauth/token HTTP/1.1\r\n{head}\r\n".encode()
    talk.gateway.send(connection, start + body)
    talk.gateway.wait_for_thread()
    [answer] = connection.answers
    assert (answer.status, json.loads(answer.body)["error"]) == (403, "access_denied")


def test_a_key_without_a_password_is_no_user(talk: Talk) -> None:
    add_user(talk, user(""))
    client = talk.client()
    connection = talk.gateway.connect()
    who = b64encode(f"{client['client_id']}:{client['secret']}".encode()).decode()
    body = b"grant_type=password&username=bob&password=x"
    head = f"POST /shop/oauth/token HTTP/1.1\r\nHost: a\r\nAuthorization: Basic {who}\r\n"
    head += f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    talk.gateway.send(connection, head.encode() + body)
    talk.gateway.wait_for_thread()
    assert [answer.status for answer in connection.answers] == [403]


def test_a_token_lives_as_long_as_the_settings_say(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    settings = {
        "policies": policies, "oauth_token_expire": 50, "oauth_refresh_token_expire": 90,
    }  # fmt: skip
    talk = Talk(gateway(shop(), settings=settings))
    token = talk.given(talk.client())
    assert token["expires_in"] == 50
    shared = talk.gateway.service.shared
    access = shared.tokens.hashed(token["access_token"])
    ttl = shared.store.ttl
    assert ttl(f"oauth-data.shop.oauth-access.{access}".encode()).result == pytest.approx(50, abs=1)
    refresh = f"oauth-data.shop.oauth-refresh.{token['refresh_token']}"
    assert ttl(refresh.encode()).result == pytest.approx(90, abs=1)
    # The session stays a day longer, so that the client is told why it is not let in.
    assert ttl(f"apikey-{access}".encode()).result == pytest.approx(86450, abs=1)


def test_a_session_is_kept_as_long_as_its_api_says(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    talk = Talk(gateway(shop(session_lifetime=7000), settings={"policies": policies}))
    token = talk.given(talk.client())["access_token"]
    shared = talk.gateway.service.shared
    key = f"apikey-{shared.tokens.hashed(token)}".encode()
    assert shared.store.ttl(key).result == pytest.approx(7000, abs=1)
