"""Tokens that lapsed long ago are taken out of the lists now and then."""

from __future__ import annotations

from typing import Any

import pytest
from gateways import Events, MakeGateway
from oauth_gateway import Talk, shop
from twisted.internet.defer import fail

from twisted_tyk.errors import StoreUnavailable

LIST = b"oauth-data.shop.oauth-client-tokens.one"


def start(gateway: MakeGateway, retain: int) -> Talk:
    talk = Talk(gateway(shop(), settings={"oauth_token_expired_retain_period": retain}))
    talk.client(client_id="one")
    shared = talk.gateway.service.shared
    shared.store.add_member(LIST, b"old", int(shared.seconds()) - 200)
    return talk


def listed(talk: Talk) -> list[Any]:
    members: list[Any] = talk.gateway.service.shared.store.members(LIST).result
    return members


def test_each_hour(gateway: MakeGateway) -> None:
    talk = start(gateway, 100)
    talk.gateway.reactor.advance(3599)
    assert len(listed(talk)) == 1
    talk.gateway.reactor.advance(1)
    assert listed(talk) == []


def test_when_a_node_says_so(gateway: MakeGateway) -> None:
    talk = start(gateway, 100)
    talk.gateway.service.shared.notifications.publish("OAuthPurgeLapsedTokens", "")
    talk.gateway.advance(0.25)
    assert listed(talk) == []


def test_when_they_are_listed(gateway: MakeGateway) -> None:
    talk = start(gateway, 100)
    assert talk.control("GET", "clients/shop/one/tokens") == (200, [])
    assert listed(talk) == []


def test_not_before_their_time(gateway: MakeGateway) -> None:
    talk = start(gateway, 300)
    talk.gateway.reactor.advance(3600)
    assert len(listed(talk)) == 1


def test_not_at_all_where_they_are_retained_for_ever(gateway: MakeGateway) -> None:
    talk = start(gateway, 0)
    talk.gateway.reactor.advance(7200)
    assert talk.control("DELETE", "tokens?scope=lapsed")[0] == 200
    assert len(listed(talk)) == 1


def test_by_one_node_at_a_time(gateway: MakeGateway) -> None:
    talk = start(gateway, 100)
    talk.gateway.service.shared.store.set(b"oauth-purge-lock", b"1", 60)
    assert talk.control("DELETE", "tokens?scope=lapsed")[0] == 200
    assert len(listed(talk)) == 1


def test_a_store_that_is_away_is_one_line_in_the_log(
    gateway: MakeGateway, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = start(gateway, 100)
    store = talk.gateway.service.shared.store
    with monkeypatch.context() as patch:
        patch.setattr(store, "set_new", lambda *given: fail(StoreUnavailable("gone")))
        talk.gateway.reactor.advance(3600)
        answer = talk.control("DELETE", "tokens?scope=lapsed")
    assert answer[0] == 503
    assert [text for text in events.texts() if "while the store is away" in text] == [
        "lapsed OAuth tokens are not purged while the store is away"
    ]
    talk.gateway.reactor.advance(3600)
    assert listed(talk) == []


def test_a_fault_is_logged_and_the_next_hour_comes(
    gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch, logged_failures: Any
) -> None:
    talk = start(gateway, 100)
    store = talk.gateway.service.shared.store
    with monkeypatch.context() as patch:
        patch.setattr(store, "set_new", lambda *given: 1 / 0)
        talk.gateway.reactor.advance(3600)
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
    talk.gateway.reactor.advance(3600)
    assert listed(talk) == []
