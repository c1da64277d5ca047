"""Redis is away: what becomes of requests whose limits are counted there."""

from __future__ import annotations

import json
from typing import Any

import pytest
from limit_places import Bench, BlockingRedis

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.limits.contract import Kind, Quota, Rate
from twisted_tyk.limits.counters import Algorithm

ROLLING = {"enable_redis_rolling_limiter": True}
RATE = Rate(Kind.KEY, "rate-limit-k", 2, 60)
QUOTA = Quota("quota-k", 2, 60)


def test_an_api_answers_503(limited_by_redis: Any, blocking_redis: BlockingRedis) -> None:
    one = limited_by_redis(ROLLING)
    one.key(rate=5, per=60)
    assert one.get().status == 200
    blocking_redis.problem = "gone"
    answer = one.get()
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "1")
    assert json.loads(answer.body) == {"error": "Storage is not available"}
    assert len(one.gateway.upstream.requests) == 1
    blocking_redis.problem = ""
    assert one.get().status == 200


def test_one_that_says_so_counts_by_itself(
    limited_by_redis: Any, blocking_redis: BlockingRedis
) -> None:
    one = limited_by_redis(ROLLING, storage_outage="local")
    one.key(rate=2, per=60, quota_max=9)
    assert one.statuses(2) == [200, 200]
    blocking_redis.problem = "gone"
    assert one.statuses(3) == [200, 200, 429]
    blocking_redis.problem = ""
    assert one.statuses(1) == [429]


def test_what_needs_no_redis_goes_on(limited_by_redis: Any, blocking_redis: BlockingRedis) -> None:
    one = limited_by_redis(global_rate_limit={"rate": 5, "per": 60})
    one.key(rate=2, per=60)
    blocking_redis.problem = "gone"
    assert one.statuses(3) == [200, 200, 429]


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_it_is_found_to_be_away_by_asking(
    blocking_redis: BlockingRedis, algorithm: Algorithm
) -> None:
    class Unaware(BlockingRedis):
        """Its ``problem`` is found by the call itself."""

        def call(self, *words: Any) -> Any:
            self.problem = "gone"
            answer = super().call(*words)
            self.problem = ""
            return answer

    blocking_redis.__class__ = Unaware
    bench = Bench(algorithm, blocking_redis)
    with pytest.raises(StoreUnavailable):
        bench.ask(RATE, QUOTA)
    rate = Rate(Kind.KEY, "rate-limit-l", 9, 60)
    for _ in range(2):
        assert bench.ask(rate, QUOTA, local=True).refused is None
    assert bench.ask(rate, QUOTA, local=True).refused is QUOTA


def test_what_was_counted_meanwhile_is_forgotten(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.ROLLING, blocking_redis)
    quotas = bench.limiter.counters.quotas
    blocking_redis.problem = "gone"
    assert bench.ask(QUOTA, local=True).standings[0][0] == 1
    assert quotas.entries
    blocking_redis.problem = ""
    assert bench.ask(QUOTA, local=True).standings[0][0] == 1
    assert not quotas.entries


@pytest.mark.parametrize("value", ["many", "1.5", ""])
def test_a_quota_that_is_no_number_begins_anew(
    blocking_redis: BlockingRedis, value: str
) -> None:
    bench = Bench(Algorithm.ROLLING, blocking_redis)
    blocking_redis.call("SET", "quota-k", value, "EX", 5)
    left = [bench.ask(QUOTA).standings[0][0] for _ in range(2)]
    assert left == [1, 0]
    seconds: list[Any] = []
    blocking_redis.call("TTL", "quota-k").addCallback(seconds.append)
    assert 50 < seconds[0] <= 60


def test_the_whole_batch_takes_one_round_trip(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.ROLLING, blocking_redis)
    api = Rate(Kind.API, "rate-limit-apilimiter-a", 5, 60)
    before = blocking_redis.trips
    outcome = bench.ask(RATE, QUOTA, api)
    assert blocking_redis.trips == before + 1
    assert [left for left, _ in outcome.standings] == [1, 1, 4]


def test_the_default_limiter_takes_none(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.SHARED, blocking_redis)
    before = blocking_redis.trips
    assert bench.ask(RATE, Rate(Kind.API, "rate-limit-a", 5, 60)).refused is None
    assert blocking_redis.trips == before


def test_what_memory_decides_behind_redis_is_decided_last(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.SHARED, blocking_redis)
    api = Rate(Kind.API, "rate-limit-a", 1, 60)
    before = blocking_redis.trips
    assert bench.ask(RATE, QUOTA, api).refused is None
    assert bench.ask(RATE, QUOTA, api).refused is api
    assert bench.ask(RATE, QUOTA, api).refused is RATE
    assert blocking_redis.trips == before + 2


def test_what_stands_behind_a_refusal_is_not_counted(blocking_redis: BlockingRedis) -> None:
    bench = Bench(Algorithm.ROLLING, blocking_redis)
    for _ in range(5):
        outcome = bench.ask(RATE, QUOTA)
    assert outcome.refused is RATE
    counts: list[Any] = []
    blocking_redis.call("GET", "quota-k").addCallback(counts.append)
    assert counts == [b"2"]


@pytest.mark.parametrize("algorithm", [Algorithm.FIXED, Algorithm.ROLLING])
def test_what_is_late_finds_what_it_counts_on(
    blocking_redis: BlockingRedis, algorithm: Algorithm
) -> None:
    bench = Bench(algorithm, blocking_redis)
    rate = Rate(Kind.KEY, "rate-limit-k", 1, 1)
    # The next second begins in a millisecond, and the key would be gone with this one.
    bench.now += 0.999
    assert bench.ask(rate).refused is None
    keys: list[Any] = []
    blocking_redis.call("KEYS", "rate-limit-k*").addCallback(keys.extend)
    seconds: list[Any] = []
    blocking_redis.call("TTL", keys[0]).addCallback(seconds.append)
    assert 8 <= seconds[0] <= 11
