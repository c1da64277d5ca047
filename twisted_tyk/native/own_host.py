"""Libraries in this process: their host, and its place among what the reactor looks at."""

from __future__ import annotations

import faulthandler
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.native.contract import InlineLibrary, Loading

if TYPE_CHECKING:
    from twisted_tyk.native.host import Host


class OwnHost:
    """Makes the host when there is something to run on it. Used in the reactor thread."""

    log = Logger()

    def __init__(self, reactor: Any, make: Callable[[], Host]) -> None:
        """:param make: makes the host."""
        self._reactor = reactor
        self._make = make
        self._reader: _Reader | None = None

    def load(self, loading: Loading) -> InlineLibrary:
        """Load a library. :raises LoadError: when it does not load."""
        if self._reader is None:
            _report_crashes()
            host = self._make()
            if host.kind != "c":
                self.log.warn(
                    "the C extension is not built, so plugins in this process are called "
                    "through Python threads, which is slower"
                )
            self._reader = _Reader(host)
            self._reactor.addReader(self._reader)
        return self._reader.host.load(loading)

    def close(self) -> None:
        """Let go of the host, when every library is closed."""
        if self._reader is not None:
            self._reactor.removeReader(self._reader)
            self._reader.host.close()
            self._reader = None


def _report_crashes() -> None:
    # Before any Go library: its runtime takes over the handlers it finds, and
    # the other way round a nil pointer in Go would end the process.
    # The original: twistd's own writes to the log, which a crash can not.
    if not faulthandler.is_enabled() and sys.__stderr__ is not None:
        # It may be closed.
        with suppress(OSError, RuntimeError, ValueError):
            faulthandler.enable(sys.__stderr__)


@implementer(IReadDescriptor)
class _Reader:
    """The host among the reactor's readers."""

    log = Logger()

    def __init__(self, host: Host) -> None:
        self.host = host

    def fileno(self) -> int:
        return self.host.fileno()

    def doRead(self) -> None:
        try:
            self.host.drain()
        except Exception:
            self.log.failure("what plugins gave could not be taken")

    def connectionLost(self, reason: Any) -> None:
        pass

    def logPrefix(self) -> str:
        return "plugins"
