"""One coarse clock for the deadlines of all connections.

A delayed call per connection and state costs more than the rest of a small
request's bookkeeping. Here a connection only stores a number, and one pass
every :attr:`Deadlines.interval` seconds looks who is late.
"""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

#: The deadline of someone who may wait for ever.
NEVER = float("inf")


class Waiter(Protocol):
    """Someone with a deadline, in seconds of the reactor's clock."""

    deadline: float

    def deadline_passed(self) -> None:
        """The time is over. Called once a pass until the deadline is moved."""


class Deadlines:
    """Calls the waiters whose time is over.

    :ivar now: the reactor's time at the last pass, at most ``interval``
        seconds old; deadlines are set from it.
    """

    log = Logger()

    def __init__(self, clock: IReactorTime, interval: float = 0.5) -> None:
        self.interval = interval
        self.now = clock.seconds()
        self._clock = clock
        self._waiters: set[Waiter] = set()
        self._passes = LoopingCall(self._pass)
        self._passes.clock = clock

    def start(self) -> None:
        """Begin to watch; the first pass is made at once."""
        if not self._passes.running:
            self._passes.start(self.interval)

    def stop(self) -> None:
        if self._passes.running:
            self._passes.stop()

    def watch(self, waiter: Waiter) -> None:
        """Look at this waiter from the next pass on."""
        self._waiters.add(waiter)

    def forget(self, waiter: Waiter) -> None:
        self._waiters.discard(waiter)

    def _pass(self) -> None:
        self.now = now = self._clock.seconds()
        for waiter in [waiter for waiter in self._waiters if waiter.deadline <= now]:
            try:
                waiter.deadline_passed()
            except Exception:
                self.log.failure("a deadline could not be kept")
