"""What is sent to other servers beside the requests: a few at a time, and not without end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure


class Outbox:
    """Runs what is put into it. Called in the reactor thread.

    :ivar dropped: how much there was no room for.
    :ivar closed: nothing is sent any more.
    """

    log = Logger()

    def __init__(self, at_once: int = 16, waiting: int = 1000) -> None:
        """
        :param at_once: under way at most.
        :param waiting: for their turn at most.
        """
        self.dropped = 0
        self._at_once = at_once
        self._most = waiting
        self._waiting: deque[Callable[[], Deferred[Any]]] = deque()
        self._running: set[Deferred[Any]] = set()
        self.closed = False

    def put(self, send: Callable[[], Deferred[Any]]) -> bool:
        """Have it called, now or later. Whether there was room for it."""
        if self.closed or len(self._waiting) >= self._most:
            self.dropped += 1
            if self.dropped & (self.dropped - 1) == 0:
                self.log.warn("{count} messages were not sent: too many wait", count=self.dropped)
            return False
        self._waiting.append(send)
        self._go_on()
        return True

    def stop(self) -> None:
        """End what is under way, and begin no more."""
        self.closed = True
        self._waiting.clear()
        for running in list(self._running):
            running.cancel()

    def _go_on(self) -> None:
        while self._waiting and len(self._running) < self._at_once:
            running = self._waiting.popleft()()
            self._running.add(running)
            running.addBoth(self._ended, running)

    def _ended(self, outcome: Any, running: Deferred[Any]) -> None:
        self._running.discard(running)
        if isinstance(outcome, Failure) and not self.closed:
            self.log.failure("sending failed", outcome)
        self._go_on()
