"""A process of a plugin from its start to its end: its memory, its output, its exit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted_tyk.native import abi
from twisted_tyk.native.process.limits import resident
from twisted_tyk.native.process.options import Options
from twisted_tyk.native.process.output import Output
from twisted_tyk.native.process.spawn import how_it_ended, spawn

#: MiB that the process needs for itself, beside the plugin.
_OWN: Final = 32
#: Seconds between looks at a process that ends, at first and at most.
_SOON: Final = 0.002
_LATER: Final = 0.25


class Life:
    """
    :ivar channel: to the process.
    :ivar pid: its id.
    :ivar how: how it ended, such as ``died of SIGSEGV``; empty before that.
    """

    def __init__(self, reactor: Any, options: Options, told: Callable[[int, str], None]) -> None:
        """Start it.

        :param told: is given level and text of what it writes.
        :raises OSError: when it can not be started.
        """
        process, self.channel = spawn(options.memory)
        assert process.stdout is not None
        assert process.stderr is not None
        self.options = options
        self.pid = process.pid
        self.how = ""
        self._reactor = reactor
        self._process = process
        self._outputs = [
            Output(reactor, process.stdout, abi.INFO, told),
            Output(reactor, process.stderr, abi.WARNING, told),
        ]
        self._why = ""
        self._left: Callable[[], None] = lambda: None
        self._timer: Any = None

    def watch(self, left: Callable[[], None]) -> None:
        """Look at it now and then. :param left: called when it has ended without a word."""
        self._left = left
        self._timer = self._reactor.callLater(self.options.watching, self._look)

    def kill(self, why: str) -> None:
        """End it at once. :param why: for people, to follow its name."""
        self._why = self._why or why
        # Popen sends nothing to a process that it has seen end.
        self._process.kill()

    def end(self, ended: Callable[[], None]) -> None:
        """Nothing is said any more: end it, and call ``ended`` when it has."""
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._process.kill()
        self._wait(_SOON, ended)

    def said(self) -> str:
        """What it wrote last, to standard error before standard output."""
        out, error = self._outputs
        return " | ".join(error.last or out.last)

    def _look(self) -> None:
        if self._process.poll() is not None:
            # Something it has started holds the socket open.
            self._left()
            return
        most = self.options.memory
        if resident(self.pid) > (most + _OWN) << 20:
            self.kill(f"was ended because it took more than {most} MiB of memory")
        self._timer = self._reactor.callLater(self.options.watching, self._look)

    def _wait(self, seconds: float, ended: Callable[[], None]) -> None:
        status = self._process.poll()
        if status is None:
            later = min(2 * seconds, _LATER)
            self._reactor.callLater(seconds, self._wait, later, ended)
            return
        for output in self._outputs:
            output.close()
        self.how = self._why or how_it_ended(status)
        ended()
