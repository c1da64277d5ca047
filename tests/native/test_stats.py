"""What is counted of an entry."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from twisted_tyk.native.stats import BOUNDS, EntryStats


@pytest.fixture
def stats() -> EntryStats:
    return EntryStats("foo.so", "AddFoo", "one", "pre", "pool", lambda: 1000.5)


def test_an_entry_that_was_never_called(stats: EntryStats) -> None:
    said = stats.as_json()
    assert said.pop("run_time") == {
        "count": 0,
        "sum": 0.0,
        "buckets": dict.fromkeys((*map(str, BOUNDS), "+Inf"), 0),
    }
    assert said == {
        "function": "AddFoo",
        "api_id": "one",
        "hook": "pre",
        "mode": "pool",
        "calls": 0,
        "errors": 0,
        "timeouts": 0,
        "refused": 0,
        "skipped": 0,
        "running": 0,
        "waiting": 0,
        "last_error": None,
    }


def test_a_call_waits_runs_and_ends(stats: EntryStats) -> None:
    stats.waits()
    assert (stats.waiting, stats.running, stats.calls) == (1, 0, 0)
    stats.begun(waited=True)
    assert (stats.waiting, stats.running, stats.calls) == (0, 1, 1)
    stats.ended(0.5, False)
    assert (stats.running, stats.calls, stats.errors) == (0, 1, 0)


def test_a_call_that_is_not_wanted_any_more(stats: EntryStats) -> None:
    stats.waits()
    stats.left()
    assert (stats.waiting, stats.calls) == (0, 0)


def test_run_times_are_counted_in_classes_each_with_those_below(stats: EntryStats) -> None:
    for seconds in (0.0, 0.0001, 0.0002, 0.5, 9.9, 11.0):
        stats.begun()
        stats.ended(seconds, False)
    run_time = stats.as_json()["run_time"]
    assert (run_time["count"], run_time["sum"]) == (6, 21.4003)
    buckets = run_time["buckets"]
    shown = [buckets[name] for name in ("0.0001", "0.00025", "0.25", "0.5", "10.0", "+Inf")]
    assert shown == [2, 3, 3, 4, 5, 6]


def test_the_last_error_is_kept_with_its_time(stats: EntryStats) -> None:
    stats.begun()
    stats.ended(0.1, True, "it panicked")
    assert stats.as_json()["last_error"] == {"text": "it panicked", "time": 1000.5}
    stats.failed("its changes are no frame" + "!" * 2000)
    assert stats.errors == 2
    assert len(stats.as_json()["last_error"]["text"]) == 1000


def test_a_failure_without_a_text_keeps_the_one_before(stats: EntryStats) -> None:
    stats.failed("first")
    stats.failed("")
    said = stats.as_json()
    assert (said["errors"], said["last_error"]["text"]) == (2, "first")


def test_a_request_that_did_not_wait_leaves_the_call_running(stats: EntryStats) -> None:
    stats.begun()
    stats.timed_out()
    said = stats.as_json()
    assert (said["timeouts"], said["running"], said["errors"]) == (1, 1, 0)
    assert said["last_error"]["text"] == "it took longer than its timeout"
    stats.ended(20.0, False)
    assert stats.running == 0


@pytest.mark.parametrize(
    ("tell", "name"), [(EntryStats.refused, "refused"), (EntryStats.skipped, "skipped")]
)
def test_what_else_is_counted(
    stats: EntryStats, tell: Callable[[EntryStats], None], name: str
) -> None:
    tell(stats)
    assert stats.as_json()[name] == 1
