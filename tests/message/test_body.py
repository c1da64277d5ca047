from __future__ import annotations

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface.verify import verifyObject

from twisted_tyk.message.body import HIGH_WATER, NO_BODY, Body, BodyTooLong

REASON = Failure(ConnectionError("gone"))


class Log:
    """A source and a sink that write down what is asked of them."""

    def __init__(self, pause_at_first: bool = False) -> None:
        self.calls: list[object] = []
        self.body: Body | None = None
        self.pause_at_first = pause_at_first

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def attach(self, body: Body) -> None:
        self.body = body
        self.calls.append("attach")

    def write(self, data: bytes) -> None:
        self.calls.append(data)
        if self.pause_at_first and self.body is not None:
            self.pause_at_first = False
            self.body.pauseProducing()

    def end(self) -> None:
        self.calls.append("end")

    def fail(self, reason: Failure) -> None:
        self.calls.append(reason)


def test_it_is_a_producer() -> None:
    verifyObject(IPushProducer, Body())


def test_a_whole_body() -> None:
    body = Body.of(b"ab")
    assert (body.ended, body.length, body.join(), body.gather()) == (True, 2, b"ab", b"ab")
    sink = Log()
    body.pipe(sink)
    assert sink.calls == [b"ab", "end"]
    assert body.join() == b"ab"


def test_no_body() -> None:
    sink = Log()
    NO_BODY.pipe(sink)
    NO_BODY.pipe(sink)
    assert sink.calls == ["end", "end"]
    assert (NO_BODY.ended, NO_BODY.length, NO_BODY.join()) == (True, 0, b"")
    NO_BODY.drop()
    NO_BODY.stopProducing()
    NO_BODY.fail(REASON)
    assert NO_BODY.failure is None


def test_it_holds_up_to_high_water_for_a_reader_to_come() -> None:
    source = Log()
    body = Body(source)
    body.feed(b"x" * HIGH_WATER)
    assert source.calls == []
    body.feed(b"x")
    body.feed(b"x")
    assert source.calls == ["pause"]
    assert len(body.join()) == HIGH_WATER + 2


def test_gathering_wants_everything() -> None:
    source = Log()
    body = Body(source)
    body.feed(b"x" * (HIGH_WATER + 1))
    first, second = body.gather(), body.gather()
    assert isinstance(first, Deferred)
    assert isinstance(second, Deferred)
    assert source.calls == ["pause", "resume"]
    body.feed(b"y" * HIGH_WATER)
    assert source.calls == ["pause", "resume"]
    body.end()
    whole = b"x" * (HIGH_WATER + 1) + b"y" * HIGH_WATER
    assert first.result == second.result == whole
    assert body.gather() == whole


def test_gathering_fails_with_the_body() -> None:
    body = Body()
    early = body.gather()
    body.fail(REASON)
    body.fail(Failure(ValueError()))
    late = body.gather()
    assert isinstance(early, Deferred)
    assert isinstance(late, Deferred)
    seen: list[object] = []
    early.addErrback(seen.append)
    late.addErrback(seen.append)
    assert [one.value for one in seen] == [REASON.value] * 2  # type: ignore[attr-defined]
    assert body.failure is REASON


@pytest.mark.parametrize(
    ("length", "before", "after"), [(11, 0, 0), (None, 11, 0), (None, 5, 6), (None, 0, 11)]
)
def test_gathering_up_to_a_limit(length: int | None, before: int, after: int) -> None:
    source = Log()
    body = Body(source, length)
    body.feed(b"x" * before)
    waiting = body.gather(10)
    assert isinstance(waiting, Deferred)
    seen: list[Failure] = []
    waiting.addErrback(seen.append)
    body.feed(b"y" * after)
    assert [failure.type for failure in seen] == [BodyTooLong]
    assert source.calls in ([], ["pause"])
    # Nothing is lost to those who want more.
    body.feed(b"z")
    body.end()
    assert body.gather() == b"x" * before + b"y" * after + b"z"


def test_a_limit_is_that_of_the_last_who_gathers() -> None:
    body = Body()
    within, more = body.gather(3), body.gather()
    body.feed(b"xxx")
    assert isinstance(within, Deferred)
    assert isinstance(more, Deferred)
    body.feed(b"x")
    body.end()
    assert within.result == more.result == b"xxxx"


def test_gathering_can_be_given_up() -> None:
    body = Body()
    waiting = body.gather()
    assert isinstance(waiting, Deferred)
    waiting.addErrback(lambda reason: reason.trap(CancelledError))
    waiting.cancel()
    body.feed(b"x")
    body.end()
    assert body.join() == b"x"


def test_a_held_source_starts_when_someone_asks() -> None:
    source = Log()
    Body(source, held=True).gather()
    assert source.calls == ["resume"]


def test_a_held_source_that_starts_by_itself_is_paused_like_any_other() -> None:
    source = Log()
    body = Body(source, held=True)
    body.started()
    body.feed(b"x" * (HIGH_WATER + 1))
    assert source.calls == ["pause"]


def test_piping_writes_what_is_there_and_what_comes() -> None:
    source, sink = Log(), Log()
    body = Body(source)
    body.feed(b"a")
    body.feed(b"b")
    body.pipe(sink)
    body.feed(b"c")
    body.end()
    assert sink.calls == ["attach", b"ab", b"c", "end"]
    assert source.calls == []


def test_piping_starts_a_source_that_was_paused() -> None:
    source, sink = Log(), Log()
    body = Body(source, held=True)
    body.pipe(sink)
    assert source.calls == ["resume"]
    assert sink.calls == ["attach"]
    body.pauseProducing()
    body.pauseProducing()
    body.resumeProducing()
    body.resumeProducing()
    assert source.calls == ["resume", "pause", "resume"]


@pytest.mark.parametrize("held", [False, True])
def test_a_sink_that_is_full_at_once_keeps_the_source_paused(held: bool) -> None:
    source, sink = Log(), Log(pause_at_first=True)
    body = Body(source, held=held)
    body.feed(b"x")
    body.pipe(sink)
    assert source.calls == ["pause"]
    body.resumeProducing()
    assert source.calls == ["pause", "resume"]


def test_a_broken_body_breaks_its_sink() -> None:
    sink = Log()
    body = Body()
    body.pipe(sink)
    body.fail(REASON)
    assert sink.calls == ["attach", REASON]
    late = Log()
    broken = Body()
    broken.feed(b"x")
    broken.fail(REASON)
    broken.pipe(late)
    assert late.calls == [REASON]


def test_it_is_read_once() -> None:
    body = Body()
    body.pipe(Log())
    with pytest.raises(RuntimeError):
        body.pipe(Log())
    dropped = Body()
    dropped.drop()
    with pytest.raises(RuntimeError):
        dropped.pipe(Log())


def test_what_is_dropped_is_not_kept() -> None:
    source, sink = Log(), Log()
    body = Body(source)
    body.feed(b"a")
    body.pipe(sink)
    body.drop()
    body.feed(b"x" * (2 * HIGH_WATER))
    body.end()
    assert sink.calls == ["attach", b"a"]
    assert source.calls == []
    assert body.join() == b""


def test_a_sink_that_is_gone_lets_the_source_run_out() -> None:
    source = Log()
    body = Body(source)
    body.pipe(Log())
    body.pauseProducing()
    body.stopProducing()
    assert source.calls == ["pause", "resume"]
    body.feed(b"x" * (2 * HIGH_WATER))
    assert source.calls == ["pause", "resume"]
    assert body.join() == b""
