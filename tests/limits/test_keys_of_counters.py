"""Whose counter a request counts on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.exchange import Exchange
from twisted_tyk.limits.names import api_name, endpoint_suffix, quota_name, rate_name
from twisted_tyk.limits.variables import CounterName
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.notes import notes_of
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition


@pytest.mark.parametrize(
    ("made", "name"),
    [
        (rate_name("", "key"), "rate-limit-key"),
        (rate_name("scope", "key"), "rate-limit-scope-key"),
        (rate_name("-scope-", "-key", "hash"), "rate-limit-scope-key-hash"),
        (quota_name("", "key"), "quota-key"),
        (quota_name("scope", "key"), "quota-scope-key"),
        (api_name("org", "api"), "apilimiter-orgapi"),
        (api_name("org", "api", "hash"), "apilimiter-orgapi-hash"),
        (endpoint_suffix("GET", "/x"), "7ec71167"),
    ],
)
def test_names_are_tyks(made: str, name: str) -> None:
    assert made == name


def filled(pattern: str, context: bytes = b"", **meta_data: Any) -> str:
    exchange = Exchange(b"GET", b"/", b"", Headers())
    exchange.session = session = SessionState(
        meta_data={"rate_limit_pattern": pattern, **meta_data}
    )
    if context:
        notes_of(exchange).values["context_data"] = context
    name = CounterName.of(session)
    assert name is not None
    return name.fill_in(exchange)


@pytest.mark.parametrize(
    ("pattern", "meta_data", "name"),
    [
        ("fixed", {}, "fixed"),
        ("$tyk_meta.user", {"user": "ann"}, "ann"),
        ("$tyk_meta.a/$tyk_meta.b", {"a": 1, "b": 2.5}, "1/2.5"),
        ("$tyk_meta.big", {"big": 1e3}, "1000"),
        ("$tyk_meta.list", {"list": ["a", 1, ""]}, "a,1"),
        ("$tyk_meta.none", {}, ""),
        ("$tyk_meta.flag$tyk_meta.tree", {"flag": True, "tree": {"a": 1}}, ""),
        ("$tyk_context.none", {}, ""),
    ],
)
def test_a_pattern_is_filled_in(pattern: str, meta_data: dict[str, Any], name: str) -> None:
    assert filled(pattern, **meta_data) == name


def test_what_plugins_leave_is_there_too() -> None:
    context = b'{"headers_Team":"red"}'
    assert filled("$tyk_context.headers_Team", context) == "red"
    assert filled("$tyk_context.x", b"{") == filled("$tyk_context.x", b"[1]") == ""


@pytest.mark.parametrize("pattern", ["", 7, None])
def test_what_is_no_pattern(pattern: object) -> None:
    assert CounterName.of(SessionState(meta_data={"rate_limit_pattern": pattern})) is None


def test_an_empty_name_means_the_key(limited: Any) -> None:
    one = limited()
    for key in ("a-key", "b-key"):
        one.key(key, rate=1, per=60, meta_data={"rate_limit_pattern": "$tyk_meta.none"})
    assert [one.get(key=key).status for key in ("a-key", "b-key", "a-key")] == [200, 200, 429]


def test_an_edited_key_begins_with_a_full_bucket(limited: Any) -> None:
    one = limited()
    one.key(rate=1, per=60, last_updated="1")
    assert one.statuses(2) == [200, 429]
    one.key(rate=1, per=60, last_updated="2")
    assert one.statuses(2) == [200, 429]


def test_a_wrong_endpoint_pattern_is_passed_over(limited: Any, events: Events) -> None:
    one = limited()
    endpoints = [{"path": "(", "methods": [{"name": "GET", "limit": {"rate": 1, "per": 60}}]}]
    one.key(rate=5, per=60, access_rights={"one": {"endpoints": endpoints}})
    assert one.statuses(2) == [200, 200]
    assert [text for text in events.texts() if "a key's limit of API one" in text]


HOOK = """\
from twisted_tyk import ctx
from twisted_tyk.session.state import SessionState

SHARED = SessionState(rate=1, per=60)

def fresh(rw, request):
    ctx.set_session(request, SessionState(rate=1, per=60, quota_max=9, key_id={key_id}))

def shared(rw, request):
    SHARED.key_id = ""
    ctx.set_session(request, SHARED)

def doubles(rw, request):
    ctx.get_session(request).rate *= 2
"""
Hooked = Callable[..., MemoryGateway]


@pytest.fixture
def hooked(gateway: MakeGateway, tmp_path: Path) -> Hooked:
    """A gateway whose API ``one`` has a hook of these that says who clients are."""

    def make(name: str = "fresh", key_id: str = "", **settings: Any) -> MemoryGateway:
        (tmp_path / "hooks.py").write_text(HOOK.replace("{key_id}", repr(key_id)))
        return gateway(
            definition(
                "one",
                use_keyless=False,
                custom_plugin_auth_enabled=True,
                auth_check={"name": name, "path": "hooks.py"},
            ),
            settings={"storage": {"type": "memory"}, **settings},
        )

    return make


@pytest.mark.parametrize("hook", ["fresh", "shared"])
def test_clients_without_a_key_do_not_share_a_counter(hooked: Hooked, hook: str) -> None:
    running = hooked(hook)
    addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.1"]
    assert [running.get("/one/x", X_Real_IP=each).status for each in addresses] == [200, 200, 429]


def test_one_without_an_address_is_known_by_its_socket(hooked: Hooked) -> None:
    # With this depth the address would be that of a proxy that there is not.
    running = hooked(http_server_options={"xff_depth": 2})
    assert running.get("/one/x", X_Forwarded_For="1.2.3.4").status == 200
    assert running.get("/one/x").status == 429


def test_a_key_that_a_hook_names_is_one_client(hooked: Hooked) -> None:
    running = hooked(key_id="ann")
    addresses = ["10.0.0.1", "10.0.0.2"]
    assert [running.get("/one/x", X_Real_IP=each).status for each in addresses] == [200, 429]


def test_what_a_hook_changes_in_a_session_counts(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOK.replace("{key_id}", "''"))
    hook = {"name": "doubles", "path": "hooks.py"}
    running = gateway(
        definition("one", use_keyless=False, post_key_auth=[hook]),
        settings={"storage": {"type": "memory"}},
    )
    text = json.dumps({"rate": 2, "per": 60}).encode()
    running.service.shared.store.set(b"apikey-key", text)
    statuses = [running.get("/one/x", Authorization="key").status for _ in range(5)]
    assert statuses == [200] * 4 + [429]
