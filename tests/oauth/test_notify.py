"""The owner of an API is told of new tokens."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events, MakeGateway
from oauth_gateway import Talk, shop
from twisted.web.server import NOT_DONE_YET

URL = "http://127.0.0.1:9100/keys"
NOTIFICATIONS = {"oauth_on_keychange_url": URL, "shared_secret": "between-us"}


@pytest.fixture
def talk(gateway: MakeGateway, policies: dict[str, str]) -> Talk:
    running = gateway(shop(notifications=NOTIFICATIONS), settings={"policies": policies})
    return Talk(running)


def told(talk: Talk) -> list[dict[str, Any]]:
    talk.gateway.settle()
    return [json.loads(seen.body) for seen in talk.gateway.upstream.requests]


def test_of_a_token_and_of_each_that_comes_of_it(talk: Talk) -> None:
    client = talk.client()
    code = talk.code(client)
    assert told(talk) == []
    first = talk.token(client, grant_type="authorization_code", code=code)[1]
    second = talk.token(client, grant_type="refresh_token", refresh_token=first["refresh_token"])[1]
    own = talk.token(client, grant_type="client_credentials")[1]
    talk.token(client, grant_type="authorization_code", code=code)
    assert told(talk) == [
        {
            "auth_code": code,
            "new_oauth_token": first["access_token"],
            "refresh_token": first["refresh_token"],
            "old_refresh_token": "",
            "notification_type": "new",
        },
        {
            "auth_code": "",
            "new_oauth_token": second["access_token"],
            "refresh_token": second["refresh_token"],
            "old_refresh_token": first["refresh_token"],
            "notification_type": "refresh",
        },
        {
            "auth_code": "",
            "new_oauth_token": own["access_token"],
            "refresh_token": "",
            "old_refresh_token": "",
            "notification_type": "new",
        },
    ]
    seen = talk.gateway.upstream.requests[0]
    assert (seen.method, seen.target) == ("POST", "/keys")
    assert seen.headers.get("X-Tyk-Shared-Secret") == "between-us"
    assert seen.headers.get("Content-Type") == "application/json"
    assert seen.headers.get("User-Agent") == "Tyk-Gatewy-Notifications"


def test_it_is_tried_three_times(talk: Talk, events: Events) -> None:
    def wrong(request: Any) -> bytes:
        request.setResponseCode(500)
        return b"the secret is between-us"

    talk.gateway.upstream.answer = wrong
    token = talk.token(talk.client(), grant_type="client_credentials")[1]["access_token"]
    assert len(told(talk)) == 1
    talk.gateway.advance(9)
    assert len(told(talk)) == 1
    for expected in (2, 3, 3):
        talk.gateway.advance(10.5)
        assert len(told(talk)) == expected
    texts = [text for text in events.texts() if "could not be told" in text]
    assert len(texts) == 3
    assert texts[-1].endswith("(attempt 3 of 3): status 500")
    assert not any(word in text for text in events.texts() for word in ("between-us", token))


def test_it_is_tried_again_where_nobody_is_reached(talk: Talk) -> None:
    talk.gateway.upstream.reachable = False
    talk.token(talk.client(), grant_type="client_credentials")
    talk.gateway.upstream.reachable = True
    talk.gateway.advance(10.5)
    assert len(told(talk)) == 1
    talk.gateway.advance(30)
    assert len(told(talk)) == 1


def test_one_who_does_not_answer_is_not_waited_for(talk: Talk) -> None:
    talk.gateway.upstream.answer = lambda request: NOT_DONE_YET
    status, _ = talk.token(talk.client(), grant_type="client_credentials")
    assert status == 200
    talk.gateway.advance(20.5)
    assert len(told(talk)) == 2


def test_nobody_is_told_where_there_is_no_url(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    talk = Talk(gateway(shop(), settings={"policies": policies}))
    talk.token(talk.client(), grant_type="client_credentials")
    assert told(talk) == []


def test_a_gateway_that_stops_tells_no_more(talk: Talk) -> None:
    talk.gateway.upstream.answer = lambda request: NOT_DONE_YET
    talk.token(talk.client(), grant_type="client_credentials")
    talk.gateway.stop()
    talk.gateway.advance(60)
    assert len(told(talk)) == 1
