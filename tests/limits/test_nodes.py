"""Nodes that share rates know of each other."""

from __future__ import annotations

import json
from typing import Any

import pytest
from gateways import Events
from limit_places import Bench, BlockingRedis
from twisted.internet.defer import fail, succeed
from twisted.internet.task import Clock

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.limits.contract import Kind, Rate
from twisted_tyk.limits.counters import Algorithm
from twisted_tyk.limits.make import make_counting
from twisted_tyk.limits.nodes import NOTICE, Announcements, Nodes
from twisted_tyk.settings import Settings
from twisted_tyk.settings.sections import DbAppConfOptions
from twisted_tyk.storage.memory import MemoryStore


class Wire:
    """Carries messages to all nodes at once. :ivar away: it carries none."""

    def __init__(self) -> None:
        self.away = False
        self.heard: list[Any] = []
        self.sent: list[dict[str, Any]] = []

    def subscribe(self, command: str, heard: Any) -> None:
        assert command == NOTICE
        self.heard.append(heard)

    def publish(self, command: str, payload: str) -> Any:
        if self.away:
            return fail(StoreUnavailable("no wire"))
        self.sent.append(json.loads(payload))
        for heard in self.heard:
            heard(payload)
        return succeed(None)


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def node(wire: Wire, clock: Clock, name: str, tag: str = "", asked: Any = lambda: 0) -> Any:
    made = Announcements(Nodes(), wire, clock, "host", name, tag, 2.0, asked)  # type: ignore[arg-type]
    made.start()
    return made


def test_they_hear_of_each_other(wire: Wire, clock: Clock) -> None:
    one, two = node(wire, clock, "1"), node(wire, clock, "2")
    clock.advance(2)
    three = node(wire, clock, "3")
    clock.advance(2)
    assert [each.nodes.count for each in (one, two, three)] == [3, 3, 3]


def test_one_that_is_silent_for_two_intervals_counts_no_longer(wire: Wire, clock: Clock) -> None:
    one, two = node(wire, clock, "1"), node(wire, clock, "2")
    clock.advance(2)
    two.stop()
    clock.advance(2)
    assert one.nodes.count == 2
    clock.pump([2.0, 0.1])
    assert one.nodes.count == 1


def test_nodes_of_another_group_do_not_count(wire: Wire, clock: Clock) -> None:
    one, _ = node(wire, clock, "1", "red"), node(wire, clock, "2", "blue")
    clock.advance(2)
    assert one.nodes.count == 1


def test_what_is_said_is_tyks(wire: Wire, clock: Clock) -> None:
    counts = iter([0, 7])
    node(wire, clock, "1", "tags", lambda: next(counts))
    clock.advance(2)
    assert wire.sent == [
        {"HostName": "host", "ID": "1", "LoadPerSec": load, "Percentage": 0, "TagHash": "tags"}
        for load in (1, 4)
    ]


def test_a_tyk_gateway_counts(wire: Wire, clock: Clock) -> None:
    one = node(wire, clock, "1")
    one.heard('{"HostName":"b","ID":"solo-x","LoadPerSec":12,"Percentage":0.5,"TagHash":""}')
    assert one.nodes.count == 2


@pytest.mark.parametrize("payload", ["", "{", "[]", "7"])
def test_what_is_none_is_passed_over(
    wire: Wire, clock: Clock, events: Events, payload: str
) -> None:
    one = node(wire, clock, "1")
    one.heard(payload)
    assert one.nodes.count == 1
    assert [text for text in events.texts() if "can not be read" in text]


def test_a_wire_that_is_cut_is_told_once(wire: Wire, clock: Clock, events: Events) -> None:
    wire.away = True
    node(wire, clock, "1")
    assert not [text for text in events.texts() if "can not be told" in text]
    clock.pump([2.0] * 3)
    assert len([text for text in events.texts() if "can not be told" in text]) == 1


def announces(settings: Settings, redis: Any) -> Announcements | None:
    clock = Clock()
    wire: Any = Wire()
    return make_counting(clock, settings, MemoryStore(clock), wire, redis, "host").announcements


def test_who_announces_itself() -> None:
    redis: Any = object()
    made = announces(
        Settings(db_app_conf_options=DbAppConfOptions(tags=("a", "b"))), redis
    )
    assert made is not None
    assert (made.tag_hash, made.frequency) == ("ab", 2.0)
    assert announces(Settings(), redis).own_id != made.own_id  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "settings",
    [
        Settings(management_node=True),
        Settings(enable_redis_rolling_limiter=True),
        Settings(enable_fixed_window_rate_limiter=True),
        Settings(enable_sentinel_rate_limiter=True),
    ],
)
def test_who_does_not(settings: Settings) -> None:
    assert announces(settings, object()) is None
    assert announces(Settings(), None) is None


def test_low_rates_of_several_nodes_are_counted_in_redis(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.SHARED, blocking_redis)
    bench.nodes.count, bench.nodes.threshold = 2, 5.0
    before = blocking_redis.trips
    bench.ask(Rate(Kind.KEY, "rate-limit-low", 10, 1))
    assert blocking_redis.trips == before + 1
    bench.ask(Rate(Kind.KEY, "rate-limit-high", 10.5, 1))
    assert blocking_redis.trips == before + 1


def test_high_rates_are_shared_out(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.SHARED, blocking_redis)
    bench.nodes.count, bench.nodes.threshold = 3, 5.0
    rate = Rate(Kind.KEY, "rate-limit-high", 20, 1)
    assert sum(bench.ask(rate).refused is None for _ in range(30)) == 6


def test_they_can_lock_out_for_others(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.SHARED, blocking_redis)
    bench.nodes.count = 2
    assert bench.limiter.remote is not None
    bench.limiter.remote.sets_sentinel = True
    rate = Rate(Kind.KEY, "rate-limit-low", 2, 60)
    found: list[Any] = []
    for _ in range(3):
        found.append(bench.ask(rate).refused is None)
        blocking_redis.call("GET", "rate-limit-low.BLOCKED").addCallback(found.append)
    assert found == [True, None, True, None, False, b"1"]
