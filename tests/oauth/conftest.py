"""A gateway with an OAuth server for each test, and for each store that can be its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from limit_places import BlockingRedis
from oauth_gateway import Talk, policy, shop
from twisted.internet.defer import Deferred, succeed

from twisted_tyk import service
from twisted_tyk.storage.make import Storage
from twisted_tyk.storage.notifications import LocalNotifications
from twisted_tyk.storage.redis.store import RedisStore


@pytest.fixture
def policies(tmp_path: Path) -> dict[str, str]:
    """The settings of a gateway with policies."""
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gold.json").write_text(json.dumps(policy()))
    return {"policy_source": "file", "policy_path": "policies"}


class OwnRedis(BlockingRedis):
    """One that is started and stopped with the gateway."""

    def start(self) -> None:
        """It is there already."""

    def stop(self) -> Deferred[None]:
        self.close()
        return succeed(None)


@pytest.fixture
def on_redis(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Puts the next gateway on a real Redis that answers at once."""

    def put() -> None:
        server = request.getfixturevalue("redis_server")

        def make(reactor: Any, settings: Any, base: Path) -> Storage:
            redis: Any = OwnRedis(server)
            return Storage(RedisStore(redis), LocalNotifications(reactor))

        monkeypatch.setattr(service, "make_storage", make)

    return put


@pytest.fixture(params=["memory", "redis"])
def talk(
    request: pytest.FixtureRequest,
    gateway: MakeGateway,
    policies: dict[str, str],
    on_redis: Callable[[], None],
) -> Talk:
    if request.param == "redis":
        on_redis()
    return Talk(gateway(shop(), settings={"policies": policies}))
