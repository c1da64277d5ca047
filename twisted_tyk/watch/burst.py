"""Many changes in a short time are one reload, when all of them are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
from twisted.internet.defer import maybeDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

#: Seconds after the last change.
QUIET: Final = 0.2
#: Seconds after the first one, when changes never end.
MOST: Final = 2.0
#: The same when one of the files is still being written.
PATIENCE: Final = 10.0
#: Files that a line in the log names.
_NAMED: Final = 5


@attrs.define(eq=False)
class Burst:
    """In the reactor thread.

    :ivar reload: reads and swaps; what it returns may be a Deferred. It may fail, and then
        all stays as it was until the next change. It is asked again for what changes while one
        is under way, which may wait long for others.
    :ivar shown: what the log calls a file.
    """

    clock: IReactorTime
    reload: Callable[[], object]
    shown: Callable[[str], str] = str
    _changed: dict[str, None] = attrs.field(factory=dict, init=False)
    _unfinished: dict[str, None] = attrs.field(factory=dict, init=False)
    _first: float = attrs.field(default=0.0, init=False)
    _last: float = attrs.field(default=0.0, init=False)
    _waiting: IDelayedCall | None = attrs.field(default=None, init=False)
    _stopped: bool = attrs.field(default=False, init=False)

    log = Logger()

    def changed(self, file: str) -> None:
        """A file, or a folder, is another than before, and whole."""
        self._unfinished.pop(file, None)
        now = self.clock.seconds()
        if not self._changed:
            self._first = now
        self._changed[file] = None
        self._last = now
        self._wait()

    def writing(self, file: str) -> None:
        """Somebody has begun to write a file; :meth:`changed` says that it is whole."""
        self._unfinished[file] = None
        self._last = self.clock.seconds()

    def stop(self) -> None:
        """Reload no more."""
        self._stopped = True
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _wait(self) -> None:
        if self._waiting is None and not self._stopped:
            self._waiting = self.clock.callLater(QUIET, self._look)

    def _look(self) -> None:
        self._waiting = None
        now = self.clock.seconds()
        patient = now - self._first < (PATIENCE if self._unfinished else MOST)
        if patient and (self._unfinished or now - self._last < QUIET):
            rest = QUIET - (now - self._last)
            self._waiting = self.clock.callLater(rest if rest > 0 else QUIET, self._look)
            return
        for file in self._unfinished:
            self.log.warn("{file} is still being written", file=self.shown(file))
        self._unfinished.clear()
        self._go()

    def _go(self) -> None:
        files = [self.shown(file) for file in self._changed]
        self._changed.clear()
        more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
        self.log.info(
            "changed: {files}{more}; reloading", files=", ".join(files[:_NAMED]), more=more
        )
        maybeDeferred(self.reload).addErrback(self._failed)

    def _failed(self, why: Failure) -> None:
        if not self._stopped:
            self.log.error("the reload failed, all stays as it was: {why}", why=why.value)
