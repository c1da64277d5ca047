"""Several ways to authenticate at one API, and whose session counts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway

from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import definition

HOOKS = """
from twisted_tyk import SessionState, ctx

def known(rw, request):
    ctx.set_session(request, SessionState(alias="Hook", key_id="hook"), STORED)

def later(rw, request):
    ctx.set_session(request, SessionState(alias="Later", key_id="later"))

async def slow(rw, request):
    known(rw, request)

def closed(rw, request):
    rw.write_header(403)

def broken(rw, request):
    raise ZeroDivisionError
"""


@pytest.fixture
def hooks(tmp_path: Path) -> Path:
    file = tmp_path / "hooks.py"
    file.write_text(HOOKS.replace("STORED", "True"))
    return file


def both(base: str, hook: str = "known", **keys: Any) -> dict[str, Any]:
    """A hook and a key, in Tyk's order."""
    return definition(
        "one",
        use_keyless=False,
        use_standard_auth=True,
        custom_plugin_auth_enabled=True,
        auth_check={"name": hook, "path": "hooks.py"},
        base_identity_provided_by=base,
        **keys,
    )


@pytest.mark.parametrize(
    ("base", "who"),
    [("", "Key"), ("auth_token", "Key"), ("custom_auth", "Hook")],
)
@pytest.mark.parametrize("hook", ["known", "slow"])
def test_both_must_pass_and_one_says_who_it_is(
    gateway: MakeGateway, hooks: Path, base: str, who: str, hook: str
) -> None:
    running = gateway(both(base, hook))
    running.service.shared.keys.write("key", SessionState(alias="Key"))
    assert running.get("/one/x").status == 401
    assert running.get("/one/x", Authorization="guess").status == 403
    assert running.upstream.requests == []
    assert running.get("/one/x", Authorization="key").status == 200
    assert running.records.hits[-1].alias == who


def test_a_hook_can_close_what_a_key_opens(gateway: MakeGateway, hooks: Path) -> None:
    running = gateway(both("auth_token", "closed"))
    running.service.shared.keys.write("key", SessionState(alias="Key"))
    assert running.get("/one/x", Authorization="key").status == 403


def test_a_session_that_does_not_count_is_not_stored_either(
    gateway: MakeGateway, hooks: Path
) -> None:
    running = gateway(both("basic_auth_user"))
    running.service.shared.keys.write("key", SessionState(alias="Key"))
    answer = running.get("/one/x", Authorization="key")
    # Nobody asks for a user's name, so that nobody says who the client is.
    assert answer.status == 400
    assert json.loads(answer.body)["error"].startswith("Session state is missing or unset!")
    assert running.service.shared.keys.find("hook", "default").result is None


def test_hooks_after_the_one_that_did_not_count_say_who_it_is(
    gateway: MakeGateway, hooks: Path
) -> None:
    later = {"name": "later", "path": "hooks.py"}
    running = gateway(both("auth_token", post_key_auth=[later]))
    running.service.shared.keys.write("key", SessionState(alias="Key"))
    assert running.get("/one/x", Authorization="key").status == 200
    assert running.records.hits[-1].alias == "Later"


def test_a_hook_that_fails_lets_nobody_in(gateway: MakeGateway, hooks: Path) -> None:
    running = gateway(both("auth_token", "broken"))
    running.service.shared.keys.write("key", SessionState(alias="Key"))
    assert running.get("/one/x", Authorization="key").status == 500
    assert running.upstream.requests == []


def test_without_any_other_way_a_key_is_asked_for(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", use_keyless=False, use_standard_auth=False),
        definition("two", use_keyless=False, custom_plugin_auth_enabled=True),
    )
    assert [running.get(f"/{name}/x").status for name in ("one", "two")] == [401, 401]
