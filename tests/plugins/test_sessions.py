"""Sessions that hooks have stored: under which key, for how long, and who is found by them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from outcomes import outcome
from twisted.internet.defer import fail

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.plugins.sessions import HookSessions
from twisted_tyk.session.lifetime import Lifetimes
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

NOW = 1_700_000_000.5


class Kept:
    """Hooks of a gateway that have sessions stored."""

    def __init__(self, gateway: MemoryGateway, rule: Lifetimes) -> None:
        self.gateway = gateway
        self.apis = {api.api_id: api for api in gateway.service.root.table.apis}
        self.shared = gateway.service.shared
        definitions = {api_id: api.definition for api_id, api in self.apis.items()}
        self.sessions = HookSessions(self.shared.keys, rule, lambda: definitions, lambda: NOW)

    def exchange(self, session: SessionState | None, token: str = "key-1") -> Exchange:
        """A request of the API ``one`` whose session a hook has changed."""
        made = Exchange(b"GET", b"/one/x", b"gateway.test", Headers())
        made.api = self.apis["one"]
        made.session = session
        made.token = token
        made.session_changed = True
        return made

    def keep(self, session: SessionState | None, token: str = "key-1") -> Exchange:
        exchange = self.exchange(session, token)
        self.sessions.keep(exchange)
        self.gateway.settle()
        return exchange

    def keys(self) -> list[bytes]:
        return sorted(outcome(self.shared.store.keys(b"")))

    def left(self) -> float | None:
        return outcome(self.shared.store.ttl(b"apikey-key-1"))


@pytest.fixture
def kept(gateway: MakeGateway) -> Callable[..., Kept]:
    def make(rule: Lifetimes | None = None, settings: Any = None, **keys: Any) -> Kept:
        running = gateway(
            definition("one", **keys), definition("two", session_lifetime=90),
            settings={"storage": {"type": "memory"}, **(settings or {})},
        )  # fmt: skip
        return Kept(running, rule or Lifetimes())

    return make


MakeKept = Callable[..., Kept]


def test_a_changed_session_is_kept_under_tyks_key(kept: MakeKept) -> None:
    all = kept()
    request = all.keep(SessionState(key_id="key-1", alias="ann"))
    assert all.keys() == [b"apikey-key-1"]
    assert json.loads(outcome(all.shared.store.get(b"apikey-key-1"))) == {"alias": "ann"}
    assert outcome(all.sessions.json_of(b"key-1")) == b'{"alias":"ann"}'
    assert outcome(all.sessions.json_of(b"key-2")) is None
    assert not request.session_changed


def test_or_under_its_hash(kept: MakeKept) -> None:
    all = kept(settings={"hash_keys": True})
    all.keep(SessionState(key_id="key-1", alias="ann"))
    assert all.keys() == [b"apikey-" + all.shared.tokens.hash("key-1").encode()]
    assert outcome(all.sessions.json_of(b"key-1")) == b'{"alias":"ann"}'


@pytest.mark.parametrize(
    ("own", "of_the_api", "left"), [(0, 0, -1), (0, 60, 60), (7, 60, 7), (7, 0, 7), (-1, 0, -1)]
)
def test_it_lives_as_long_as_it_says_or_else_its_api(
    kept: MakeKept, own: int, of_the_api: int, left: int
) -> None:
    all = kept(session_lifetime=of_the_api)
    all.keep(SessionState(session_lifetime=own))
    assert all.left() == left


def test_the_apis_that_it_is_for_say_how_long(kept: MakeKept) -> None:
    all = kept(session_lifetime=60)
    all.keep(SessionState(access_rights={"two": AccessDefinition()}))
    assert all.left() == 90


def test_or_the_gateway(kept: MakeKept) -> None:
    all = kept(Lifetimes(forced=5), session_lifetime=60)
    all.keep(SessionState())
    assert all.left() == 5


@pytest.mark.parametrize(("session", "token"), [(SessionState(), ""), (None, "key-1")])
def test_without_a_key_or_a_session_there_is_nothing_to_store(
    kept: MakeKept, session: SessionState | None, token: str
) -> None:
    all = kept()
    all.keep(session, token)
    assert all.keys() == []


def test_a_key_that_was_deleted_stays_so(kept: MakeKept) -> None:
    all = kept()
    all.shared.keys.write("key-1", SessionState(alias="ann"))
    found = outcome(all.shared.keys.find("key-1", "default"))
    request = all.exchange(None)
    request.recognise(found)
    session = request.own_session()
    assert session is not None
    session.alias = "eve"
    request.identify(session, stored=True)
    all.shared.keys.remove("key-1", "default")
    all.sessions.keep(request)
    assert all.keys() == []
    # One that is still there is changed.
    all.shared.keys.write("key-1", SessionState(alias="ann"))
    all.sessions.keep(request)
    assert outcome(all.sessions.json_of(b"key-1")) == b'{"alias":"eve"}'


@pytest.mark.parametrize(
    ("meta_data", "why"),
    [
        ({"x": object()}, "Object of type object is not JSON serializable"),
        ({"x": float("nan")}, "Out of range float values are not JSON compliant"),
    ],
)
def test_what_can_not_be_stored_is_told(
    kept: MakeKept, events: Events, meta_data: dict[str, Any], why: str
) -> None:
    all = kept()
    all.keep(SessionState(meta_data=meta_data))
    assert all.keys() == []
    assert events.texts()[-1].startswith(f"a session of API one is not stored: {why}")


def test_a_store_that_is_away_is_told(
    kept: MakeKept, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    all = kept()
    away = StoreUnavailable("connection refused")
    monkeypatch.setattr(all.shared.store, "set", lambda *args: fail(away))
    all.keep(SessionState())
    assert events.texts()[-1] == "a session of API one is not stored: connection refused"


HOOKS = """\
from twisted_tyk import ctx
from twisted_tyk.session.state import SessionState

def check(rw, request):
    if request.headers.get("Password") == "open sesame":
        session = SessionState(key_id="ann", alias="first", org_id="default")
        ctx.set_session(request, session, schedule_update=True)

def change(rw, request):
    session = ctx.get_session(request)
    session.meta_data["seen"] = session.meta_data.get("seen", 0) + 1
    request.headers.set("Seen", str(session.meta_data["seen"]))
    if request.headers.get("Keep"):
        ctx.set_session(request, session, schedule_update=True)
"""


def test_a_hook_gives_a_key_that_another_api_knows(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)
    running = gateway(
        definition(
            "one",
            use_keyless=False,
            custom_plugin_auth_enabled=True,
            auth_check={"name": "check", "path": "hooks.py"},
        ),
        definition("two", use_keyless=False),
        settings={"storage": {"type": "memory"}},
    )
    assert running.get("/two/x", Authorization="ann").status == 403
    assert running.get("/one/x", Password="open sesame").status == 200
    assert running.get("/two/x", Authorization="ann").status == 200


def test_a_hook_changes_no_session_of_other_requests(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)
    running = gateway(
        definition(
            "one", use_keyless=False, post_key_auth=[{"name": "change", "path": "hooks.py"}]
        ),
        settings={"storage": {"type": "memory"}},
    )
    running.service.shared.keys.write("ann", SessionState(org_id="default"))

    def seen(**fields: str) -> str | None:
        assert running.get("/one/x", Authorization="ann", **fields).status == 200
        return running.upstream.requests[-1].headers.get("Seen")

    assert [seen(), seen()] == ["1", "1"]
    assert [seen(Keep="yes"), seen(Keep="yes"), seen(), seen()] == ["1", "2", "3", "3"]
