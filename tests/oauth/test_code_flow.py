"""The code flow: a user agrees on the login page, and the client gets a token for a code."""

from __future__ import annotations

import json

from gateways import MakeGateway
from oauth_gateway import LOGIN, RULES, SECRET, URI, Talk, query_of, shop


def test_a_user_is_sent_to_the_login_page_and_the_client_gets_in(talk: Talk) -> None:
    client = talk.client()
    asked = f"response_type=code&client_id={client['client_id']}&redirect_uri={URI}&state=a%26b"
    answer = talk.gateway.get(f"/shop/oauth/authorize/?{asked}")
    assert answer.status == 307
    assert answer.headers.get("location") == f"{LOGIN}?{asked}"

    status, approved = talk.approve(client, state="a&b")
    assert status == 200
    assert approved["state"] == "a&b"
    assert approved["redirect_to"].startswith(URI + "?")
    assert query_of(approved["redirect_to"]) == {"code": approved["code"], "state": "a&b"}

    status, token = talk.token(
        client, grant_type="authorization_code", code=approved["code"], redirect_uri=URI
    )
    assert status == 200
    assert (token["token_type"], token["expires_in"]) == ("bearer", 3600)
    assert token["refresh_token"]

    assert talk.call(token["access_token"]) == (200, "")
    [hit] = talk.gateway.records.hits
    assert (hit.alias, hit.oauth_id) == ("Ann", client["client_id"])
    assert hit.api_key == token["access_token"]


def test_what_came_by_post_is_posted_once_more_by_the_browser(talk: Talk) -> None:
    client = talk.client()
    form = {"response_type": "code", "client_id": client["client_id"]}
    answer = talk.post("oauth/authorize/", **form)
    assert (answer.status, answer.headers.get("location")) == (307, LOGIN)


def test_all_of_it_is_below_the_id_of_the_api_too(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    proxy = {"listen_path": "/elsewhere/"}
    running = gateway(shop(proxy=proxy), settings={"policies": policies})
    client = Talk(running).client()
    query = f"response_type=code&client_id={client['client_id']}"
    for path in ("/shop/oauth/authorize", "/elsewhere/oauth/authorize"):
        assert running.get(f"{path}?{query}").status == 307
        assert running.get(f"{path}/?{query}").status == 307
    assert Talk(running).given(client)["access_token"]
    assert running.upstream.requests == []


def test_a_redirect_uri_need_not_be_given(talk: Talk) -> None:
    client = talk.client()
    status, approved = talk.approve(client, redirect_uri="")
    assert (status, approved["redirect_to"]) == (200, f"{URI}?code={approved['code']}")
    status, _ = talk.token(client, grant_type="authorization_code", code=approved["code"])
    assert status == 200


def test_an_escape_too_many_is_overlooked_as_in_tyk(talk: Talk) -> None:
    client = talk.client()
    status, approved = talk.approve(client, redirect_uri="https%3A%2F%2Fclient.test%2Fback")
    assert (status, approved["redirect_to"]) == (200, f"{URI}?code={approved['code']}")


def test_the_policy_of_the_client_decides_where_no_session_is_given(talk: Talk) -> None:
    token = talk.given(talk.client(), key_rules="")
    assert talk.call(token["access_token"]) == (200, "")
    assert talk.gateway.records.hits[0].alias == ""


def test_the_scope_comes_back(talk: Talk) -> None:
    assert talk.given(talk.client(), scope="read write")["scope"] == "read write"


def test_a_token_at_once_stands_in_the_fragment(talk: Talk) -> None:
    status, approved = talk.approve(talk.client(), response_type="token", state="s&access_token=x")
    assert status == 200
    uri, _, fragment = approved["redirect_to"].partition("#")
    assert uri == URI
    assert query_of("?" + fragment) == {
        "access_token": approved["access_token"],
        "expires_in": "3600",
        "state": "s&access_token=x",
        "token_type": "bearer",
    }
    assert "refresh_token" not in approved
    assert talk.call(approved["access_token"]) == (200, "")


def test_the_session_has_what_the_rules_and_the_client_say(talk: Talk) -> None:
    client = talk.client(meta_data={"app": "web", "plan": "free"})
    rules = {**RULES, "meta_data": {"plan": "paid"}, "expires": 1, "oauth_client_id": "another"}
    token = talk.given(client, key_rules=json.dumps(rules))["access_token"]
    keys = talk.gateway.service.shared.keys
    found = keys.read(token, "default")
    session = found.result
    assert session.meta_data == {"app": "web", "plan": "paid"}
    assert session.oauth_client_id == client["client_id"]
    assert session.org_id == "default"
    assert session.expires > 3000


def test_answers_with_tokens_are_kept_by_nobody(talk: Talk) -> None:
    client = talk.client()
    answer = talk.post("oauth/token/", grant_type="x")
    for name, value in {
        "Content-Type": "application/json",
        "Cache-Control": "no-cache, no-store, must-revalidate",
        "Pragma": "no-cache",
        "Expires": "0",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-XSS-Protection": "1; mode=block",
        "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    }.items():
        assert answer.headers.get(name) == value
    given = {"response_type": "code", "client_id": client["client_id"]}
    answer = talk.post("tyk/oauth/authorize-client", SECRET, **given)
    assert (answer.status, answer.headers.get("Cache-Control")) == (200, "no-store")
