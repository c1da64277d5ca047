"""The queue of records before an analytics function, with a function that tests play."""

from __future__ import annotations

from typing import Any

import pytest
from collected import left_by
from gateways import Events
from twisted.internet.task import Clock

from twisted_tyk.native.stats import EntryStats
from twisted_tyk.plugins.record_queue import TELL_INTERVAL, RecordQueue
from twisted_tyk.transport.deadlines import Deadlines


class Hit:
    """What the queue knows of a hit."""

    api_id = "one"


class Record:
    """A record with a hit of its own."""

    def __init__(self) -> None:
        self.hit = Hit()


class Function:
    """An editor whose calls end when the test says so."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.late: list[Any] = []
        self.problem: Exception | None = None

    def run(self, record: Any, over: Any) -> int:
        if self.problem is not None:
            raise self.problem
        self.calls.append((record, over))
        return len(self.calls) - 1

    def overdue(self, call: int) -> None:
        self.late.append(call)


class Queue:
    """A queue, and what came out of it."""

    def __init__(self, at_once: int | None = None, most: int = 10, timeout: float = 5) -> None:
        self.clock = Clock()
        self.deadlines = Deadlines(self.clock)
        self.deadlines.start()
        self.function = Function()
        self.stats = EntryStats("foo.so", "Foo", "one", "analytics", "pool")
        self.queue = RecordQueue(
            "Foo", self.function, self.stats, timeout, at_once, most, self.deadlines
        )
        self.out: list[Any] = []

    def put(self) -> Any:
        record: Any = Record()
        self.queue.edit(record, self.out.append)
        return record.hit


def test_a_function_that_can_not_be_called_costs_no_record(events: Events) -> None:
    queue = Queue()
    queue.function.problem = RuntimeError("it is closed")
    hits = [queue.put(), queue.put()]
    assert queue.out == hits
    assert (queue.stats.errors, queue.stats.running) == (2, 0)
    assert events.texts()[-1] == "Foo of API one could not be called: it is closed"


def test_any_number_of_functions_may_be_over_at_once() -> None:
    queue = Queue(at_once=1, most=1000)
    hits = [queue.put() for _ in range(1000)]
    [(record, over)] = queue.function.calls

    def run(record: Any, over: Any) -> None:
        over(record.hit, "", 0.0)

    queue.function.run = run  # type: ignore[method-assign, assignment]
    over(record.hit, "", 0.0)
    assert queue.out == hits
    assert (queue.stats.calls, queue.stats.running, queue.stats.waiting) == (1000, 0, 0)


def test_a_function_that_ends_late_changes_nothing(events: Events) -> None:
    queue = Queue()
    hit = queue.put()
    queue.clock.pump([1.0] * 7)
    assert (queue.out, queue.function.late) == ([hit], [0])
    ((_, over),) = queue.function.calls
    over(Hit(), "", 9.0)
    assert queue.out == [hit]
    assert (queue.stats.timeouts, queue.stats.errors, queue.stats.running) == (1, 0, 0)


def test_a_record_that_waited_too_long_for_its_turn_is_not_shown(events: Events) -> None:
    queue = Queue(at_once=1)
    hits = [queue.put(), queue.put()]
    queue.clock.pump([1.0] * 7)
    assert queue.out == hits
    assert (queue.function.late, queue.stats.waiting, queue.stats.running) == ([0], 0, 1)
    ((_, over),) = queue.function.calls
    over(None, "", 9.0)
    assert len(queue.function.calls) == 1


def test_without_a_timeout_it_may_take_for_ever() -> None:
    queue = Queue(timeout=0)
    queue.put()
    queue.clock.pump([1000.0] * 5)
    assert queue.out == []


def test_the_log_is_told_now_and_then_of_records_that_were_too_many(events: Events) -> None:
    queue = Queue(most=1)
    for _ in range(3):
        queue.put()
    queue.clock.pump([TELL_INTERVAL / 10] * 11)
    queue.put()
    queue.put()
    told = [text for text in events.texts() if "too slow" in text]
    assert told == [
        "Foo of API one is too slow: 1 records were not shown to it",
        "Foo of API one is too slow: 3 records were not shown to it",
    ]


@pytest.mark.parametrize("ending", ["comes back", "fails", "is late"])
def test_nothing_of_a_record_waits_for_the_collector(ending: str) -> None:
    queue = Queue()

    class Call:
        """What a library has of a call until that is over."""

    def run(record: Any, over: Any) -> Any:
        call = Call()
        call.over = over  # type: ignore[attr-defined]
        queue.function.calls.append(call)
        return call

    queue.function.run = run  # type: ignore[method-assign]

    def one() -> None:
        queue.put()
        if ending == "is late":
            queue.clock.pump([1.0] * 7)
        queue.function.calls.pop().over(Hit(), "it failed" if ending == "fails" else "", 1.0)
        queue.function.late.clear()
        queue.out.clear()

    one()
    assert left_by(one) == []


@pytest.mark.parametrize("most", [1, 2])
def test_a_closed_queue_lets_everything_past(most: int) -> None:
    queue = Queue(at_once=1, most=most)
    first, second = queue.put(), queue.put()
    queue.queue.close()
    third = queue.put()
    if most == 1:
        assert queue.out == [second, third]
    else:
        # It keeps its place behind the one that runs.
        assert queue.out == [third]
    queue.queue.flush()
    assert sorted(queue.out, key=id) == sorted([first, second, third], key=id)
    assert queue.stats.waiting == 0
