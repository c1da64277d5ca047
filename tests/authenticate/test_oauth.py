"""Tokens of the OAuth server at the door of an API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from oauth_gateway import Talk, policy, shop
from twisted.internet.defer import Deferred, fail

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.session.state import SessionState


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gold.json").write_text(json.dumps(policy()))
    return {"policies": {"policy_source": "file", "policy_path": "policies"}}


@pytest.fixture
def talk(gateway: MakeGateway, settings: dict[str, Any]) -> Talk:
    return Talk(gateway(shop(), settings=settings))


def told(talk: Talk, **headers: str) -> tuple[int, str]:
    answer = talk.gateway.get("/shop/x", **headers)
    return answer.status, json.loads(answer.body)["error"]


def own_token(talk: Talk, client: dict[str, Any]) -> str:
    return str(talk.token(client, grant_type="client_credentials")[1]["access_token"])


@pytest.mark.parametrize(
    ("value", "status", "message"),
    [
        (None, 400, "Authorization field missing"),
        ("", 400, "Authorization field missing"),
        ("Bearer", 400, "Authorization field missing"),
        ("a-token", 400, "Authorization field missing"),
        ("Basic a2V5OmtleQ==", 400, "Bearer token malformed"),
        ("Bearer nothing", 403, "Key not authorised"),
        ("Bearer  two-blanks", 403, "Key not authorised"),
        ("Bearer x", 403, "Key not authorised"),
    ],
)
def test_what_is_no_token(talk: Talk, value: str | None, status: int, message: str) -> None:
    headers = {} if value is None else {"Authorization": value}
    assert told(talk, **headers) == (status, message)
    assert talk.gateway.upstream.requests == []


def test_the_word_bearer_is_spelled_as_one_likes(talk: Talk) -> None:
    token = own_token(talk, talk.client())
    for word in ("bearer", "BEARER", "Bearer"):
        assert talk.gateway.get("/shop/x", Authorization=f"{word} {token}").status == 200


def test_a_token_is_found_where_auth_configs_say(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    where = {"oauth": {"auth_header_name": "X-Token", "use_param": True, "param_name": "t"}}
    talk = Talk(gateway(shop(auth_configs=where), settings=settings))
    token = own_token(talk, talk.client())
    assert told(talk, Authorization=f"Bearer {token}") == (400, "Authorization field missing")
    assert talk.gateway.get("/shop/x", X_Token=f"Bearer {token}").status == 200
    assert talk.gateway.get(f"/shop/x?t=Bearer%20{token}").status == 200


def test_a_key_that_no_client_got_is_no_token(talk: Talk) -> None:
    talk.gateway.service.shared.keys.write("some-key", SessionState(org_id="default"))
    expected = (403, "Key not authorised. OAuth client access was revoked")
    assert told(talk, Authorization="Bearer some-key") == expected


def test_tokens_of_a_client_that_is_gone_are_refused_within_a_second(talk: Talk) -> None:
    client = talk.client()
    token = own_token(talk, client)
    assert talk.call(token) == (200, "")
    assert talk.control("DELETE", f"clients/shop/{client['client_id']}")[0] == 200
    talk.gateway.advance(1)
    revoked = (403, "Key not authorised. OAuth client access was revoked")
    assert talk.call(token) == revoked
    assert talk.call(token) == revoked
    talk.client(client_id=client["client_id"])
    talk.gateway.advance(1)
    assert talk.call(token) == (200, "")


def test_a_token_of_another_apis_client(gateway: MakeGateway, settings: dict[str, Any]) -> None:
    running = gateway(shop(), shop("bar"), settings=settings)
    token = own_token(Talk(running, "bar"), Talk(running, "bar").client())
    expected = (403, "Key not authorised. OAuth client access was revoked")
    assert Talk(running).call(token) == expected


def test_a_token_is_held_to_its_rights(gateway: MakeGateway, settings: dict[str, Any]) -> None:
    running = gateway(shop(), shop("bar"), settings=settings)
    talk = Talk(running, "bar")
    token = own_token(talk, talk.client())
    assert talk.call(token) == (403, "Access to this API has been disallowed")


def test_messages_can_be_others(gateway: MakeGateway, settings: dict[str, Any]) -> None:
    messages = {"oauth.key_not_found": {"message": "Who?", "code": 418}}
    talk = Talk(gateway(shop(), settings={**settings, "override_messages": messages}))
    assert told(talk, Authorization="Bearer nothing") == (418, "Who?")


def test_with_another_way_the_definition_says_whose_session_counts(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    ways = {
        "use_standard_auth": True,
        "auth_configs": {"authToken": {"auth_header_name": "X-Key"}},
    }
    for base, alias in (("oauth_key", "by-token"), ("auth_token", "by-key")):
        api = shop(base_identity_provided_by=base, **ways)
        talk = Talk(gateway(api, settings=settings))
        talk.gateway.service.shared.keys.write("the-key", SessionState(alias="by-key"))
        rules = json.dumps({"alias": "by-token"})
        token = talk.given(talk.client(), key_rules=rules)["access_token"]
        headers = {"Authorization": f"Bearer {token}", "X-Key": "the-key"}
        assert talk.gateway.request("GET", "/shop/x", headers).status == 200
        assert talk.gateway.records.hits[-1].alias == alias
        del headers["X-Key"]
        assert talk.gateway.request("GET", "/shop/x", headers).status == 401


class Away:
    """Takes the place of a store's method, which counts and can be away."""

    def __init__(self, method: Any) -> None:
        self.method = method
        self.calls = 0
        self.away = False
        self.waiting: Deferred[None] | None = None

    def __call__(self, key: bytes) -> Any:
        self.calls += 1
        if self.away:
            return fail(StoreUnavailable("gone"))
        if self.waiting is not None:
            return self.waiting.addCallback(lambda _: self.method(key))
        return self.method(key)


def test_the_store_is_asked_once_a_second_for_a_client(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = own_token(talk, talk.client())
    assert talk.call(token) == (200, "")
    store = talk.gateway.service.shared.store
    get = Away(store.get)
    monkeypatch.setattr(store, "get", get)
    for _ in range(5):
        assert talk.call(token) == (200, "")
    assert get.calls == 0
    talk.gateway.advance(1)
    for _ in range(5):
        assert talk.call(token) == (200, "")
    assert get.calls == 1


def test_without_a_store_what_was_seen_last_counts(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = talk.client()
    token, unseen = own_token(talk, client), own_token(talk, talk.client())
    assert talk.call(token) == (200, "")
    store = talk.gateway.service.shared.store
    get = Away(store.get)
    get.away = True
    monkeypatch.setattr(store, "get", get)
    talk.gateway.advance(5)
    assert talk.call(token) == (200, "")
    assert talk.call(unseen) == (503, "Storage is not available")


def test_while_one_waits_others_go_by_what_was_seen_a_moment_ago(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = own_token(talk, talk.client())
    assert talk.call(token) == (200, "")
    store = talk.gateway.service.shared.store
    get = Away(store.get)
    get.waiting = Deferred()
    monkeypatch.setattr(store, "get", get)
    talk.gateway.advance(1.25)
    connection = talk.gateway.connect()
    head = f"GET /shop/x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n"
    talk.gateway.send(connection, head.encode())
    assert connection.answers == []
    assert talk.call(token) == (200, "")
    assert get.calls == 1
    get.waiting.callback(None)
    talk.gateway.settle()
    assert [answer.status for answer in connection.answers] == [200]
