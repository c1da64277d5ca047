"""Given changes that come one after the other, a reload comes when they are over."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gateways import Events
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twisted_tyk.watch.burst import Burst


class Reloads:
    """:ivar at: when they were begun, in seconds."""

    def __init__(self, clock: Clock) -> None:
        self.at: list[float] = []
        self.under_way: list[Deferred[None]] = []
        self._clock = clock

    def __call__(self) -> Deferred[None]:
        self.at.append(round(self._clock.seconds(), 3))
        self.under_way.append(Deferred())
        return self.under_way[-1]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reloads(clock: Clock) -> Reloads:
    return Reloads(clock)


@pytest.fixture
def burst(clock: Clock, reloads: Reloads) -> Burst:
    return Burst(clock, reloads)


def advance(clock: Clock, seconds: float) -> None:
    for _ in range(round(seconds / 0.01)):
        clock.advance(0.01)


def at_once(clock: Clock, act: Callable[[], None], every: float, seconds: float) -> None:
    """Do something again and again."""
    for _ in range(round(seconds / every)):
        act()
        advance(clock, every)


def test_many_changes_are_one_reload(clock: Clock, burst: Burst, reloads: Reloads) -> None:
    for name in ("a", "b", "c"):
        burst.changed(name)
        advance(clock, 0.1)
    assert reloads.at == []
    advance(clock, 1)
    assert reloads.at == [pytest.approx(0.4, abs=0.02)], "0.2 s after the last"
    reloads.under_way.pop().callback(None)
    advance(clock, 5)
    assert len(reloads.at) == 1


def test_changes_that_never_end_do_not_keep_it_for_ever(
    clock: Clock, burst: Burst, reloads: Reloads
) -> None:
    at_once(clock, lambda: burst.changed("a"), 0.1, 3)
    assert reloads.at[0] == pytest.approx(2, abs=0.2)


def test_what_is_half_written_is_waited_for(clock: Clock, burst: Burst, reloads: Reloads) -> None:
    burst.changed("a")
    burst.writing("b")
    advance(clock, 3)
    assert reloads.at == []
    burst.changed("b")
    advance(clock, 0.5)
    assert reloads.at == [pytest.approx(3.1, abs=0.11)]


def test_what_is_being_written_is_no_reason_by_itself(
    clock: Clock, burst: Burst, reloads: Reloads
) -> None:
    burst.writing("a")
    advance(clock, 20)
    assert reloads.at == []
    assert clock.getDelayedCalls() == []


def test_a_file_that_is_never_finished_is_named(
    clock: Clock, burst: Burst, reloads: Reloads, events: Events
) -> None:
    burst.changed("a")
    at_once(clock, lambda: burst.writing("log.json"), 0.5, 15)
    assert reloads.at == [pytest.approx(10, abs=0.3)]
    assert "log.json is still being written" in events.texts()


def test_what_changes_during_a_reload_does_not_wait_for_its_end(
    clock: Clock, burst: Burst, reloads: Reloads
) -> None:
    """That may be as far away as the end of what a slow server sends."""
    burst.changed("a")
    advance(clock, 0.3)
    burst.changed("b")
    advance(clock, 0.3)
    assert len(reloads.at) == 2
    for each in reloads.under_way:
        each.callback(None)
    advance(clock, 5)
    assert len(reloads.at) == 2


def test_after_a_failure_the_next_change_tries_again(
    clock: Clock, burst: Burst, reloads: Reloads, events: Events
) -> None:
    burst.changed("a")
    advance(clock, 0.3)
    reloads.under_way.pop().errback(OSError("no folder"))
    assert "the reload failed, all stays as it was: no folder" in events.texts()
    burst.changed("a")
    advance(clock, 0.3)
    assert len(reloads.at) == 2


def test_a_reload_may_raise_and_may_be_over_at_once(clock: Clock, events: Events) -> None:
    outcomes: list[object] = [None, ValueError("bad")]

    def reload() -> object:
        outcome = outcomes.pop()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    burst = Burst(clock, reload)
    for _ in range(2):
        burst.changed("a")
        advance(clock, 0.3)
    assert outcomes == []
    assert "the reload failed, all stays as it was: bad" in events.texts()


def test_the_log_names_what_changed(clock: Clock, reloads: Reloads, events: Events) -> None:
    burst = Burst(clock, reloads, str.upper)
    for name in ("a", "b", "a"):
        burst.changed(name)
    advance(clock, 0.3)
    assert "changed: A, B; reloading" in events.texts()
    reloads.under_way.pop().callback(None)
    for name in "abcdefg":
        burst.changed(name)
    advance(clock, 0.3)
    assert "changed: A, B, C, D, E and 2 more; reloading" in events.texts()


def test_when_it_is_stopped_nothing_is_reloaded(
    clock: Clock, burst: Burst, reloads: Reloads, events: Events
) -> None:
    burst.changed("a")
    advance(clock, 0.3)
    burst.changed("b")
    burst.stop()
    reloads.under_way.pop().errback(ValueError("cancelled"))
    advance(clock, 5)
    burst.changed("c")
    advance(clock, 5)
    assert len(reloads.at) == 1
    assert clock.getDelayedCalls() == []
    assert not any("failed" in text for text in events.texts())


def test_a_change_that_waits_when_it_is_stopped_is_dropped(
    clock: Clock, burst: Burst, reloads: Reloads
) -> None:
    burst.changed("a")
    burst.stop()
    advance(clock, 5)
    assert reloads.at == []
