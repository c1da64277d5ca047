"""Records wait for others, are written together, and never wait for ever."""

from __future__ import annotations

from typing import Any

import pytest
from gateways import Events
from recording import make_hit
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from twisted_tyk.message.detail import Detail
from twisted_tyk.record import buffer
from twisted_tyk.record.attempts import RETRIES
from twisted_tyk.record.buffer import FLUSH_COUNT, Buffer
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.writer import Unwritten


class Kept:
    """A writer that keeps what it gets, when it is told to.

    :ivar batches: what it was given, in order.
    :ivar failing: how many of the next writes fail, and with what.
    :ivar kept: records that such a write keeps all the same.
    :ivar slow: do not answer before :meth:`answer`.
    """

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.failing = 0
        self.error: type[Exception] = Unwritten
        self.kept = 0
        self.slow = False
        self.waiting: list[Deferred[None]] = []
        self.stopped = False

    def start(self) -> str:
        return ""

    def take(self, hit: Hit) -> str:
        return hit.raw_path

    def ready(self, records: list[Any]) -> list[Any]:
        return records

    def write(self, records: list[Any]) -> Deferred[None]:
        self.batches.append(list(records))
        waiting: Deferred[None] = Deferred()
        if self.failing:
            self.failing -= 1
            if self.error is not Unwritten:
                raise self.error
            waiting.errback(Unwritten(records[self.kept :], "away"))
        elif self.slow:
            self.waiting.append(waiting)
        else:
            waiting.callback(None)
        return waiting

    def answer(self) -> None:
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            each.callback(None)

    def stop(self) -> Deferred[None]:
        self.stopped = True
        return succeed(None)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def records(kept: Kept, clock: Clock) -> Buffer:
    return Buffer(kept, clock, 2000)


def hits(records: Buffer, count: int) -> None:
    for number in range(count):
        records.record(make_hit(target=b"/%d" % number))


def test_records_that_come_soon_after_another_are_written_together(
    records: Buffer, kept: Kept, clock: Clock
) -> None:
    hits(records, 3)
    clock.advance(0.19)
    assert kept.batches == []
    clock.advance(0.02)
    assert kept.batches == [["/0", "/1", "/2"]]
    assert records.written == 3
    clock.advance(10)
    assert len(kept.batches) == 1
    assert clock.getDelayedCalls() == []


def test_many_are_written_at_once(records: Buffer, kept: Kept) -> None:
    hits(records, FLUSH_COUNT + 1)
    assert [len(batch) for batch in kept.batches] == [FLUSH_COUNT]


def test_one_batch_is_written_after_the_other(records: Buffer, kept: Kept, clock: Clock) -> None:
    kept.slow = True
    hits(records, FLUSH_COUNT)
    hits(records, 700)
    clock.advance(1)
    assert [len(batch) for batch in kept.batches] == [FLUSH_COUNT]
    kept.answer()
    assert [len(batch) for batch in kept.batches] == [FLUSH_COUNT, 700]
    kept.answer()
    assert records.written == FLUSH_COUNT + 700


def test_what_came_meanwhile_waits_for_others_again(
    records: Buffer, kept: Kept, clock: Clock
) -> None:
    kept.slow = True
    hits(records, FLUSH_COUNT)
    hits(records, 2)
    clock.advance(0.3)
    kept.answer()
    assert len(kept.batches) == 1
    clock.advance(0.2)
    assert [len(batch) for batch in kept.batches] == [FLUSH_COUNT, 2]


def test_what_finds_it_full_is_dropped_and_counted(
    kept: Kept, clock: Clock, events: Events
) -> None:
    lost: list[int] = []
    records = Buffer(kept, clock, 10, lost.append)
    kept.slow = True
    hits(records, 10)
    hits(records, 3)
    assert (records.dropped, lost) == (3, [1, 1, 1])
    note = "records were dropped: they come faster than they can be written"
    assert [text for text in events.texts() if "dropped" in text] == [f"analytics: 1 {note}"]
    kept.answer()
    hits(records, 1)
    clock.advance(60)
    kept.answer()
    assert records.written == 11
    hits(records, 11)
    # At most one line a minute; none is missing in the count.
    assert [text for text in events.texts() if "dropped" in text] == [
        f"analytics: 1 {note}",
        f"analytics: 3 {note}",
    ]


