"""Each algorithm lets pass what a plain model of it lets pass, in memory and on Redis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limit_places import NOW, Bench, BlockingRedis, Make

from twisted_tyk.limits.contract import Kind, Quota, Rate
from twisted_tyk.limits.counters import Algorithm
from twisted_tyk.limits.windows import window_start

#: Seconds between one request and the next: many at once, many near the end of a window. Their
#: sums are exact, since Redis knows the time better than by a quarter of a microsecond only.
PAUSES = st.lists(
    st.sampled_from([0.0, 1 / 1024, 0.25, 0.5, 1023 / 1024, 1.0, 1.5, 3.0, 7.0]),
    min_size=1,
    max_size=40,
)
RATES = st.integers(1, 6)
PERS = st.sampled_from([0.5, 1, 2, 7])
#: The fixture is made once for all examples, which begin with empty counters each.
examples = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def times(pauses: list[float]) -> list[float]:
    now, found = NOW, []
    for pause in pauses:
        now += pause
        found.append(now)
    return found


def passed(bench: Bench, ask: Any, when: list[float], gently: bool = False) -> list[bool]:
    found = []
    for bench.now in when:
        found.append(bench.ask(ask, gently=gently).refused is None)
    return found


def rate(limit: float, per: float, **more: Any) -> Rate:
    return Rate(Kind.KEY, "rate-limit-k", limit, per, **more)


def by_bucket(limit: int, per: float, when: list[float], nodes: int) -> list[bool]:
    """A bucket is full when first asked, and again ``per`` later, when it is asked next."""
    found, until, left = [], 0.0, 0
    for now in when:
        if now >= until:
            until, left = now + per, max(1, limit // nodes)
        found.append(left > 0)
        left -= 1 if left else 0
    return found


def by_log(limit: int, per: float, when: list[float], recorded_if_refused: bool) -> list[bool]:
    """Fewer than ``limit`` requests in the last ``per`` seconds."""
    log: list[float] = []
    found = []
    for now in when:
        passes = sum(now - per < time for time in log) < limit
        if passes or recorded_if_refused:
            log.append(now)
        found.append(passes)
    return found


def by_window(limit: int, per: float, when: list[float]) -> list[bool]:
    """Each window lets ``limit`` pass."""
    counts: dict[int, int] = {}
    found = []
    for now in when:
        window = window_start(int(now * 1e9), int(per * 1e9))
        counts[window] = counts.get(window, 0) + 1
        found.append(counts[window] <= limit)
    return found


@examples
@given(RATES, PERS, PAUSES, st.integers(1, 4))
def test_a_bucket(limit: int, per: float, pauses: list[float], nodes: int) -> None:
    bench = Bench(Algorithm.SHARED)
    bench.nodes.count, bench.nodes.threshold = nodes, 0.0
    when = times(pauses)
    assert passed(bench, rate(limit, per), when) == by_bucket(limit, per, when, nodes)


@examples
@given(limit=RATES, per=PERS, pauses=PAUSES, gently=st.booleans())
def test_a_rolling_window(
    places: Sequence[Make], limit: int, per: float, pauses: list[float], gently: bool
) -> None:
    when = times(pauses)
    expected = by_log(limit, per, when, recorded_if_refused=not gently)
    for place in places:
        found = passed(place(Algorithm.ROLLING), rate(limit, per), when, gently)
        assert found == expected


@examples
@given(limit=RATES, per=PERS, pauses=PAUSES, gently=st.booleans())
def test_a_fixed_window(
    places: Sequence[Make], limit: int, per: float, pauses: list[float], gently: bool
) -> None:
    when = times(pauses)
    for place in places:
        found = passed(place(Algorithm.FIXED), rate(limit, per), when, gently)
        assert found == by_window(limit, per, when)


@examples
@given(limit=RATES, requests=st.integers(1, 12))
def test_a_quota(places: Sequence[Make], limit: int, requests: int) -> None:
    for place in places:
        found = passed(place(Algorithm.SHARED), Quota("quota-k", limit, 60), [NOW] * requests)
        assert found == [index < limit for index in range(requests)]


@examples
@given(RATES, st.integers(1, 9), PAUSES)
def test_a_quota_that_renews(limit: int, renewal: int, pauses: list[float]) -> None:
    bench, when = Bench(Algorithm.SHARED), times(pauses)
    found = passed(bench, Quota("quota-k", limit, renewal), when)
    assert found == by_bucket(limit, renewal, when, 1)


@examples
@given(limit=RATES, per=PERS, pauses=PAUSES)
def test_no_window_of_a_log_has_more_than_the_rate(
    places: Sequence[Make], limit: int, per: float, pauses: list[float]
) -> None:
    when = times(pauses)
    for place in places:
        found = passed(place(Algorithm.ROLLING), rate(limit, per), when)
        good = [now for now, passes in zip(when, found, strict=True) if passes]
        for end in good:
            assert sum(end - per < now <= end for now in good) <= limit


@examples
@given(limit=RATES, pauses=st.lists(st.sampled_from([0.0, 1 / 8, 3 / 8]), min_size=1, max_size=30))
def test_memory_and_redis_say_the_same(
    blocking_redis: BlockingRedis, limit: int, pauses: list[float]
) -> None:
    for algorithm in (Algorithm.ROLLING, Algorithm.FIXED):
        blocking_redis.call("FLUSHALL")
        here, there = Bench(algorithm), Bench(algorithm, blocking_redis)
        for now in times(pauses):
            here.now = there.now = now
            mine, other = here.ask(rate(limit, 1)), there.ask(rate(limit, 1))
            assert (mine.refused is None) == (other.refused is None)
            assert mine.standings[0][0] == other.standings[0][0]
            # Redis tells of whole milliseconds.
            assert mine.standings[0][1] == pytest.approx(other.standings[0][1], abs=0.002)


def test_a_sentinel_locks_out_from_the_request_that_makes_the_log_full(place: Make) -> None:
    bench = place(Algorithm.SENTINEL)
    assert passed(bench, rate(3, 60), [NOW] * 6) == [True, True, True, False, False, False]


def test_a_sentinel_of_rate_one_lets_one_pass(place: Make) -> None:
    assert passed(place(Algorithm.SENTINEL), rate(1, 60), [NOW] * 3) == [True, False, False]


def test_who_goes_on_asking_stays_locked_out() -> None:
    bench = Bench(Algorithm.SENTINEL)
    when = [NOW + tenth / 10 for tenth in range(31)]
    found = passed(bench, rate(2, 1), when)
    # When the sentinel has gone, the log is still full of what was refused.
    good = [now - NOW for now, passes in zip(when, found, strict=True) if passes]
    assert good == pytest.approx([0.0, 0.1, 1.1, 2.1])


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_clock_that_is_put_back_makes_nobody_wait_for_long(algorithm: Algorithm) -> None:
    bench = Bench(algorithm)
    assert passed(bench, rate(2, 10), [NOW] * 4)[-1] is False
    bench.now = NOW - 86400
    assert bench.ask(rate(2, 10)).refused is None


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_a_rate_below_one_lets_one_pass(place: Make, algorithm: Algorithm) -> None:
    assert passed(place(algorithm), rate(0.25, 60), [NOW] * 2) == [True, False]


def test_another_version_of_a_key_has_a_fresh_bucket() -> None:
    bench = Bench(Algorithm.SHARED)
    assert passed(bench, rate(1, 60, version="1"), [NOW] * 2) == [True, False]
    assert passed(bench, rate(1, 60, version="2"), [NOW] * 2) == [True, False]
