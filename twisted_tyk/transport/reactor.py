"""The epoll reactor, with a shorter way from a readable socket to its protocol.

Twisted's reactor calls each descriptor through ``log.callWithLogger``, which
builds a logging context that nothing here reads. This one calls ``doRead``
directly when reading is all there is to do, and leaves every other event
(writing, hang-ups, errors) to Twisted's own code. What it gives up: events
logged while data is read no longer say which connection they belong to.

``twistd tyk`` uses it where nobody chose another: ``twistd --reactor epoll tyk``
brings Twisted's own back.
"""

from __future__ import annotations

import errno
import sys
from select import EPOLLIN
from types import FrameType

from twisted.internet.epollreactor import EPollReactor
from twisted.internet.main import installReactor
from twisted.logger import Logger
from twisted.python import log

_LOG = Logger()


class LeanReactor(EPollReactor):
    """Twisted's epoll reactor but for the way it calls ``doRead``, and a second Ctrl-C."""

    _stopping = False

    def sigInt(self, number: int, frame: FrameType | None = None) -> None:
        """Stop."""
        if self._first_signal():
            super().sigInt(number, frame)

    def sigTerm(self, number: int, frame: FrameType | None = None) -> None:
        """Stop."""
        if self._first_signal():
            super().sigTerm(number, frame)

    def _first_signal(self) -> bool:
        """Twisted would try to stop once more, and tell of it with a traceback."""
        if self._stopping:
            _LOG.info("stopping already: what is under way may finish")
            return False
        self._stopping = True
        return True

    def doPoll(self, timeout: float | None) -> None:
        """Wait for events and see to them."""
        try:
            events = self._poller.poll(-1 if timeout is None else timeout, len(self._selectables))
        except OSError as error:
            if error.errno == errno.EINTR:
                return
            raise
        selectables = self._selectables
        for fd, event in events:
            selectable = selectables.get(fd)
            if selectable is None:
                # An event before this one in the same list closed it.
                continue
            if event != EPOLLIN or selectable.fileno() == -1:
                log.callWithLogger(selectable, self._doReadOrWrite, selectable, fd, event)
                continue
            try:
                why = selectable.doRead()
                in_read = True
            except BaseException:
                why = sys.exc_info()[1]
                in_read = False
                log.err()
            if why:
                self._disconnectSelectable(selectable, why, in_read)

    doIteration = doPoll


def install() -> None:
    """Make it the process's reactor. :raises ReactorAlreadyInstalledError: when there is one."""
    installReactor(LeanReactor())
