"""The plain key: where it is looked for, and whom it lets in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.apidef.model import AuthConfig
from twisted_tyk.authenticate.token import presented
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import definition


def key(config: dict[str, Any], target: bytes = b"/", **fields: str) -> str:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    return presented(AuthConfig(**config), Exchange(b"GET", target, b"", headers))


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("key", "key"),
        ("Bearer key", "key"),
        ("bearer key", "key"),
        ("BEARER  key", " key"),
        ("Bearer", "Bearer"),
        ("Basic a2V5", "Basic a2V5"),
        ("Bearerkey", "Bearerkey"),
        ("", ""),
    ],
)
def test_the_authorization_header_with_or_without_bearer(value: str, found: str) -> None:
    assert key({}, Authorization=value) == found


def test_nothing_else_is_looked_at_unless_told_so() -> None:
    assert key({}, b"/?Authorization=q&authorization=q", Cookie="Authorization=c") == ""
    assert key({"param_name": "k", "cookie_name": "k"}, b"/?k=q", Cookie="k=c") == ""


def test_a_cookie_goes_before_a_parameter_and_that_before_a_header() -> None:
    config = {"use_param": True, "use_cookie": True}
    everywhere = {"Authorization": "header", "Cookie": "Authorization=cookie"}
    assert key(config, b"/?Authorization=query", **everywhere) == "cookie"
    assert key({**config, "use_cookie": False}, b"/?Authorization=query", **everywhere) == "query"
    assert key({}, b"/?Authorization=query", **everywhere) == "header"


def test_an_empty_value_does_not_hide_another() -> None:
    config = {"use_param": True, "use_cookie": True}
    assert key(config, b"/?Authorization=", Authorization="h", Cookie="Authorization=") == "h"


def test_names_of_its_own() -> None:
    config = {"auth_header_name": "X-Key", "use_param": True, "use_cookie": True}
    assert key(config, X_Key="h", Authorization="other") == "h"
    assert key(config, b"/?X-Key=q") == "q"
    assert key(config, Cookie="X-Key=c") == "c"
    named = {**config, "param_name": "p", "cookie_name": "c"}
    assert key(named, b"/?X-Key=q", Cookie="X-Key=c") == ""
    assert key(named, b"/?p=q") == "q"
    assert key(named, Cookie="c=d") == "d"


def test_the_header_can_be_closed() -> None:
    config = {"disable_header": True, "use_param": True}
    assert key(config, Authorization="h") == ""
    assert key(config, b"/?Authorization=q", Authorization="h") == "q"


def test_parameters_are_decoded_and_the_first_one_counts() -> None:
    assert key({"use_param": True, "param_name": "k"}, b"/?k=a%20b+c&k=second") == "a b c"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a=1; k=v; b=2", "v"),
        ("k=v", "v"),
        ("a=1;k=v", "v"),
        ('k="v"', "v"),
        ("k=a=b==", "a=b=="),
        ("k=first; k=second", "first"),
        ("K=v", ""),
        ("xk=v", ""),
        ("k", ""),
        # Neighbours that are no cookies by the book, as browsers do send them.
        ('j={"a": [1, "b"]}; k=v', "v"),
        ("a[b]=c; k=v; \u00e9=d", "v"),
    ],
)
def test_a_cookie_among_others(line: str, found: str) -> None:
    assert key({"use_cookie": True, "cookie_name": "k"}, Cookie=line) == found


def test_without_a_key_401(gateway: MakeGateway, events: Events) -> None:
    running = gateway(definition("one", use_keyless=False))
    answer = running.get("/one/x")
    assert answer.status == 401
    assert json.loads(answer.body) == {"error": "Authorization field missing"}
    assert running.upstream.requests == []
    # As in Tyk this is no event: nobody has tried a key.
    assert not [text for text in events.texts() if "AuthFailure" in text]


def test_with_a_key_403(gateway: MakeGateway, events: Events) -> None:
    running = gateway(definition("one", use_keyless=False))
    answer = running.get("/one/x", Authorization="Bearer guess")
    assert answer.status == 403
    assert json.loads(answer.body) == {"error": "Access to this API has been disallowed"}
    assert running.upstream.requests == []
    told = [text for text in events.texts() if "AuthFailure" in text]
    assert told == ["AuthFailure: GET /one/x of API one from 127.0.0.1"]
    assert not [text for text in events.texts() if "guess" in text]


def test_an_api_is_closed_whatever_else_is_missing(gateway: MakeGateway) -> None:
    # Custom authentication is on, but there is no hook: Tyk asks for a key.
    running = gateway(
        definition("one", use_keyless=False, custom_plugin_auth_enabled=True),
        definition("two", use_keyless=False, use_standard_auth=False),
    )
    assert [running.get(f"/{name}/x").status for name in ("one", "two")] == [401, 401]


def test_where_the_definition_says(gateway: MakeGateway) -> None:
    running = gateway(
        definition(
            "one",
            use_keyless=False,
            auth={"auth_header_name": "X-Old"},
            auth_configs={"authToken": {"auth_header_name": "X-Key"}},
        )
    )
    assert running.get("/one/x", X_Old="k").status == 401
    assert running.get("/one/x", X_Key="k").status == 403
    assert running.records.hits[-1].api_key == "k"


def test_a_keyless_api_asks_nobody(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    assert running.get("/one/x", Authorization="guess").status == 200
    assert running.upstream.requests[0].headers.get("Authorization") == "guess"
    assert running.service.root.table.apis[0].steps == ("ReverseProxy",)

KEYED = definition("one", use_keyless=False)


def test_a_client_with_a_key_is_served(gateway: MakeGateway) -> None:
    running = gateway(KEYED, settings={"hash_keys": True, "hash_key_function": "sha256"})
    shared = running.service.shared
    token = shared.tokens.generate("default", "mine")
    shared.keys.write(token, SessionState(alias="Me"))
    for key in (token, "mine", f"Bearer {token}"):
        assert running.get("/one/x", Authorization=key).status == 200
    assert {hit.api_key for hit in running.records.hits} == {shared.tokens.hash(token)}
    assert {hit.alias for hit in running.records.hits} == {"Me"}


def test_a_key_of_another_organisation_is_none(gateway: MakeGateway) -> None:
    running = gateway(KEYED)
    running.service.shared.keys.write("otherme", SessionState())
    assert running.get("/one/x", Authorization="me").status == 403
    assert running.get("/one/x", Authorization="otherme").status == 200


def test_a_key_that_is_too_short_is_not_looked_for(gateway: MakeGateway) -> None:
    running = gateway(KEYED, settings={"min_token_length": 9})
    running.service.shared.keys.write("12345678", SessionState())
    assert running.get("/one/x", Authorization="12345678").status == 403


def test_a_hook_that_changes_its_session_changes_that_of_nobody_else(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "hooks.py").write_text(
        "from twisted_tyk import ctx\n"
        "def hook(rw, request):\n"
        "    session = ctx.get_session(request)\n"
        "    request.headers.set('Alias', session.alias)\n"
        "    session.alias = session.meta_data['x'] = 'changed'\n"
    )
    hook = {"name": "hook", "path": "hooks.py"}
    running = gateway(definition("one", use_keyless=False, post_key_auth=[hook]))
    running.service.shared.keys.write("key", SessionState(alias="Me"))
    for _ in range(2):
        assert running.get("/one/x", Authorization="key").status == 200
    assert [seen.headers.get("alias") for seen in running.upstream.requests] == ["Me", "Me"]
    assert {hit.alias for hit in running.records.hits} == {"changed"}
