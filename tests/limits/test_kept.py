"""Quotas outlive the gateway when there is no Redis."""

from __future__ import annotations

from typing import Any

from gateways import Events
from limit_places import NOW
from outcomes import outcome
from twisted.internet.defer import Deferred, fail
from twisted.internet.task import Clock

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.limits.contract import Batch, Outcome, Quota
from twisted_tyk.limits.make import Counting, make_counting
from twisted_tyk.settings import Settings
from twisted_tyk.storage.memory import MemoryStore

QUOTA = Quota("quota-k", 3, 100)


class Store(MemoryStore):
    """One that can be away, and slow."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.away = False
        self.slow: Deferred[None] | None = None
        self.writes: list[tuple[bytes, bytes, float]] = []

    def get(self, key: bytes) -> Any:
        if self.away:
            return fail(StoreUnavailable("away"))
        got = super().get(key)
        if self.slow is not None:
            return self.slow.addCallback(lambda _: got)
        return got

    def set(self, key: bytes, value: bytes, seconds: float = 0.0) -> Any:
        if self.away:
            return fail(StoreUnavailable("away"))
        self.writes.append((key, value, seconds))
        return super().set(key, value, seconds)


class Node:
    def __init__(self, store: Store | None = None, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        if clock is None:
            self.clock.advance(NOW)
        self.store = store or Store(self.clock)
        self.counting: Counting = make_counting(
            self.clock, Settings(), self.store, None, None, "host"  # type: ignore[arg-type]
        )
        self.counting.start()

    def ask(self, quota: Quota = QUOTA, local: bool = False) -> Any:
        return self.counting.limiter.ask(Batch((quota,)), False, local)

    def left(self, quota: Quota = QUOTA) -> int:
        found = outcome(self.ask(quota))
        assert isinstance(found, Outcome), found
        return -1 if found.refused else found.standings[0][0]


def test_a_restart_changes_nothing() -> None:
    before = Node()
    assert [before.left(), before.left()] == [2, 1]
    before.clock.advance(40)
    before.counting.stop()
    after = Node(before.store, before.clock)
    assert [after.left(), after.left()] == [0, -1]
    after.clock.advance(60)
    assert after.left() == 2


def test_what_changed_is_written_once_a_second_under_tyks_name() -> None:
    node = Node()
    node.left()
    node.left()
    assert node.store.writes == []
    node.clock.advance(1)
    assert node.store.writes == [(b"quota-k", b"2", 99.0)]
    node.clock.advance(5)
    assert len(node.store.writes) == 1


def test_a_quota_that_never_renews_is_kept_for_ever() -> None:
    node, quota = Node(), Quota("quota-k", 3, 0)
    node.left(quota)
    node.counting.stop()
    assert node.store.writes == [(b"quota-k", b"1", 0.0)]
    assert Node(node.store, node.clock).left(quota) == 1


def test_the_store_is_asked_at_the_first_request_only() -> None:
    node = Node()
    assert isinstance(node.ask(), Deferred)
    assert isinstance(node.ask(), Outcome)


def test_requests_that_come_together_wait_for_one_answer() -> None:
    node = Node()
    node.store.slow = slow = Deferred()
    lefts: list[int] = []
    for _ in range(3):
        node.ask().addCallback(lambda outcome: lefts.append(outcome.standings[0][0]))
    assert lefts == []
    slow.callback(None)
    assert lefts == [2, 1, 0]


def test_a_store_that_takes_its_time_does_not_begin_a_quota_twice() -> None:
    node = Node()
    node.store.slow = Deferred()
    waiting = node.ask()
    node.clock.advance(0.5)
    node.store.slow.callback(None)
    node.store.slow = None
    outcome = waiting.result
    assert outcome.standings == [(2, NOW + 100)]
    assert node.left() == 1


def test_what_is_no_number_begins_anew(events: Events) -> None:
    node = Node()
    node.store.set(b"quota-k", b"many")
    assert node.left() == 2
    assert [text for text in events.texts() if "a quota in the store is no number" in text]


def test_a_store_that_is_away_is_told_later(events: Events) -> None:
    node = Node()
    node.left()
    node.store.away = True
    node.clock.pump([1.0] * 3)
    told = [text for text in events.texts() if "quotas can not be kept" in text]
    assert len(told) == 1
    node.store.away = False
    node.clock.advance(1)
    assert node.store.writes == [(b"quota-k", b"1", 96.0)]


def test_nothing_can_be_read_from_it_either() -> None:
    node = Node()
    node.store.away = True
    failures: list[Any] = []
    node.ask().addErrback(failures.append)
    assert failures[0].check(StoreUnavailable)
    outcome: list[Any] = []
    node.ask(local=True).addCallback(outcome.append)
    assert outcome[0].refused is None


def test_a_quota_that_nobody_uses_leaves_memory_and_comes_back() -> None:
    node = Node()
    node.left()
    entries = node.counting.limiter.counters.quotas.entries
    node.clock.pump([1.0] * 4)
    assert not entries
    assert node.left() == 1


def test_what_is_over_leaves_memory() -> None:
    node = Node()
    counters = node.counting.limiter.counters
    from twisted_tyk.limits.contract import Kind, Rate

    for number in range(5_000):
        counters.buckets.count(Rate(Kind.KEY, f"k{number}", 1, 10), node.clock.seconds(), [], 1)
    node.clock.advance(9)
    assert len(counters.buckets.entries) == 5_000
    node.clock.advance(1)
    node.clock.pump([1.0] * 6)
    assert not counters.buckets.entries
