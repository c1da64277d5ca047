"""The store of plugins: values with and without an end, and what happens when it is full."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from gateways import Events
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from twisted.internet.task import Clock

from twisted_tyk.native.shelf import OVERHEAD, StoreFull
from twisted_tyk.native.store import TELL_INTERVAL, Store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Store:
    return Store(clock)


def test_a_value_is_kept_and_replaced(store: Store) -> None:
    assert store.get(b"a") is None
    store.set(b"a", b"1")
    store.set(b"a", b"2")
    assert store.get(b"a") == b"2"
    assert store.state()["entries"] == 1


def test_a_value_with_a_lifetime_ends(store: Store, clock: Clock) -> None:
    store.set(b"a", b"1", 10)
    clock.advance(9.5)
    assert (store.get(b"a"), store.ttl(b"a")) == (b"1", 0.5)
    clock.advance(0.5)
    assert store.get(b"a") is None
    assert store.ttl(b"a") is None
    assert store.state() == {"entries": 0, "bytes": 0, "evicted": 0, "refused": 0}


def test_setting_again_gives_a_new_lifetime_or_none(store: Store, clock: Clock) -> None:
    store.set(b"a", b"1", 10)
    clock.advance(9)
    store.set(b"a", b"1", 10)
    clock.advance(9)
    assert store.ttl(b"a") == 1
    store.set(b"a", b"1")
    assert store.ttl(b"a") == -1
    clock.advance(1e9)
    assert store.get(b"a") == b"1"


def test_set_new_takes_what_is_not_there_or_has_ended(store: Store, clock: Clock) -> None:
    assert store.set_new(b"a", b"1", 10)
    assert not store.set_new(b"a", b"2", 10)
    assert store.get(b"a") == b"1"
    clock.advance(10)
    assert store.set_new(b"a", b"2")


def test_delete_says_whether_it_was_there(store: Store) -> None:
    store.set(b"a", b"1")
    store.set(b"b", b"1", 5)
    assert [store.delete(key) for key in (b"a", b"b", b"a", b"c")] == [True, True, False, False]
    assert store.state()["bytes"] == 0


def test_a_number_is_counted_and_keeps_its_lifetime(store: Store, clock: Clock) -> None:
    assert store.increment(b"n", 5, 10) == 5
    clock.advance(4)
    assert store.increment(b"n", -7, 10) == -2
    assert (store.get(b"n"), store.ttl(b"n")) == (b"-2", 6)
    assert store.increment(b"ever", 1) == 1
    assert store.ttl(b"ever") == -1


@pytest.mark.parametrize("value", [b"", b"x", b" 1", b"1_0", b"1.5", b"1" * 20, b"9" * 19])
def test_what_is_no_number_is_not_counted(store: Store, value: bytes) -> None:
    store.set(b"n", value)
    with pytest.raises(ValueError, match="number"):
        store.increment(b"n", 1)
    assert store.get(b"n") == value


def test_expire_gives_a_lifetime_and_takes_it(store: Store, clock: Clock) -> None:
    store.set(b"a", b"1")
    assert store.expire(b"a", 5)
    assert store.ttl(b"a") == 5
    assert store.expire(b"a", 0)
    assert store.ttl(b"a") == -1
    assert not store.expire(b"b", 5)


def test_keys_by_their_beginning(store: Store, clock: Clock) -> None:
    for key in (b"b2", b"a1", b"b1"):
        store.set(key, b"")
    store.set(b"b3", b"", 1)
    assert store.keys(b"b") == [b"b1", b"b2", b"b3"]
    clock.advance(1)
    assert store.keys(b"") == [b"a1", b"b1", b"b2"]


@pytest.mark.parametrize(
    "make",
    [lambda clock: Store(clock, entries=3), lambda clock: Store(clock, size=3 * (OVERHEAD + 2))],
)
def test_what_was_not_used_for_longest_makes_room(
    clock: Clock, make: Callable[[Clock], Store]
) -> None:
    store = make(clock)
    store.set(b"a", b"1")
    store.set(b"b", b"1", 100)
    store.set(b"c", b"1", 50)
    store.get(b"b")
    store.set(b"d", b"1")
    assert store.keys(b"") == [b"a", b"b", b"d"]
    assert store.state()["evicted"] == 1


def test_what_has_ended_makes_room_first(clock: Clock) -> None:
    store = Store(clock, entries=2)
    store.set(b"used last", b"1", 1)
    store.set(b"a", b"1", 10)
    store.get(b"used last")
    clock.advance(1)
    store.set(b"b", b"1", 10)
    assert store.keys(b"") == [b"a", b"b"]
    assert store.state()["evicted"] == 0


def test_a_full_store_refuses_and_keeps_what_it_has(clock: Clock) -> None:
    store = Store(clock, entries=2)
    store.set(b"a", b"1")
    store.set(b"b", b"1")
    with pytest.raises(StoreFull):
        store.set(b"c", b"1", 10)
    store.set(b"b", b"2")
    assert store.get(b"b") == b"2"
    assert store.state() == {
        "entries": 2, "bytes": 2 * (OVERHEAD + 2), "evicted": 0, "refused": 1,
    }  # fmt: skip


def test_nothing_makes_room_for_what_would_not_fit_anyway(clock: Clock) -> None:
    store = Store(clock, size=1000)
    store.set(b"a", b"1", 10)
    with pytest.raises(StoreFull):
        store.set(b"a", b"x" * 1000, 10)
    assert store.get(b"a") == b"1"


def test_the_log_is_told_now_and_then_that_it_is_full(clock: Clock, events: Events) -> None:
    store = Store(clock, entries=0)

    def refused() -> None:
        with pytest.raises(StoreFull):
            store.set(b"key", b"value")

    for _ in range(3):
        refused()
    clock.advance(TELL_INTERVAL)
    refused()
    first, second = events.texts()
    assert first == (
        "the store of plugins has no room for b'key' (208 bytes): 0 entries of 0 and 0 bytes of "
        "67108864 are there for ever; 1 were refused"
    )
    assert second.endswith("; 4 were refused")


def test_setting_one_key_over_and_over_leaves_nothing_behind(store: Store) -> None:
    for number in range(1000):
        store.set(b"a", b"%d" % number, 100 + number)
    assert len(store._shelf._ends) < 100


KEYS = st.sampled_from([b"a", b"b", b"c", b"dd"])
SECONDS = st.sampled_from([0, 1, 5])


class AnyUse(RuleBasedStateMachine):
    """Against a store that is a dictionary and has room for everything."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = Store(self.clock, entries=3, size=3 * OVERHEAD + 12)
        self.known: dict[bytes, tuple[bytes, float]] = {}

    def alive(self, key: bytes) -> Any:
        value, until = self.known.get(key, (None, 0.0))
        return value if until > self.clock.seconds() else None

    @rule(key=KEYS, value=st.sampled_from([b"", b"1", b"123456"]), seconds=SECONDS)
    def put(self, key: bytes, value: bytes, seconds: int) -> None:
        try:
            self.store.set(key, value, seconds)
        except StoreFull:
            return
        assert self.store.get(key) == value
        self.known[key] = value, self.clock.seconds() + (seconds or 1e9)

    @rule(key=KEYS)
    def delete(self, key: bytes) -> None:
        self.store.delete(key)
        self.known.pop(key, None)

    @rule(key=KEYS, seconds=SECONDS)
    def expire(self, key: bytes, seconds: int) -> None:
        if self.store.expire(key, seconds):
            self.known[key] = self.known[key][0], self.clock.seconds() + (seconds or 1e9)

    @rule(seconds=st.sampled_from([0.5, 1, 6]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(key=KEYS)
    def get(self, key: bytes) -> None:
        # What had to make room is gone; what is there is what was set.
        assert self.store.get(key) in (None, self.alive(key))

    @invariant()
    def what_is_for_ever_stays(self) -> None:
        for key, (value, until) in self.known.items():
            if until > 1e8:
                assert self.store.get(key) == value

    @invariant()
    def it_keeps_its_bounds(self) -> None:
        state = self.store.state()
        keys = self.store.keys(b"")
        assert state["entries"] == len(keys) <= 3
        sizes = [len(key) + len(self.store.get(key) or b"") + OVERHEAD for key in keys]
        assert state["bytes"] == sum(sizes) <= 3 * OVERHEAD + 12


TestAnyUse = AnyUse.TestCase
TestAnyUse.settings = settings(max_examples=50, stateful_step_count=30, deadline=None)
