"""Records on their way to where they are kept: bounded, and in nobody's way."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.attempts import Attempts
from twisted_tyk.record.entry import entry_of
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.losses import Losses
from twisted_tyk.record.writer import Writer

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.record.facts import Facts

#: Seconds that a record waits for others, and how many do not wait any longer.
FLUSH_INTERVAL: Final = 0.2
FLUSH_COUNT: Final = 500
#: Records that are made ready together.
_READY: Final = 25
#: Bytes of whole requests and responses that may wait.
MOST_BYTES: Final = 64 << 20
#: Seconds for the last records.
STOP_TIMEOUT: Final = 5.0


@implementer(IRecordSink)
class Buffer:
    """Collects records and writes many at once, in the reactor thread.

    What finds the buffer full is dropped and counted.
    """

    log = Logger()

    def __init__(
        self,
        writer: Writer,
        clock: IReactorTime,
        most: int,
        lost: Callable[[int], None] = lambda count: None,
    ) -> None:
        """
        :param most: records that may wait.
        :param lost: told how many records have just been dropped.
        """
        self._losses = Losses(clock, lost)
        self._attempts = Attempts(writer, clock, self._losses)
        self._writer = writer
        self._clock = clock
        self._most = most
        self._count = min(FLUSH_COUNT, most)
        self._waiting: list[Any] = []
        self._in_writing = 0
        self._bytes = 0
        self._timer: IDelayedCall | None = None
        self._work: Deferred[None] | None = None
        self._stopping = False

    @property
    def written(self) -> int:
        """Records so far."""
        return self._attempts.written

    @property
    def dropped(self) -> int:
        """Records so far."""
        return self._losses.count

    @property
    def problem(self) -> str:
        """Why the last attempt to write failed, ``""`` when it did not."""
        return self._attempts.problem

    def start(self) -> None:
        """Begin; called once."""
        problem = self._writer.start()
        if problem:
            self.log.error("analytics: {problem}", problem=problem)

    def record(self, hit: Hit) -> None:
        """Take a record, or drop it."""
        waiting = self._waiting
        if len(waiting) + self._in_writing >= self._most:
            self._too_many()
            return
        detail = hit.exchange.detail
        if detail is not None:
            self._bytes += detail.size()
            if self._bytes > MOST_BYTES:
                self._bytes -= detail.size()
                self._losses.add(
                    1, self.problem or "whole requests come faster than can be written"
                )
                return
        waiting.append(self._writer.take(hit))
        self._added(len(waiting))

    def note(
        self, exchange: Exchange, facts: Facts, total: int, upstream: int, seconds: float
    ) -> None:
        """The same as a hit of these, of an exchange that has no detail; quicker."""
        waiting = self._waiting
        count = len(waiting)
        if count + self._in_writing >= self._most:
            self._too_many()
            return
        waiting.append(entry_of(exchange, facts, total, upstream, seconds))
        count += 1
        if count % _READY == 0:
            waiting[-_READY:] = self._ready(waiting[-_READY:])
        if count == 1 or count == self._count:
            self._added(count)

    def _too_many(self) -> None:
        self._losses.add(1, self.problem or "they come faster than they can be written")

    def _ready(self, records: list[Any]) -> list[Any]:
        """As the writer says, without those that it can make nothing of."""
        try:
            return self._writer.ready(records)
        except Exception:
            made = []
            for record in records:
                try:
                    made += self._writer.ready([record])
                except Exception:
                    self.log.failure("a record was lost")
            self._losses.add(len(records) - len(made), "they can not be written")
            return made

    def _added(self, count: int) -> None:
        if count == self._count:
            self._begin()
        elif self._timer is None:
            self._timer = self._clock.callLater(FLUSH_INTERVAL, self._tick)

    def stop(self) -> Deferred[None]:
        """Write what is left, for :data:`STOP_TIMEOUT` seconds at most, and close."""
        self._stopping = self._losses.last = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._attempts.hurry()
        self._begin()
        done: Deferred[Any] = Deferred()
        if self._work is None:
            done.callback(None)
        else:
            self._work.chainDeferred(done)
            done.addTimeout(STOP_TIMEOUT, self._clock)
        return done.addErrback(self._gave_up).addCallback(lambda _: self._writer.stop())

    def _gave_up(self, failure: Failure) -> None:
        failure.trap(TimeoutError)
        left = len(self._waiting) + self._in_writing
        self._waiting = []
        self._most = self._in_writing = 0
        self._attempts.give_up()
        self._losses.add(left, self.problem or "there was no time left to write them")

    def _tick(self) -> None:
        self._timer = None
        self._begin()

    def _begin(self) -> None:
        if self._work is None and self._waiting:
            work = self._write()
            if not work.called:
                self._work = work

    @inlineCallbacks
    def _write(self) -> Generator[Deferred[Any], Any, None]:
        """Write all that waits, and what has come meanwhile if that is much."""
        while True:
            records, self._waiting = self._ready(self._waiting), []
            self._in_writing, size = len(records), self._bytes
            yield self._attempts.keep(records)
            self._in_writing = 0
            self._bytes -= size
            if not self._waiting or (len(self._waiting) < self._count and not self._stopping):
                break
        self._work = None
        if self._waiting and self._timer is None:
            self._timer = self._clock.callLater(FLUSH_INTERVAL, self._tick)
