"""Sessions that hooks asked to be stored: under which key, and for how long."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events, MakeGateway
from twisted.internet.task import Clock

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.native.sessions import Sessions
from twisted_tyk.native.store import Store
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import definition


@pytest.fixture
def store() -> Store:
    return Store(Clock())


def exchange(
    gateway: MakeGateway, session: SessionState | None, token: str = "key-1", **keys: Any
) -> Exchange:
    """A request whose session a hook has changed."""
    made = Exchange(b"GET", b"/one/x", b"gateway.test", Headers())
    made.api = gateway(definition("one", **keys)).service.root.table.apis[0]
    made.session = session
    made.token = token
    made.session_changed = True
    return made


def test_a_changed_session_is_kept_under_tyks_key(gateway: MakeGateway, store: Store) -> None:
    request = exchange(gateway, SessionState(key_id="key-1", alias="ann"))
    Sessions(store).keep(request)
    assert store.keys(b"") == [b"apikey-key-1"]
    assert json.loads(store.get(b"apikey-key-1") or b"") == {"alias": "ann"}
    assert Sessions(store).get(b"key-1") == b'{"alias":"ann"}'
    assert not request.session_changed


@pytest.mark.parametrize(
    ("own", "of_the_api", "left"), [(0, 0, -1), (0, 60, 60), (7, 60, 7), (7, 0, 7), (-1, 0, -1)]
)
def test_it_lives_as_long_as_it_says_or_else_its_api(
    gateway: MakeGateway, store: Store, own: int, of_the_api: int, left: int
) -> None:
    session = SessionState(session_lifetime=own)
    Sessions(store).keep(exchange(gateway, session, session_lifetime=of_the_api))
    assert store.ttl(b"apikey-key-1") == left


@pytest.mark.parametrize(("session", "token"), [(SessionState(), ""), (None, "key-1")])
def test_without_a_key_or_a_session_there_is_nothing_to_store(
    gateway: MakeGateway, store: Store, session: SessionState | None, token: str
) -> None:
    Sessions(store).keep(exchange(gateway, session, token))
    assert store.keys(b"") == []


@pytest.mark.parametrize(
    ("meta_data", "why"),
    [
        ({"x": object()}, "Object of type object is not JSON serializable"),
        ({"x": float("nan")}, "Out of range float values are not JSON compliant"),
    ],
)
def test_what_can_not_be_stored_is_told(
    gateway: MakeGateway, store: Store, events: Events, meta_data: dict[str, Any], why: str
) -> None:
    Sessions(store).keep(exchange(gateway, SessionState(meta_data=meta_data)))
    assert store.keys(b"") == []
    assert events.texts()[-1].startswith(f"a session of API one is not stored: {why}")


def test_a_full_store_is_told(gateway: MakeGateway, events: Events) -> None:
    Sessions(Store(Clock(), entries=0)).keep(exchange(gateway, SessionState()))
    assert events.texts()[-1] == "a session of API one is not stored: the store is full"
