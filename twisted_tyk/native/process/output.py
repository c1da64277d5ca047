"""What a plugin's process writes to its standard output and error, as log lines."""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import IO, Any, Final

from twisted.internet.interfaces import IReadDescriptor
from zope.interface import implementer

from twisted_tyk.native import abi

#: Bytes of a line at most, and characters of a crash's report.
LONGEST: Final = 8192
REPORT: Final = 65536
#: Lines, and bytes, that are taken in a second.
LINES: Final = 200
BYTES: Final = 1 << 20
#: Bytes taken at once: other readers have their turn after that.
_TURN: Final = 65536
#: Lines at the end that are kept for the report of a death.
_KEPT: Final = 3
#: How the reports of a crash begin that go over several lines: of Go, of Python, of Rust.
_REPORT: Final = re.compile(
    r"(panic: |fatal error: |Fatal Python error: |SIG[A-Z]+: |runtime: |thread '.*' panicked)"
)
#: What ``faulthandler`` writes at a signal, last of all: where our own code is, in Python.
_OURS: Final = re.compile(
    r"Fatal Python error: (Segmentation fault|Aborted|Bus error|Floating[ -]point (error|exception)"
    r"|Illegal instruction)$"
)
#: Seconds of silence after which a report is taken to be whole.
_SILENCE: Final = 0.2


@implementer(IReadDescriptor)
class Output:
    """Reads one pipe.

    A plugin that writes more than is taken has to wait with its writing, as
    with any pipe that nobody reads, and loses lines.

    :ivar last: the lines at the end, and the first one of a report.
    """

    def __init__(
        self, reactor: Any, pipe: IO[bytes], level: int, told: Callable[[int, str], None]
    ) -> None:
        """:param pipe: read and closed here. :param told: is given level and text."""
        os.set_blocking(pipe.fileno(), False)
        self.last: deque[str] = deque(maxlen=_KEPT)
        self._reactor = reactor
        self._pipe = pipe
        self._level = level
        self._told = told
        self._rest = b""
        self._report: list[str] = []
        self._size = 0
        self._dying = False
        self._lines = self._bytes = self._dropped = 0
        self._second: Any = None
        self._silence: Any = None
        reactor.addReader(self)

    def fileno(self) -> int:
        return self._pipe.fileno()

    def logPrefix(self) -> str:
        return "output of a plugin"

    def connectionLost(self, reason: Any) -> None:
        """The reactor has done with it."""

    def doRead(self) -> None:
        """Take what is there, up to a turn's share."""
        try:
            data = os.read(self.fileno(), _TURN)
        except BlockingIOError:
            return
        if not data:
            self._reactor.removeReader(self)
            return
        if self._second is None:
            self._second = self._reactor.callLater(1.0, self._next_second)
        self._bytes += len(data)
        if self._bytes >= BYTES:
            self._reactor.removeReader(self)
        self._take(data)

    def close(self) -> None:
        """The process is gone: take what it wrote last."""
        self._reactor.removeReader(self)
        # A pipe holds no more than this, and others may have it open still.
        with suppress(BlockingIOError):
            self._take(os.read(self.fileno(), _TURN))
        self._pipe.close()
        if self._rest:
            self._line(self._rest)
            self._rest = b""
        self._tell_report()
        for timer in (self._second, self._silence):
            if timer is not None and timer.active():
                timer.cancel()
        self._tell_dropped()

    def _take(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._line(self._cut(line))
        self._rest = self._cut(rest)

    def _cut(self, line: bytes) -> bytes:
        """What of it is too long is told in pieces. :returns: the last piece."""
        while len(line) > LONGEST:
            self._line(line[:LONGEST])
            line = line[LONGEST:]
        return line

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", "replace").rstrip()
        self._dying = self._dying or _OURS.match(text) is not None
        if self._dying:
            return
        begins = not self._report and _REPORT.match(text) is not None
        if not text and not self._report:
            return
        if begins or not self._report:
            self.last.append(text)
        self._lines += 1
        if self._lines > LINES:
            self._dropped += 1
        elif begins or self._report:
            self._report.append(text)
            self._size += len(text)
            self._wait_for_silence()
            if self._size > REPORT:
                self._tell_report()
        else:
            self._told(self._level, text)

    def _wait_for_silence(self) -> None:
        if self._silence is not None and self._silence.active():
            self._silence.reset(_SILENCE)
        else:
            self._silence = self._reactor.callLater(_SILENCE, self._tell_report)

    def _tell_report(self) -> None:
        report, self._report, self._size = self._report, [], 0
        if report:
            self._told(abi.SEVERE, "\n".join(report).rstrip())

    def _next_second(self) -> None:
        self._second = None
        if self._bytes >= BYTES:
            self._reactor.addReader(self)
        self._lines = self._bytes = 0
        self._tell_dropped()

    def _tell_dropped(self) -> None:
        dropped, self._dropped = self._dropped, 0
        if dropped:
            self._told(abi.WARNING, f"{dropped} lines more were written and are left out")
