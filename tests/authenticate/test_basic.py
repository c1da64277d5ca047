"""Users with names and passwords: where they are looked for, and whom they let in."""

from __future__ import annotations

import json
from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest
from gateways import Events, MakeGateway
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.apidef.expressions import expression
from twisted_tyk.authenticate.basic import MAX_BODY, InBody
from twisted_tyk.errors import Refusal
from twisted_tyk.session.passwords import hash_password
from twisted_tyk.session.state import BasicAuthData, SessionState
from twisted_tyk.testing import Answer, MemoryGateway, definition

BASIC = {"use_keyless": False, "use_basic_auth": True}
IN_BODY = {
    "extract_from_body": True,
    "body_user_regexp": "<user>(.*?)</user>",
    "body_password_regexp": "<password>(.*?)</password>",
}
MALFORMED = "Attempted access with malformed header, "


def encoded(text: str) -> str:
    return "Basic " + b64encode(text.encode()).decode()


def add_user(running: MemoryGateway, name: str, kind: str = "bcrypt", **fields: Any) -> str:
    """A user as the control API stores one, with the password ``right``."""
    shared = running.service.shared
    token = shared.tokens.generate("default", name)
    data = hash_password("right", kind) if kind else BasicAuthData("right", "")
    shared.keys.write(token, SessionState(basic_auth_data=data, alias=name, **fields))
    return token


def told(answer: Answer) -> Any:
    return json.loads(answer.body)["error"]


@pytest.mark.parametrize("kind", ["", "bcrypt", "sha256", "murmur32", "murmur64", "murmur128"])
def test_a_user_with_the_right_password(gateway: MakeGateway, events: Events, kind: str) -> None:
    running = gateway(definition("one", **BASIC))
    add_user(running, "alice", kind)
    assert running.get("/one/x", Authorization=encoded("alice:right")).status == 200
    assert running.records.hits[-1].alias == "alice"
    for text in ("alice:wrong", "alice:", "bob:right", ":right", ":"):
        answer = running.get("/one/x", Authorization=encoded(text))
        assert (answer.status, told(answer)) == (401, "User not authorised")
        assert answer.headers.get_all("WWW-Authenticate") == ['Basic realm="one"']
    assert len(running.upstream.requests) == 1
    failures = [text for text in events.texts() if "AuthFailure" in text]
    assert len(failures) == 5
    assert not [text for text in events.texts() if "right" in text or "wrong" in text]


@pytest.mark.parametrize(
    ("value", "status", "message", "challenged"),
    [
        ("", 401, "Authorization field missing", True),
        ("Basic", 400, MALFORMED + "header not in basic auth format", False),
        ("Basic a b", 400, MALFORMED + "header not in basic auth format", False),
        ("Basic  YTpi", 400, MALFORMED + "header not in basic auth format", False),
        ("Basic YTpi!", 400, MALFORMED + "auth data not encoded correctly", False),
        ("Basic YTpiYw", 400, MALFORMED + "auth data not encoded correctly", False),
        ("Basic YWJj", 400, MALFORMED + "values not in basic auth format", False),
        # As in Tyk a password has no colon.
        (encoded("alice:right:ly"), 400, MALFORMED + "values not in basic auth format", False),
    ],
)
def test_headers_that_are_none(
    gateway: MakeGateway,
    events: Events,
    value: str,
    status: int,
    message: str,
    challenged: bool,
) -> None:
    running = gateway(definition("one", **BASIC))
    answer = running.request("GET", "/one/x", {"Authorization": value} if value else {})
    assert (answer.status, told(answer)) == (status, message)
    assert ("WWW-Authenticate" in answer.headers) is challenged
    assert not [text for text in events.texts() if "AuthFailure" in text]


def test_the_realm_is_the_name_of_the_api_and_nothing_more(gateway: MakeGateway) -> None:
    running = gateway(definition("one", **BASIC) | {"name": 'The "one"\r\nX: y \\'})
    answer = running.get("/one/x")
    assert answer.headers.get("WWW-Authenticate") == r'Basic realm="The \"one\"X: y \\"'
    assert "X" not in answer.headers


