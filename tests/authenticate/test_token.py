"""The plain key: where it is looked for, and whom it lets in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from gateways import Events, MakeGateway
from twisted.internet.defer import Deferred

from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import definition


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
    assert told == [
        "AuthFailure: GET /one/x of API one from 127.0.0.1: Access to this API has been disallowed"
    ]
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


def test_near_and_far_are_looked_for_in_the_same_way(gateway: MakeGateway) -> None:
    """A wrong key is never compared with a right one: the store is asked for its hash."""
    running = gateway(KEYED, settings={"hash_keys": True, "hash_key_function": "sha256"})
    shared = running.service.shared
    token = shared.tokens.generate("default", "mine")
    shared.keys.write(token, SessionState())
    asked: list[list[bytes]] = []
    get_many = shared.store.get_many

    def watched(keys: Sequence[bytes]) -> Deferred[list[bytes | None]]:
        asked.append(list(keys))
        found: Deferred[list[bytes | None]] = get_many(keys)
        return found

    shared.store.get_many = watched  # type: ignore[method-assign]
    near = shared.tokens.generate("default", "mind")
    assert running.get("/one/x", Authorization=near).status == 403
    far = shared.tokens.generate("default", "x" * 32)
    assert running.get("/one/x", Authorization=far).status == 403
    assert asked == [[b"apikey-" + shared.tokens.hash(each).encode()] for each in (near, far)]
