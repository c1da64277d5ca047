"""A rate that moves between a threshold and its maximum, in memory and on Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limit_places import Bench, BlockingRedis, Make

from twisted_tyk.limits.contract import Kind, Rate
from twisted_tyk.limits.counters import Algorithm
from twisted_tyk.limits.smoothing import in_force
from twisted_tyk.session.rights import Smoothing

SMOOTHING = Smoothing(enabled=True, threshold=2, trigger=0.5, step=2, delay=10)


def rate(most: int, smoothing: Smoothing = SMOOTHING, per: float = 60) -> Rate:
    return Rate(Kind.KEY, "rate-limit-k", most, per, smoothing=smoothing)


def passed(bench: Bench, ask: Rate, count: int) -> list[bool]:
    return [bench.ask(ask).refused is None for _ in range(count)]


def test_it_begins_with_the_threshold(place: Make) -> None:
    assert passed(place(Algorithm.ROLLING), rate(10), 3) == [True, True, False]


def test_it_goes_up_when_it_is_needed_and_not_too_often(place: Make) -> None:
    bench = place(Algorithm.ROLLING)
    passed(bench, rate(100), 3)
    bench.now += 10.5
    outcome = bench.ask(rate(100))
    # From 2 to 4, while 3 are in the log already.
    assert (outcome.smoothed, outcome.refused) == (1, None)
    assert [bench.ask(rate(100)).smoothed for _ in range(5)] == [0] * 5


def test_it_goes_up_to_the_rate_and_no_further(place: Make) -> None:
    bench = place(Algorithm.ROLLING)
    moves = []
    for _ in range(5):
        moves.append(bench.ask(rate(5)).smoothed)
        passed(bench, rate(5), 5)
        bench.now += 10.5
    assert moves == [0, 1, 1, 0, 0]


def test_it_goes_down_again(place: Make) -> None:
    bench, ask = place(Algorithm.ROLLING), rate(9, evolve(SMOOTHING, delay=5), per=1)
    assert passed(bench, ask, 3) == [True, True, False]
    bench.now += 5.5
    assert [bench.ask(ask).smoothed for _ in range(3)] == [0, 1, 0]
    bench.now += 5.5
    # Nothing is in the window any more.
    assert bench.ask(ask).smoothed == -1
    assert passed(bench, ask, 2) == [True, False]


def test_a_sentinel_goes_by_it_too(place: Make) -> None:
    assert passed(place(Algorithm.SENTINEL), rate(10), 3) == [True, True, False]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from([0.0, 0.125, 0.5, 1.5]), min_size=1, max_size=40),
    st.integers(1, 8),
    st.integers(1, 4),
    st.integers(1, 3),
    st.sampled_from([0.25, 0.5, 1.0]),
)
def test_memory_and_redis_move_alike(
    places: Sequence[Make],
    pauses: list[float],
    most: int,
    threshold: int,
    step: int,
    trigger: float,
) -> None:
    smoothing = Smoothing(True, threshold, trigger, step, 1)
    ask = rate(most, smoothing, per=2)
    here, there = (place(Algorithm.ROLLING) for place in places)
    for pause in pauses:
        here.now = there.now = here.now + pause
        mine, other = here.ask(ask), there.ask(ask)
        assert (mine.smoothed, mine.refused) == (other.smoothed, other.refused)
        assert mine.standings[0][0] == other.standings[0][0]


@pytest.mark.parametrize(
    ("text", "moves"),
    [
        # A quarter of an hour before NOW, which is 2023-11-14T22:13:20Z, and after it.
        ("2023-11-14T21:58:20Z", 1),
        ("2023-11-14T22:58:20.123456789+01:00", 1),
        ("2023-11-14T16:58:20-05:00", 1),
        ("2023-11-14T22:28:20Z", 0),
        ("2023-11-14T23:28:20.5+01:00", 0),
        ("2024-02-29T00:00:00Z", 0),
        ("2023-01-31T23:59:59+14:00", 1),
        ("soon", 1),
    ],
)
def test_what_a_tyk_gateway_has_left_in_redis_counts(
    blocking_redis: BlockingRedis, text: str, moves: int
) -> None:
    bench = Bench(Algorithm.ROLLING, blocking_redis)
    fields = ("delay", "10", "current", "3", "nextUpdateAt", text)
    blocking_redis.call("HSET", "rate-limit-k-allowance", *fields)
    passed(bench, rate(100, evolve(SMOOTHING, trigger=9.0)), 1)
    found: list[Any] = []
    blocking_redis.call("HGET", "rate-limit-k-allowance", "current").addCallback(found.append)
    assert found == [b"5" if moves else b"3"]


def test_what_it_leaves_there_is_tyks(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.ROLLING, blocking_redis)
    bench.ask(rate(9))
    found: list[Any] = []
    blocking_redis.call("HGETALL", "rate-limit-k-allowance").addCallback(found.extend)
    fields = dict(zip(found[::2], found[1::2], strict=True))
    assert fields == {
        b"delay": b"10", b"current": b"2", b"nextUpdateAt": b"2023-11-14T22:13:30.000000Z",
    }  # fmt: skip


@pytest.mark.parametrize("field", ["threshold", "trigger", "step", "delay"])
def test_one_that_lacks_something_is_none(field: str) -> None:
    assert in_force(evolve(SMOOTHING, **{field: 0})) is None


def test_nor_is_one_that_is_off() -> None:
    assert in_force(evolve(SMOOTHING, enabled=False)) is None
    assert in_force(SMOOTHING) is SMOOTHING


SESSION = {
    "rate": 9, "per": 60,
    "smoothing": {"enabled": True, "threshold": 2, "trigger": 0.5, "step": 3, "delay": 5},
}  # fmt: skip
ROLLING = {"enable_redis_rolling_limiter": True}


def test_a_gateway_tells_of_it(limited: Any, events: Any) -> None:
    one = limited(
        {**ROLLING, "enable_rate_limit_smoothing": True},
        event_handlers={
            "events": {
                "RateLimitSmoothingUp": [
                    {"handler_name": "eh_log_handler", "handler_meta": {"prefix": "seen"}}
                ]
            }
        },
    )
    one.key(**SESSION)
    assert one.statuses(3) == [200, 200, 429]
    assert not [text for text in events.texts() if "seen:RateLimitSmoothingUp" in text]
    one.gateway.advance(6)
    assert one.statuses(1) == [200]
    assert [text for text in events.texts() if "seen:RateLimitSmoothingUp" in text]


def test_a_gateway_that_is_not_to_leaves_rates_alone(limited: Any) -> None:
    one = limited(ROLLING)
    one.key(**SESSION)
    assert one.statuses(3) == [200, 200, 200]