def test_where_the_definition_says(gateway: MakeGateway) -> None:
    configs = {"basic": {"auth_header_name": "X-User", "use_param": True, "param_name": "user"}}
    # Only plain keys and JSON web tokens have ``auth`` to fall back on.
    running = gateway(
        definition("one", **BASIC, auth_configs=configs),
        definition("two", **BASIC, auth={"auth_header_name": "X-User"}),
    )
    add_user(running, "alice")
    given = encoded("alice:right")
    assert running.get("/one/x", Authorization=given).status == 401
    assert running.get("/one/x", X_User=given).status == 200
    assert running.get("/one/x?user=" + given.replace(" ", "+")).status == 200
    assert running.get("/two/x", X_User=given).status == 401
    assert running.get("/two/x", Authorization=given).status == 200


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"hash_keys": True},
        {"hash_keys": True, "hash_key_function": "murmur128"},
        {"hash_key_function": "sha256", "disable_key_actions_by_username": True},
    ],
)
def test_a_user_is_stored_under_the_token_made_of_the_name(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    running = gateway(definition("one", **BASIC), settings=settings)
    token = add_user(running, "alice")
    assert running.get("/one/x", Authorization=encoded("alice:right")).status == 200
    shared = running.service.shared
    assert running.records.hits[-1].api_key in (token, shared.tokens.hash(token))


def test_users_that_were_made_before_there_was_a_hash_function(gateway: MakeGateway) -> None:
    running = gateway(definition("one", **BASIC), settings={"hash_key_function": "sha256"})
    data = hash_password("right", "sha256")
    running.service.shared.keys.write("defaultalice", SessionState(basic_auth_data=data))
    assert running.get("/one/x", Authorization=encoded("alice:right")).status == 200
    assert running.get("/one/x", Authorization=encoded("alice:wrong")).status == 401


def test_a_key_without_a_password_is_no_user(gateway: MakeGateway) -> None:
    running = gateway(definition("one", **BASIC))
    running.service.shared.keys.write("defaultkey", SessionState())
    for text in ("key:", "defaultkey:"):
        assert running.get("/one/x", Authorization=encoded(text)).status == 401


def test_an_inactive_user(gateway: MakeGateway) -> None:
    running = gateway(definition("one", **BASIC))
    add_user(running, "alice", is_inactive=True)
    answer = running.get("/one/x", Authorization=encoded("alice:right"))
    assert (answer.status, told(answer)) == (403, "Key is inactive, please renew")


def test_a_right_password_is_compared_once_in_a_while(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", **BASIC, basic_auth={"cache_ttl": 5}),
        definition("two", **BASIC, basic_auth={"disable_caching": True}),
    )
    add_user(running, "alice")
    compared: list[str] = []
    passwords = running.service.shared.passwords
    in_thread = passwords.in_thread
    passwords.in_thread = lambda call, *args: compared.append(args[1]) or in_thread(call, *args)

    def ask(api: str, password: str) -> int:
        before = len(compared)
        running.get(f"/{api}/x", Authorization=encoded(f"alice:{password}"))
        return len(compared) - before

    assert [ask("one", "right"), ask("one", "right"), ask("one", "wrong")] == [1, 0, 1]
    assert [ask("two", "right"), ask("two", "right")] == [1, 1]
    running.advance(4.5)
    assert ask("one", "right") == 0
    running.advance(1)
    assert [ask("one", "right"), ask("one", "right")] == [1, 0]


@pytest.fixture
def in_body(gateway: MakeGateway) -> MemoryGateway:
    running = gateway(definition("one", **BASIC, basic_auth=IN_BODY))
    add_user(running, "alice")
    return running


def post(running: MemoryGateway, body: str, **headers: str) -> Answer:
    return running.request("POST", "/one/x", headers, body.encode())


def test_name_and_password_in_the_body(in_body: MemoryGateway) -> None:
    body = "<a><user>alice</user><password>right</password></a>"
    assert post(in_body, body).status == 200
    # The upstream gets the whole of it.
    assert in_body.upstream.requests[0].body == body.encode()
    answer = post(in_body, body.replace("right", "wrong"))
    assert (answer.status, told(answer)) == (401, "User not authorised")
    assert answer.headers.get("WWW-Authenticate") == 'Basic realm="one"'


def test_a_good_header_goes_before_the_body(in_body: MemoryGateway) -> None:
    body = "<user>alice</user><password>right</password>"
    assert post(in_body, "", Authorization=encoded("alice:right")).status == 200
    assert post(in_body, body, Authorization=encoded("alice:wrong")).status == 401
    assert post(in_body, body, Authorization="Bearer").status == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "Body do not contain username"),
        ("<password>right</password>", "Body do not contain username"),
        ("<user>alice</user>", "Body do not contain password"),
    ],
)
def test_bodies_without_them(in_body: MemoryGateway, body: str, message: str) -> None:
    answer = post(in_body, body)
    assert (answer.status, told(answer)) == (400, message)
    assert "WWW-Authenticate" not in answer.headers