def test_a_writer_that_is_away_is_tried_again(
    records: Buffer, kept: Kept, clock: Clock, events: Events
) -> None:
    kept.failing = 2
    hits(records, 2)
    clock.advance(0.2)
    assert records.problem == "away"
    clock.advance(RETRIES[0])
    clock.advance(RETRIES[1])
    assert kept.batches == [["/0", "/1"]] * 3
    assert (records.written, records.dropped, records.problem) == (2, 0, "")
    assert [text for text in events.texts() if "dropped" in text] == []


def test_only_what_is_left_is_tried_again(records: Buffer, kept: Kept, clock: Clock) -> None:
    kept.failing = kept.kept = 1
    hits(records, 3)
    clock.advance(0.2)
    assert records.written == 1
    clock.advance(RETRIES[0])
    assert kept.batches == [["/0", "/1", "/2"], ["/1", "/2"]]
    assert records.written == 3


def test_a_writer_that_stays_away_costs_records_in_the_end(
    records: Buffer, kept: Kept, clock: Clock, events: Events
) -> None:
    kept.failing = 100
    hits(records, 2)
    clock.advance(0.2)
    for pause in RETRIES:
        clock.advance(pause)
    assert (records.written, records.dropped) == (0, 2)
    assert "analytics: 2 records were dropped: away" in events.texts()
    kept.failing = 0
    hits(records, 1)
    clock.advance(0.2)
    assert records.written == 1


def test_an_error_nobody_foresaw_costs_one_batch(
    records: Buffer, kept: Kept, clock: Clock, logged_failures: Any
) -> None:
    kept.failing, kept.error = 1, ZeroDivisionError
    hits(records, 2)
    clock.advance(0.2)
    assert records.dropped == 2
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
    hits(records, 1)
    clock.advance(0.2)
    assert records.written == 1


def test_large_records_have_a_limit_of_their_own(
    kept: Kept, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buffer, "MOST_BYTES", 250)
    records = Buffer(kept, clock, 100)
    for _ in range(3):
        hit = make_hit()
        hit.exchange.detail = Detail(1000)
        hit.exchange.detail.answered(b"h" * 40, b"b" * 60)
        records.record(hit)
    assert records.dropped == 1
    clock.advance(0.2)
    records.record(hit)
    assert records.dropped == 1


def test_at_the_stop_the_rest_is_written(records: Buffer, kept: Kept, clock: Clock) -> None:
    hits(records, 3)
    stopped = records.stop()
    assert stopped.called
    assert [len(batch) for batch in kept.batches] == [3]
    assert kept.stopped
    assert clock.getDelayedCalls() == []


def test_a_stop_waits_for_what_is_being_written(records: Buffer, kept: Kept, clock: Clock) -> None:
    kept.slow = True
    hits(records, FLUSH_COUNT + 1)
    stopped = records.stop()
    assert not stopped.called
    kept.answer()
    assert [len(batch) for batch in kept.batches] == [FLUSH_COUNT, 1]
    kept.answer()
    assert stopped.called
    assert records.written == FLUSH_COUNT + 1


def test_a_stop_does_not_wait_for_the_next_attempt(
    records: Buffer, kept: Kept, clock: Clock
) -> None:
    kept.failing = 1
    hits(records, 2)
    clock.advance(0.2)
    assert records.stop().called
    assert (records.written, clock.getDelayedCalls()) == (2, [])


def test_a_stop_has_an_end(records: Buffer, kept: Kept, clock: Clock, events: Events) -> None:
    kept.slow = True
    hits(records, FLUSH_COUNT + 1)
    stopped = records.stop()
    clock.advance(buffer.STOP_TIMEOUT)
    assert stopped.called
    assert kept.stopped
    assert records.dropped == FLUSH_COUNT + 1
    note = "records were dropped: there was no time left to write them"
    assert f"analytics: {FLUSH_COUNT + 1} {note}" in events.texts()
    kept.answer()
    assert records.dropped == FLUSH_COUNT + 1


def test_nothing_to_stop_for(records: Buffer, kept: Kept) -> None:
    assert records.stop().called
    assert kept.batches == []
