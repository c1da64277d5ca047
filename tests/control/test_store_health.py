"""What the open paths say of the store."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from gateways import MakeGateway
from twisted.internet.defer import fail, succeed

from twisted_tyk.control.asked import Asked
from twisted_tyk.control.health import Health, Stored
from twisted_tyk.control.reloading import Reloading
from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.reload import Report


def health(stored: Stored) -> Health:
    return Health(Report, lambda: False, stored=lambda: stored)


def asked(trusted: bool = True) -> Asked:
    """By somebody who has the secret, or has not."""
    return Asked("GET", "/", {}, {}, trusted=trusted)


class TestRedisIsAway:
    STORED = Stored("redis", "Redis at 10.0.0.5:6379: Connection refused")

    def test_hello_warns_and_says_why_to_who_may_know(self) -> None:
        answer = health(self.STORED).hello(asked())
        assert answer.status == 200
        assert answer.value["status"] == "warn"
        assert answer.value["details"] == {
            "redis": {
                "status": "fail",
                "componentType": "datastore",
                "output": "Redis at 10.0.0.5:6379: Connection refused",
            }
        }
        untold = health(self.STORED).hello(asked(trusted=False))
        assert untold.value["details"]["redis"]["output"] == "not available: see the log"
        assert "10.0.0.5" not in json.dumps(untold.value)

    def test_what_needs_no_redis_goes_on(self) -> None:
        assert health(self.STORED).ready(asked()).status == 200

    def test_not_before_it_was_there_once(self) -> None:
        answer = health(Stored("redis", "not connected yet", seen=False)).ready(asked())
        assert answer.status == 503
        assert answer.value["message"] == "Redis connection not available"


@pytest.mark.parametrize("name", ["hello", "ready"])
def test_redis_is_there(name: str) -> None:
    answer = getattr(health(Stored("redis")), name)(asked(trusted=False))
    assert answer.value["status"] == "pass"
    redis = answer.value["details"]["redis"]
    time = datetime.strptime(redis.pop("time"), "%Y-%m-%dT%H:%M:%S%z")
    assert abs((datetime.now(timezone.utc) - time).total_seconds()) < 60
    assert redis == {"status": "pass", "componentType": "datastore"}


def test_all_is_well(gateway: MakeGateway) -> None:
    running = gateway()
    assert json.loads(running.get("/hello").body)["details"] == {}
    assert running.get("/ready").status == 200


class TestTheGroup:
    def test_all_nodes_are_told(self) -> None:
        told: list[tuple[str, str]] = []

        def tell(command: str, payload: str) -> Any:
            told.append((command, payload))
            return succeed(None)

        answers: list[Any] = []
        answer: Any = Reloading(lambda: succeed(Report()), tell).group(asked())
        answer.addCallback(answers.append)
        assert answers[0].status == 200
        assert told == [("GroupReload", "")]

    def test_they_could_not_be_told(self, events: Any) -> None:
        answers: list[Any] = []
        away = StoreUnavailable("Redis: no answer")
        answer: Any = Reloading(lambda: succeed(Report()), lambda *_: fail(away)).group(asked())
        answer.addCallback(answers.append)
        assert answers[0].status == 503
        assert "no other node was told to reload: Redis: no answer" in events.texts()

    def test_who_fails_itself_tells_nobody(self, events: Any) -> None:
        broken = OSError("no such folder")
        reloading = Reloading(lambda: fail(broken), lambda *_: pytest.fail("told"))
        answers: list[Any] = []
        reloading.group(asked()).addCallback(answers.append)
        assert answers[0].status == 500
