"""Limits that all keys of an organisation share."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from gateways import Events, MakeGateway
from limit_places import BlockingRedis
from twisted.internet.defer import fail

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.session.keys import CHANGED
from twisted_tyk.testing import Answer, MemoryGateway, definition

ON = {"enforce_org_quotas": True, "storage": {"type": "memory"}}
Organise = Callable[..., MemoryGateway]


@pytest.fixture
def organised(gateway: MakeGateway) -> Organise:
    """A gateway with two keyless APIs of the organisation ``org`` with this session."""

    def make(settings: dict[str, Any] = ON, outage: str = "", **session: Any) -> MemoryGateway:
        running = gateway(
            *(definition(name, org_id="org", storage_outage=outage) for name in ("one", "two")),
            definition("free", org_id="other"),
            definition("nobody", org_id=""),
            settings=settings,
        )
        if session:
            running.service.shared.store.set(b"orgkey.org", json.dumps(session).encode())
        return running

    return make


def error(answer: Answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["error"]


def test_a_quota_is_shared_by_its_apis(organised: Organise, events: Events) -> None:
    running = organised(quota_max=2, quota_renewal_rate=60)
    assert [running.get(f"/{name}/x").status for name in ("one", "two")] == [200, 200]
    answer = running.get("/one/x")
    assert error(answer) == (
        403, "This organisation quota has been exceeded, please contact your API administrator",
    )  # fmt: skip
    assert answer.headers.get("Retry-After") == "60"
    assert [text for text in events.texts() if text.startswith("OrgQuotaExceeded: GET /one/x")]
    assert [running.get(f"/{name}/x").status for name in ("free", "nobody")] == [200, 200]


def test_a_rate(organised: Organise, events: Events) -> None:
    running = organised(rate=1, per=60)
    assert running.get("/one/x").status == 200
    assert error(running.get("/two/x")) == (
        403,
        "This organisation rate limit has been exceeded, please contact your API administrator",
    )
    assert [text for text in events.texts() if text.startswith("OrgRateLimitExceeded: GET")]


def test_clients_are_not_told_of_its_numbers(organised: Organise) -> None:
    answer = organised(quota_max=5).get("/one/x")
    assert answer.headers.get("X-RateLimit-Limit") == "0"


def test_one_that_is_shut_out(organised: Organise) -> None:
    assert error(organised(is_inactive=True).get("/one/x")) == (
        403, "this organisation access has been disabled, please contact your API administrator",
    )  # fmt: skip


def test_what_is_stored_and_can_not_be_read_shuts_it_out(
    organised: Organise, events: Events
) -> None:
    running = organised()
    running.service.shared.store.set(b"orgkey.org", b"{")
    assert running.get("/one/x").status == 403
    assert [text for text in events.texts() if "organisation org is shut out" in text]


def test_they_have_no_limits_unless_asked_for(organised: Organise) -> None:
    running = organised(settings={"storage": {"type": "memory"}}, is_inactive=True)
    assert running.get("/one/x").status == 200


@pytest.mark.parametrize("hashed", [False, True])
def test_a_change_counts_at_once_when_it_is_told(organised: Organise, hashed: bool) -> None:
    running = organised(settings={**ON, "hash_keys": True})
    assert running.get("/one/x").status == 200
    shared = running.service.shared
    shared.store.set(b"orgkey.org", b'{"is_inactive":true}')
    assert running.get("/one/x").status == 200
    # Nodes of Tyk call it by its hash.
    name = shared.tokens.hashed("org") if hashed else "org"
    shared.notifications.publish(CHANGED, f"else,{name}:hashed")
    running.reactor.advance(0)
    assert running.get("/one/x").status == 403


def test_and_within_ten_seconds_when_it_is_not(organised: Organise) -> None:
    running = organised()
    assert running.get("/one/x").status == 200
    running.service.shared.store.set(b"orgkey.org", b'{"is_inactive":true}')
    running.advance(10)
    assert running.get("/one/x").status == 403


def test_its_counters_can_be_in_redis(
    organised: Organise, blocking_redis: BlockingRedis, counters_in_redis: None
) -> None:
    running = organised(quota_max=1, quota_renewal_rate=60)
    assert [running.get("/one/x").status for _ in range(2)] == [200, 403]
    counted: list[Any] = []
    blocking_redis.call("GET", "quota-org").addCallback(counted.append)
    assert counted == [b"2"]


@pytest.mark.parametrize(("outage", "status"), [("", 503), ("local", 200)])
def test_a_store_that_is_away(
    organised: Organise, monkeypatch: pytest.MonkeyPatch, outage: str, status: int
) -> None:
    running = organised(outage=outage)
    store = running.service.shared.store
    monkeypatch.setattr(type(store), "get", lambda self, key: fail(StoreUnavailable("away")))
    assert running.get("/one/x").status == status


def test_what_was_known_counts_while_it_is_away(
    organised: Organise, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = organised(rate=2, per=60)
    assert running.get("/one/x").status == 200
    store = running.service.shared.store
    monkeypatch.setattr(type(store), "get", lambda self, key: fail(StoreUnavailable("away")))
    running.advance(11)
    assert [running.get("/one/x").status for _ in range(2)] == [200, 403]
