"""Records written in spite of a writer that fails for a while."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from attrs import define, field
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from twisted_tyk.record.losses import Losses
from twisted_tyk.record.writer import Unwritten, Writer

#: Seconds before each new attempt to write what could not be written.
RETRIES: Final = (0.5, 1.0, 2.0, 4.0, 8.0)


@define(eq=False)
class Attempts:
    """Called in the reactor thread.

    :ivar written: records so far.
    :ivar problem: why the last attempt failed, ``""`` when it did not.
    """

    writer: Writer
    clock: IReactorTime
    losses: Losses
    written: int = field(default=0, init=False)
    problem: str = field(default="", init=False)
    _hurries: bool = field(default=False, init=False)
    _over: bool = field(default=False, init=False)
    _pause: Deferred[None] | None = field(default=None, init=False)

    log = Logger()

    @inlineCallbacks
    def keep(self, records: list[Any]) -> Generator[Deferred[Any], Any, None]:
        """Write them; what can not be written after all :data:`RETRIES` is lost.

        One call at a time.
        """
        for pause in (*RETRIES, 0.0):
            try:
                yield self.writer.write(records)
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
            if self._hurries or not pause:
                break
            yield self._wait(pause)
        if not self._over:
            self.losses.add(len(records), self.problem or "of an error")

    def hurry(self) -> None:
        """Have one attempt more for what is being written, and one for what comes."""
        self._hurries = True
        if self._pause is not None:
            self._pause.callback(None)

    def give_up(self) -> None:
        """Somebody else says what of it is lost."""
        self._over = True

    def _wait(self, seconds: float) -> Deferred[None]:
        pause: Deferred[None] = Deferred()
        self._pause = pause
        call = self.clock.callLater(seconds, pause.callback, None)

        def over(_: None) -> None:
            self._pause = None
            if call.active():
                call.cancel()

        return pause.addCallback(over)
