"""Records on their way through an analytics function: in order, and never too many at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

from twisted.logger import Logger

from twisted_tyk.native.stats import EntryStats

if TYPE_CHECKING:
    from twisted_tyk.record.as_json import EditableRecord
    from twisted_tyk.record.hit import Hit
    from twisted_tyk.transport.deadlines import Deadlines

#: Seconds between two lines in the log that tell of records that found the queue full.
TELL_INTERVAL: Final = 60.0

#: Told once that a function is over: the hit as it left it or ``None``, what is wrong
#: or ``""``, and the seconds that it ran.
Over = Callable[["Hit | None", str, float], None]


class Editor(Protocol):
    """Runs one analytics function, in the reactor thread."""

    def run(self, record: EditableRecord, over: Over) -> Any:
        """Begin; ``over`` may be told before this has returned.

        :returns: the call, for :meth:`overdue`.
        """

    def overdue(self, call: Any) -> None:
        """Nobody waits for this call any more."""


class RecordQueue:
    """One entry of a definition, in the reactor thread.

    Records come out in the order they went in. One whose function fails or
    takes too long comes out as it was, and one that finds too many before it
    comes out at once: no request is ever slowed.
    """

    log = Logger()

    def __init__(
        self,
        name: str,
        editor: Editor,
        stats: EntryStats,
        timeout: float,
        at_once: int | None,
        most: int,
        deadlines: Deadlines,
    ) -> None:
        """
        :param name: of the entry, for the log.
        :param timeout: seconds until a record goes on as it is; 0 is never.
        :param at_once: calls at a time; ``None`` leaves that to the editor.
        :param most: records that are here at a time.
        """
        self.name = name
        self.stats = stats
        self.timeout = timeout
        self.deadlines = deadlines
        self._editor = editor
        self._at_once = most if at_once is None else at_once
        self._most = most
        self._records: deque[_Waiting] = deque()
        self._idle: deque[_Waiting] = deque()
        self._closed = self._beginning = False
        self._told = -TELL_INTERVAL

    def edit(self, record: EditableRecord, told: Callable[[Hit], None]) -> None:
        """Have a record edited; ``told`` gets it, perhaps before this has returned."""
        if self._closed or len(self._records) >= self._most:
            self._refuse()
            told(record.hit)
            return
        waiting = _Waiting(self, record, told)
        self._records.append(waiting)
        if self.timeout > 0:
            waiting.deadline = self.deadlines.now + self.deadlines.interval + self.timeout
            self.deadlines.watch(waiting)
        if self.stats.running < self._at_once:
            self._begin(waiting, False)
        else:
            self.stats.waits()
            self._idle.append(waiting)

    def close(self) -> None:
        """No function is called any more; those that run may end."""
        self._closed = True
        while self._idle:
            self.stats.left()
            self._idle.popleft().end(None)

    def flush(self) -> None:
        """Nothing runs any more, whatever it seems: all records go on."""
        self.close()
        for waiting in list(self._records):
            waiting.end(None)

    def release(self) -> None:
        """Hand over what is done and has nothing before it."""
        records = self._records
        while records and records[0].hit is not None:
            waiting = records.popleft()
            assert waiting.hit is not None
            waiting.told(waiting.hit)

    def late(self, waiting: _Waiting) -> None:
        """A record has waited long enough."""
        self.stats.timed_out()
        self._complain(f"took longer than {self.timeout:g} s", waiting)
        waiting.end(None)
        if waiting.begun:
            self._editor.overdue(waiting.call)
        else:
            self._idle.remove(waiting)
            self.stats.left()

    def _begin(self, waiting: _Waiting, waited: bool) -> None:
        self.stats.begun(waited)
        waiting.begun = True

        def over(hit: Hit | None, error: str, seconds: float) -> None:
            late = waiting.hit is not None
            self.stats.ended(seconds, bool(error) and not late, error)
            if not late:
                if error:
                    self._complain(error, waiting)
                waiting.end(hit)
            # It may have a way back to here, which would be for the collector to find.
            waiting.call = None
            self._go_on()

        try:
            waiting.call = self._editor.run(waiting.record, over)
        except Exception as error:
            over(None, f"could not be called: {error}", 0.0)

    def _go_on(self) -> None:
        """Begin those whose turn it is. One that is over at once comes back to here."""
        if not self._beginning:
            self._beginning = True
            while self._idle and self.stats.running < self._at_once:
                self._begin(self._idle.popleft(), True)
            self._beginning = False

    def _complain(self, what: str, waiting: _Waiting) -> None:
        self.log.error(
            "{hook} of API {api} {what}", hook=self.name, api=waiting.record.hit.api_id, what=what
        )

    def _refuse(self) -> None:
        self.stats.refused()
        now = self.deadlines.now
        if now - self._told >= TELL_INTERVAL:
            self._told = now
            self.log.warn(
                "{hook} of API {api} is too slow: {count} records were not shown to it",
                hook=self.name, api=self.stats.api, count=self.stats.refusals,
            )  # fmt: skip


class _Waiting:
    """A record in the queue.

    :ivar hit: what becomes of it, once that is known.
    :ivar deadline: for :class:`Deadlines`.
    """

    __slots__ = ("_queue", "begun", "call", "deadline", "hit", "record", "told")

    def __init__(
        self, queue: RecordQueue, record: EditableRecord, told: Callable[[Hit], None]
    ) -> None:
        self._queue = queue
        self.record = record
        self.told = told
        self.hit: Hit | None = None
        self.begun = False
        self.call: Any = None
        self.deadline = 0.0

    def end(self, hit: Hit | None) -> None:
        """It goes on, as it was or changed; not twice."""
        if self.hit is None:
            self.hit = hit or self.record.hit
            self._queue.deadlines.forget(self)
            self._queue.release()

    def deadline_passed(self) -> None:
        """It goes on without its function."""
        self._queue.late(self)