def test_a_body_that_comes_in_pieces(in_body: MemoryGateway) -> None:
    client = in_body.connect()
    head = "POST /one/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    in_body.send(client, f"{head}12\r\n<user>alice</user>\r\n".encode())
    assert client.answers == []
    in_body.send(client, b"1a\r\n<password>right</password>\r\n0\r\n\r\n")
    in_body.wait_for_thread()
    assert [answer.status for answer in client.answers] == [200]
    assert in_body.upstream.requests[0].body == b"<user>alice</user><password>right</password>"


@pytest.mark.parametrize("declared", [True, False])
def test_a_body_is_not_waited_for_without_end(in_body: MemoryGateway, declared: bool) -> None:
    client = in_body.connect()
    length = f"Content-Length: {MAX_BODY + 1}" if declared else "Transfer-Encoding: chunked"
    in_body.send(client, f"POST /one/x HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n".encode())
    if not declared:
        piece = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
        for _ in range(17):
            if not client.answers:
                in_body.send(client, piece)
    assert [answer.status for answer in client.answers] == [413]
    assert in_body.upstream.requests == []


def test_a_client_that_leaves_before_its_body_has_come(
    in_body: MemoryGateway, events: Events
) -> None:
    client = in_body.connect()
    in_body.send(client, b"POST /one/x HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n<user>")
    assert client.transport is not None
    client.transport.loseConnection()
    in_body.settle()
    assert in_body.upstream.requests == []
    assert not [event for event in events.seen if "log_failure" in event]


def find(user: str, password: str, body: bytes) -> tuple[str, str]:
    return InBody(expression(user), expression(password)).find(body)


@pytest.mark.parametrize(
    ("user", "password", "message"),
    [
        ("a", "(b)", "username should be inside regexp match group"),
        ("(a)", "b", "password should be inside regexp match group"),
    ],
)
def test_expressions_have_a_group(user: str, password: str, message: str) -> None:
    with pytest.raises(Refusal) as refused:
        find(user, password, b"ab")
    assert (refused.value.status, refused.value.message) == (400, message)


def test_the_first_match_and_its_first_group_count() -> None:
    assert find("u=(\\w+)(.)", "p=(x)?", b"u=alice&u=bob&p=&p=x") == ("alice", "")
    assert find("u=([[:alpha:]]*);", "p=(.*)", b"u=a;p=b\xff") == ("a", "b")
    assert find("(?i)U=(.*?);", r"p=(\pL*)", "u=älice;p=ß".encode()) == ("älice", "ß")
    latin = "u=(.*?);"
    assert find(latin, r"p=(\C*)", b"u=;p=\xff") == ("", "\udcff")


def test_no_body_takes_long() -> None:
    """Backtracking would need some 10 to the 13 steps for this one."""
    with pytest.raises(Refusal):
        find("<user>(.*?)</user>", "", b"<user>" * (MAX_BODY // 6))


@given(st.binary(max_size=60))
def test_whatever_a_body_is_there_is_an_answer(body: bytes) -> None:
    found: tuple[str, ...] = ()
    with suppress(Refusal):
        found = find("u=(.*?);", "p=(.*)", body)
    for each in found:
        assert each.encode("utf-8", "surrogateescape") in body


def test_two_ways_at_once(gateway: MakeGateway) -> None:
    """Both must be right; the user's session counts when the definition says so."""
    keys = {**BASIC, "use_standard_auth": True}
    config = {"authToken": {"auth_header_name": "X-Key"}}
    running = gateway(
        definition("one", **keys, auth_configs=config, base_identity_provided_by="basic_auth_user"),
        definition("two", **keys, auth_configs=config),
    )
    add_user(running, "alice")
    running.service.shared.keys.write("defaultkey", SessionState(alias="Key"))
    user = encoded("alice:right")
    assert running.get("/one/x", Authorization=user).status == 401
    assert running.get("/one/x", X_Key="key").status == 401
    assert running.get("/one/x", Authorization=user, X_Key="guess").status == 403
    assert running.upstream.requests == []
    assert running.get("/one/x", Authorization=user, X_Key="key").status == 200
    assert running.records.hits[-1].alias == "alice"
    assert running.get("/two/x", Authorization=user, X_Key="key").status == 200
    assert running.records.hits[-1].alias == "Key"
