"""What is refused, and how it is told: every error, and what attackers try."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest
from gateways import Events, MakeGateway
from oauth_gateway import FORM, LOGIN, SECRET, URI, Talk, basic, query_of, shop
from twisted.internet.defer import Deferred

from twisted_tyk.errors import StoreUnavailable

VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


def error(answer: tuple[int, dict[str, Any]]) -> tuple[int, str]:
    status, value = answer
    assert value["error_description"]
    return status, value["error"]


def authorize(talk: Talk, **query: str) -> Any:
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    return talk.gateway.get(f"/shop/oauth/authorize/?{text}")


# -- the token endpoint --


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ({}, "unsupported_grant_type"),
        ({"grant_type": "assertion"}, "unsupported_grant_type"),
        ({"grant_type": "__implicit"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_grant"),
        ({"grant_type": "authorization_code", "code": "none"}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "none"}, "invalid_grant"),
        ({"grant_type": "password", "username": "bob"}, "invalid_grant"),
        ({"grant_type": "password", "password": "open"}, "invalid_grant"),
    ],
)
def test_what_is_no_grant(talk: Talk, form: dict[str, str], name: str) -> None:
    assert error(talk.token(talk.client(), **form)) == (403, name)


def test_a_grant_that_the_api_does_not_allow(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    meta = {"allowed_access_types": ["authorization_code"], "allowed_authorize_types": ["code"]}
    talk = Talk(gateway(shop(oauth_meta=meta), settings={"policies": policies}))
    client = talk.client()
    assert error(talk.token(client, grant_type="client_credentials"))[1] == "unsupported_grant_type"
    answer = talk.approve(client, response_type="token")
    assert error(answer) == (403, "unsupported_response_type")
    assert "redirect_to" not in answer[1]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ({}, "invalid_request"),
        ({"Authorization": "Bearer x"}, "invalid_request"),
        ({"Authorization": "Basic"}, "invalid_request"),
        ({"Authorization": "Basic !"}, "invalid_request"),
        ({"Authorization": "Basic YWI="}, "invalid_request"),
        ({"Authorization": "Basic /w=="}, "invalid_request"),
        (basic("nobody", "x"), "unauthorized_client"),
        (basic("", ""), "unauthorized_client"),
    ],
)
def test_who_is_no_client(talk: Talk, headers: dict[str, str], name: str) -> None:
    answer = talk.post("oauth/token/", headers, grant_type="client_credentials")
    assert error((answer.status, json.loads(answer.body))) == (403, name)


def test_the_log_says_who_was_told_what(talk: Talk, events: Events) -> None:
    talk.token(talk.client(), grant_type="magic")
    told = "unsupported_grant_type at the OAuth server of API shop, told to 127.0.0.1"
    assert told in events.texts()


@pytest.mark.parametrize("secret", ["", "wrong", "{}x"])
def test_a_wrong_secret(talk: Talk, secret: str) -> None:
    client = talk.client()
    given = {**client, "secret": secret.format(client["secret"])}
    assert error(talk.token(given, grant_type="client_credentials")) == (403, "unauthorized_client")


def test_a_client_without_a_secret_is_nobody(talk: Talk) -> None:
    store = talk.gateway.service.shared.store
    stored = json.dumps({"id": "open", "secret": "", "redirecturi": URI, "policyid": "gold"})
    store.set(b"oauth-data.shop.oauth-clientid.open", stored.encode())
    answer = talk.token({"client_id": "open", "secret": ""}, grant_type="client_credentials")
    assert error(answer) == (403, "unauthorized_client")


def test_credentials_in_the_query_do_not_count(talk: Talk) -> None:
    client = talk.client()
    query = f"client_id={client['client_id']}&client_secret={quote(client['secret'])}"
    answer = talk.post(f"oauth/token/?{query}", grant_type="client_credentials")
    assert json.loads(answer.body)["error"] == "invalid_request"


def test_tokens_are_asked_for_by_post(talk: Talk) -> None:
    client = talk.client()
    who = basic(client["client_id"], client["secret"])
    target = "/shop/oauth/token/?grant_type=client_credentials"
    answer = talk.gateway.request("GET", target, who)
    assert error((answer.status, json.loads(answer.body))) == (403, "invalid_request")
    answer = talk.gateway.request("PUT", target, who)
    said = {"status": "error", "message": "Method not supported"}
    assert (answer.status, json.loads(answer.body)) == (405, said)


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/x-www-form-urlencoded", b"grant_type=client_credentials&grant_type=password"),
        ("application/x-www-form-urlencoded", b"grant_type=%FF"),
        ("application/x-www-form-urlencoded", b"\xff=1"),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 101)),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b'"grant_type"'),
        ("application/json", b'["ab"]'),
        ("application/json", b'{"grant_type": 1}'),
        ("application/json", b'{"grant_type": ["x"]}'),
        ("application/json", b'{"grant_type": {"a": "b"}}'),
        ("application/json", b'{"grant_type": "password", "grant_type": "password"}'),
        ("application/json", b'{"grant_type": "\\ud800"}'),
        ("application/json", b"[" * 100_000),
    ],
)
def test_what_can_be_read_in_two_ways_or_none(talk: Talk, media: str, body: bytes) -> None:
    client = talk.client()
    who = {"Content-Type": media, **basic(client["client_id"], client["secret"])}
    answer = talk.gateway.request("POST", "/shop/oauth/token/", who, body)
    assert error((answer.status, json.loads(answer.body))) == (403, "invalid_request")


def test_a_body_that_is_too_long(talk: Talk) -> None:
    body = b"grant_type=" + b"x" * (1 << 18)
    answer = talk.gateway.request("POST", "/shop/oauth/token/", {}, body)
    assert answer.status == 413


def test_a_client_without_a_policy_gets_no_token_and_the_log_says_why(
    talk: Talk, events: Events
) -> None:
    client = talk.client(policy_id="")
    assert error(talk.token(client, grant_type="client_credentials")) == (403, "server_error")
    assert any("it has no policy" in text for text in events.texts())


def test_the_status_of_errors_is_a_setting(gateway: MakeGateway, policies: dict[str, str]) -> None:
    settings = {"policies": policies, "oauth_error_status_code": 400}
    talk = Talk(gateway(shop(), settings=settings))
    assert error(talk.token(talk.client(), grant_type="x")) == (400, "unsupported_grant_type")


def test_without_a_store_there_are_no_tokens(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    client = talk.client()
    store = talk.gateway.service.shared.store

    def away(key: bytes) -> Any:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(store, "get", away)
    who = basic(client["client_id"], client["secret"])
    answer = talk.post("oauth/token/", who, grant_type="client_credentials")
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "1")
    assert json.loads(answer.body)["error"] == "temporarily_unavailable"


def test_a_fault_is_500_and_logged(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, logged_failures: Any
) -> None:
    client = talk.client()
    monkeypatch.setattr(talk.gateway.service.shared.store, "get", lambda key: 1 / 0)
    who = basic(client["client_id"], client["secret"])
    answer = talk.post("oauth/token/", who, grant_type="client_credentials")
    assert answer.status == 500
    assert len(logged_failures.flush(ZeroDivisionError)) == 1


# -- codes and refresh tokens --


def test_a_code_is_good_once(talk: Talk) -> None:
    client = talk.client()
    code = talk.code(client)
    first = talk.token(client, grant_type="authorization_code", code=code)[1]
    again = talk.token(client, grant_type="authorization_code", code=code)
    assert error(again) == (403, "invalid_grant")
    # As in Tyk, what came of it goes on.
    assert talk.call(first["access_token"]) == (200, "")


def test_a_code_of_another_client(talk: Talk) -> None:
    code = talk.code(talk.client())
    answer = talk.token(talk.client(), grant_type="authorization_code", code=code)
    assert error(answer) == (403, "invalid_grant")


def test_who_tries_the_code_of_another_does_not_use_it_up(talk: Talk) -> None:
    client = talk.client()
    code = talk.code(client)
    talk.token(talk.client(), grant_type="authorization_code", code=code)
    assert talk.token(client, grant_type="authorization_code", code=code)[0] == 200


def test_a_code_of_another_api(gateway: MakeGateway, policies: dict[str, str]) -> None:
    running = gateway(shop(), shop("bar"), settings={"policies": policies})
    one, other = Talk(running), Talk(running, "bar")
    client = one.client(client_id="both")
    twin = other.client(client_id="both", secret=client["secret"])
    answer = other.token(twin, grant_type="authorization_code", code=one.code(client))
    assert error(answer) == (403, "invalid_grant")


def test_a_code_that_is_over(gateway: MakeGateway, policies: dict[str, str]) -> None:
    talk = Talk(gateway(shop(), settings={"policies": policies}))
    client = talk.client()
    code = talk.code(client)
    talk.gateway.advance(251)
    answer = talk.token(client, grant_type="authorization_code", code=code)
    assert error(answer) == (403, "invalid_grant")


def test_a_code_that_a_store_keeps_too_long(talk: Talk) -> None:
    client = talk.client()
    code = talk.code(client)
    store = talk.gateway.service.shared.store
    key = f"oauth-data.shop.oauth-authorize.{code}".encode()
    value = json.loads(store.get(key).result)
    store.set(key, json.dumps({**value, "CreatedAt": "2024-01-01T00:00:00Z"}).encode())
    answer = talk.token(client, grant_type="authorization_code", code=code)
    assert error(answer) == (403, "invalid_grant")


def test_a_code_for_another_uri(gateway: MakeGateway, policies: dict[str, str]) -> None:
    settings = {"policies": policies, "oauth_redirect_uri_separator": ";"}
    talk = Talk(gateway(shop(), settings=settings))
    client = talk.client(redirect_uri=f"{URI};https://client.test/other")
    for uri in ("https://client.test/other", "https://evil.test/"):
        code = talk.code(client)
        answer = talk.token(client, grant_type="authorization_code", code=code, redirect_uri=uri)
        assert error(answer) == (403, "invalid_request")


def test_a_refresh_token_of_another_client(talk: Talk) -> None:
    refresh = talk.given(talk.client())["refresh_token"]
    other = talk.client()
    answer = talk.token(other, grant_type="refresh_token", refresh_token=refresh)
    assert error(answer) == (403, "invalid_client")


def test_a_scope_that_was_not_granted(talk: Talk) -> None:
    client = talk.client()
    refresh = talk.given(client, scope="read")["refresh_token"]
    asked = {"grant_type": "refresh_token", "refresh_token": refresh}
    assert error(talk.token(client, **asked, scope="read write")) == (403, "invalid_scope")
    assert talk.token(client, **asked)[0] == 200


@pytest.mark.parametrize("name", ["authorize", "refresh"])
def test_what_is_stored_and_not_readable_is_nothing(talk: Talk, name: str, events: Events) -> None:
    client = talk.client()
    store = talk.gateway.service.shared.store
    for text in (b"{", b"[]", b'{"Client": 5}', b'{"Client": {}, "CreatedAt": "x"}', b"[" * 9999):
        store.set(f"oauth-data.shop.oauth-{name}.x".encode(), text)
        if name == "authorize":
            answer = talk.token(client, grant_type="authorization_code", code="x")
        else:
            answer = talk.token(client, grant_type="refresh_token", refresh_token="x")
        assert error(answer) == (403, "invalid_grant")
    assert any("is not readable" in text for text in events.texts())


# -- PKCE --


@pytest.mark.parametrize(
    ("challenge", "method"), [(CHALLENGE, "S256"), (VERIFIER, "plain"), (VERIFIER, "")]
)
def test_a_code_with_a_challenge_needs_its_verifier(
    talk: Talk, challenge: str, method: str
) -> None:
    client = talk.client()
    code = talk.code(client, code_challenge=challenge, code_challenge_method=method)
    asked = {"grant_type": "authorization_code", "code": code}
    for wrong in ({}, {"code_verifier": "w" * 43}, {"code_verifier": CHALLENGE}):
        assert error(talk.token(client, **asked, **wrong)) == (403, "invalid_grant")
    assert talk.token(client, **asked, code_verifier=VERIFIER)[0] == 200


def test_a_verifier_without_a_challenge(talk: Talk) -> None:
    client = talk.client()
    answer = talk.token(
        client, grant_type="authorization_code", code=talk.code(client), code_verifier=VERIFIER
    )
    assert error(answer) == (403, "invalid_grant")


@pytest.mark.parametrize(
    ("challenge", "method"),
    [(CHALLENGE, "S512"), ("short", "S256"), ("", "S256"), ("x" * 42 + "!", "plain")],
)
def test_what_is_no_challenge(talk: Talk, challenge: str, method: str) -> None:
    answer = talk.approve(
        talk.client(), code_challenge=challenge, code_challenge_method=method, state="s"
    )
    assert error(answer) == (403, "invalid_request")
    assert query_of(answer[1]["redirect_to"])["state"] == "s"


# -- the authorisation endpoints --

STRANGE = [
    "https://evil.test/",
    "https://client.test/back/",
    "https://client.test/back/../evil",
    "https://client.test/back?next=https://evil.test",
    "https://client.test/back#x",
    "https://client.test.evil.test/back",
    "https://client.test@evil.test/back",
    "https://client.test:444/back",
    "http://client.test/back",
    "HTTPS://client.test/back",
    "//client.test/back",
    "javascript:alert(1)",
    "https://client.test/back\r\nSet-Cookie: a=b",
]


@pytest.mark.parametrize("uri", STRANGE)
def test_a_uri_that_is_not_the_clients(talk: Talk, uri: str) -> None:
    client = talk.client()
    answer = authorize(talk, response_type="code", client_id=client["client_id"], redirect_uri=uri)
    assert (answer.status, answer.headers.get("location")) == (403, None)
    said = {"status": "error", "message": "redirect_uri: not a redirect URI of the client."}
    assert json.loads(answer.body) == said
    status, approved = talk.approve(client, redirect_uri=uri, state="s")
    assert (status, approved["error"]) == (403, "invalid_request")
    assert approved["redirect_to"].startswith(URI + "?error=invalid_request&")


@pytest.mark.parametrize("uri", ["/back", "https://client.test/back#part", ""])
def test_a_uri_of_the_client_that_nobody_can_be_sent_to(talk: Talk, uri: str) -> None:
    client = talk.client(redirect_uri=uri)
    answer = authorize(talk, response_type="code", client_id=client["client_id"], redirect_uri=uri)
    assert (answer.status, answer.headers.get("location")) == (403, None)


def test_who_is_not_known_is_not_sent_anywhere(talk: Talk) -> None:
    for query in (
        {"response_type": "code", "client_id": "nobody", "redirect_uri": "https://evil.test/"},
        {"response_type": "code", "redirect_uri": "https://evil.test/"},
        {"client_id": talk.client()["client_id"], "redirect_uri": "https://evil.test/"},
    ):
        answer = authorize(talk, **query)
        assert (answer.status, answer.headers.get("location")) == (403, None)


def test_a_parameter_that_is_given_twice(talk: Talk) -> None:
    """The gateway would look at one, and the login page at the other."""
    client = talk.client()
    query = f"response_type=code&client_id={client['client_id']}&redirect_uri={URI}"
    answer = talk.gateway.get(f"/shop/oauth/authorize/?{query}&redirect_uri=https://evil.test/")
    assert answer.status == 403
    # What is nobody's business here may be there as often as it likes.
    assert talk.gateway.get(f"/shop/oauth/authorize/?{query}&resource=a&resource=b").status == 307


def test_nothing_in_a_request_becomes_a_header(talk: Talk) -> None:
    client = talk.client()
    state = "x%0d%0aSet-Cookie:%20a=b"
    query = f"response_type=code&client_id={client['client_id']}&state={state}"
    answer = talk.gateway.get(f"/shop/oauth/authorize/?{query}")
    assert answer.headers.get("location") == f"{LOGIN}?{query}"
    assert answer.headers.get("set-cookie") is None
    status, approved = talk.approve(client, state="x\r\nSet-Cookie: a=b&code=y#z")
    assert status == 200
    assert "\r" not in approved["redirect_to"]
    assert query_of(approved["redirect_to"]) == {
        "code": approved["code"], "state": "x\r\nSet-Cookie: a=b&code=y#z",
    }  # fmt: skip


@pytest.mark.parametrize("secret", [{}, {"X-Tyk-Authorization": "wrong"}])
def test_only_who_has_the_secret_approves(talk: Talk, secret: dict[str, str]) -> None:
    client = talk.client()
    form = {"response_type": "code", "client_id": client["client_id"]}
    answer = talk.post("tyk/oauth/authorize-client/", secret, **form)
    message = "Attempted administrative access with invalid or missing key!"
    assert (answer.status, json.loads(answer.body)["message"]) == (403, message)


def test_an_empty_secret_is_nobodys(gateway: MakeGateway) -> None:
    talk = Talk(gateway(shop(), settings={"secret": ""}))
    for secret in ({}, {"X-Tyk-Authorization": ""}):
        answer = talk.post("tyk/oauth/authorize-client/", secret, response_type="code")
        assert answer.status == 403
        assert "invalid or missing key" in answer.body.decode()


@pytest.mark.parametrize("rules", ["{", "[]", '"x"', '{"rate": "fast"}', '{"access_rights": []}'])
def test_rules_that_are_no_session(talk: Talk, rules: str) -> None:
    """They do not fall back to the policy: that may allow more."""
    status, approved = talk.approve(talk.client(), key_rules=rules)
    assert (status, approved["error"]) == (403, "invalid_request")
    assert approved["error_description"].startswith("key_rules: session: ")


def test_a_client_without_a_policy_needs_rules(talk: Talk) -> None:
    client = talk.client(policy_id="")
    answer = talk.approve(client, key_rules="", state="s")
    assert error(answer) == (403, "server_error")
    assert query_of(answer[1]["redirect_to"])["state"] == "s"
    assert talk.approve(client)[0] == 200


def test_where_nobody_logs_in_there_is_no_page_to_be_sent_to(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    meta = {"auth_login_redirect": ""}
    talk = Talk(gateway(shop(oauth_meta=meta), settings={"policies": policies}))
    answer = talk.gateway.get("/shop/oauth/authorize/?response_type=code")
    assert (answer.status, json.loads(answer.body)) == (
        400, {"error": "Authorization field missing"},
    )  # fmt: skip


def test_a_login_page_with_a_query_of_its_own(
    gateway: MakeGateway, policies: dict[str, str]
) -> None:
    meta = {"auth_login_redirect": f"{LOGIN}?shop=1"}
    talk = Talk(gateway(shop(oauth_meta=meta), settings={"policies": policies}))
    query = f"response_type=code&client_id={talk.client()['client_id']}"
    answer = talk.gateway.get(f"/shop/oauth/authorize/?{query}")
    assert answer.headers.get("location") == f"{LOGIN}?shop=1&{query}"


# -- the log --


def test_no_secret_is_in_the_log(talk: Talk, events: Events) -> None:
    client = talk.client()
    code = talk.code(client, state="the-state")
    token = talk.token(client, grant_type="authorization_code", code=code)[1]
    talk.token(client, grant_type="authorization_code", code=code)
    talk.token({**client, "secret": "wrong-secret"}, grant_type="client_credentials")
    talk.token(client, grant_type="password", username="bob", password="pass-word")
    talk.gateway.get("/shop/oauth/token/?client_secret=in-the-query")
    talk.post("oauth/revoke", token=token["access_token"])
    talk.call(token["access_token"])
    told = "\n".join(events.texts())
    for secret in (
        client["secret"], code, token["access_token"], token["refresh_token"], "wrong-secret",
        "pass-word", "in-the-query", "the-state", SECRET["X-Tyk-Authorization"] + '"',
    ):  # fmt: skip
        assert secret not in told
    assert client["secret"] not in repr(talk.gateway.service.shared)


# -- several at once --


def at_the_same_time(talk: Talk, client: dict[str, Any], form: str, key: bytes) -> list[int]:
    """Two requests for a token, both of which find what they ask for before either has it."""
    store = talk.gateway.service.shared.store
    get, waiting = store.get, []

    def late(asked: bytes) -> Any:
        if asked != key:
            return get(asked)
        outcome: Deferred[Any] = Deferred()
        waiting.append((outcome, get(asked).result))
        return outcome

    store.get = late  # type: ignore[method-assign]
    fields = {**basic(client["client_id"], client["secret"]), **FORM, "Host": "a"}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    text = f"POST /shop/oauth/token HTTP/1.1\r\n{head}Content-Length: {len(form)}\r\n\r\n{form}"
    connections = [talk.gateway.connect() for _ in range(2)]
    for connection in connections:
        talk.gateway.send(connection, text.encode())
    assert len(waiting) == 2
    for outcome, value in waiting:
        outcome.callback(value)
    talk.gateway.settle()
    store.get = get  # type: ignore[method-assign]
    return sorted(answer.status for each in connections for answer in each.answers)


def test_a_code_that_comes_twice_at_the_same_time(talk: Talk) -> None:
    client = talk.client()
    code = talk.code(client)
    key = f"oauth-data.shop.oauth-authorize.{code}".encode()
    form = f"grant_type=authorization_code&code={code}"
    assert at_the_same_time(talk, client, form, key) == [200, 403]
    assert len(talk.control("GET", f"clients/shop/{client['client_id']}/tokens")[1]) == 1


def test_a_refresh_token_that_comes_twice_at_the_same_time(talk: Talk) -> None:
    client = talk.client()
    refresh = talk.given(client)["refresh_token"]
    key = f"oauth-data.shop.oauth-refresh.{refresh}".encode()
    form = f"grant_type=refresh_token&refresh_token={quote(refresh)}"
    assert at_the_same_time(talk, client, form, key) == [200, 403]
    assert len(talk.control("GET", f"clients/shop/{client['client_id']}/tokens")[1]) == 1


def test_a_client_that_leaves_is_not_waited_for(
    talk: Talk, monkeypatch: pytest.MonkeyPatch, logged_failures: Any
) -> None:
    client = talk.client()
    store, ended = talk.gateway.service.shared.store, []
    waiting: Deferred[Any] = Deferred(ended.append)
    monkeypatch.setattr(store, "get", lambda key: waiting)
    connection = talk.gateway.connect()
    who = basic(client["client_id"], client["secret"])["Authorization"]
    body = "grant_type=client_credentials"
    head = f"POST /shop/oauth/token HTTP/1.1\r\nHost: a\r\nAuthorization: {who}\r\n"
    head += f"Content-Type: {FORM['Content-Type']}\r\nContent-Length: {len(body)}\r\n\r\n"
    talk.gateway.send(connection, (head + body).encode())
    assert connection.transport is not None
    connection.transport.loseConnection()
    talk.gateway.settle()
    assert ended == [waiting]
    assert logged_failures.flush() == []
