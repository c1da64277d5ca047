"""Records on their way to where they are kept: bounded, and in nobody's way."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.internet.defer import Deferred, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.entry import entry_of
from twisted_tyk.record.hit import Hit

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.record.facts import Facts

#: Seconds that a record waits for others, and how many do not wait any longer.
FLUSH_INTERVAL: Final = 0.2
FLUSH_COUNT: Final = 500
#: Seconds before each new attempt to write what could not be written.
RETRIES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
#: Records that are made ready together.
_READY: Final = 25
#: Bytes of whole requests and responses that may wait.
MOST_BYTES: Final = 64 << 20
#: Seconds between two lines in the log about lost records, and for the last records.
TELL_INTERVAL: Final = 60.0
STOP_TIMEOUT: Final = 5.0


class Unwritten(Exception):
    """Some records could not be written. :ivar records: those. :ivar reason: why."""

    def __init__(self, records: list[Any], reason: str) -> None:
        super().__init__(reason)
        self.records = records
        self.reason = reason


class Writer(Protocol):
    """Where records are kept."""

    def start(self) -> str:
        """Begin; called once. What is wrong already, in a sentence, or ``""``."""

    def take(self, hit: Hit) -> Any:
        """What is to be kept of a hit; quick, in the reactor thread."""

    def ready(self, records: list[Any]) -> list[Any]:
        """Some records, entries among them, as they are to be written.

        In the reactor thread, so it may take as long as a request or two.
        """

    def write(self, records: list[Any]) -> Deferred[None]:
        """Keep what was taken. One call at a time; fails with :class:`Unwritten`."""

    def stop(self) -> Deferred[None]:
        """Close; nothing is written any more."""


@implementer(IRecordSink)
class Buffer:
    """Collects records and writes many at once, in the reactor thread.

    What finds the buffer full is dropped and counted. So is what could not be written
    after all :data:`RETRIES`.

    :ivar written: records so far.
    :ivar dropped: records so far.
    :ivar problem: why the last attempt to write failed, ``""`` when it did not.
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
        self.written = self.dropped = 0
        self.problem = ""
        self._writer = writer
        self._clock = clock
        self._most = most
        self._count = min(FLUSH_COUNT, most)
        self._lost = lost
        self._waiting: list[Any] = []
        self._in_writing = 0
        self._bytes = 0
        self._timer: IDelayedCall | None = None
        self._work: Deferred[None] | None = None
        self._pause: Deferred[None] | None = None
        self._stopping = False
        self._told = -TELL_INTERVAL
        self._untold = 0

    def start(self) -> None:
        """Begin; called once."""
        problem = self._writer.start()
        if problem:
            self.log.error("analytics: {problem}", problem=problem)

    def record(self, hit: Hit) -> None:
        """Take a record, or drop it."""
        waiting = self._waiting
        if len(waiting) + self._in_writing >= self._most:
            self._drop(1, self.problem or "they come faster than they can be written")
            return
        detail = hit.exchange.detail
        if detail is not None:
            self._bytes += detail.size()
            if self._bytes > MOST_BYTES:
                self._bytes -= detail.size()
                self._drop(1, self.problem or "whole requests come faster than can be written")
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
            self._drop(1, self.problem or "they come faster than they can be written")
            return
        waiting.append(entry_of(exchange, facts, total, upstream, seconds))
        count += 1
        if count % _READY == 0:
            waiting[-_READY:] = self._ready(waiting[-_READY:])
        if count == 1 or count == self._count:
            self._added(count)

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
            self._drop(len(records) - len(made), "they can not be written")
            return made

    def _added(self, count: int) -> None:
        if count == self._count:
            self._begin()
        elif self._timer is None:
            self._timer = self._clock.callLater(FLUSH_INTERVAL, self._tick)

    def stop(self) -> Deferred[None]:
        """Write what is left, for :data:`STOP_TIMEOUT` seconds at most, and close."""
        self._stopping = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pause is not None:
            self._pause.callback(None)
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
        self._drop(left, self.problem or "there was no time left to write them")

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
            yield self._keep(records)
            self._in_writing = 0
            self._bytes -= size
            if not self._waiting or (len(self._waiting) < self._count and not self._stopping):
                break
        self._work = None
        if self._waiting and self._timer is None:
            self._timer = self._clock.callLater(FLUSH_INTERVAL, self._tick)

    @inlineCallbacks
    def _keep(self, records: list[Any]) -> Generator[Deferred[Any], Any, None]:
        for pause in (*RETRIES, 0.0):
            try:
                yield self._writer.write(records)
            except Unwritten as error:
                self.problem = error.reason
                self.written += len(records) - len(error.records)
                records = error.records
            except Exception:
                self.log.failure("records were lost")
                break
            else:
                self.problem = ""
                self.written += len(records)
                return
            if self._stopping or not pause:
                break
            yield self._wait(pause)
        if self._most:
            self._drop(len(records), self.problem or "of an error")

    def _wait(self, seconds: float) -> Deferred[None]:
        pause: Deferred[None] = Deferred()
        self._pause = pause
        call = self._clock.callLater(seconds, pause.callback, None)

        def over(_: None) -> None:
            self._pause = None
            if call.active():
                call.cancel()

        return pause.addCallback(over)

    def _drop(self, count: int, reason: str) -> None:
        self.dropped += count
        self._untold += count
        self._lost(count)
        now = self._clock.seconds()
        if self._untold and (now - self._told >= TELL_INTERVAL or self._stopping):
            self.log.error(
                "analytics: {count} records were dropped: {reason}",
                count=self._untold, reason=reason,
            )  # fmt: skip
            self._told = now
            self._untold = 0
