"""Calls of native functions in other threads and processes, and requests that wait for them."""

from __future__ import annotations

from collections import deque
from typing import Any, Final

from twisted.internet.interfaces import IReactorTime

from twisted_tyk.errors import HookBusy, HookTimeout, Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IWaiting
from twisted_tyk.native.entry import Entry
from twisted_tyk.transport.deadlines import Deadlines

#: A timeout below this many seconds is kept exactly, a longer one to a second.
_EXACT: Final = 2.0


class Gate:
    """Lets calls of one entry through, so many at a time; the rest wait in their order."""

    def __init__(
        self,
        entry: Entry,
        concurrency: int | None,
        queue: int,
        deadlines: Deadlines,
        clock: IReactorTime,
    ) -> None:
        """
        :param concurrency: calls at a time; without it they queue in the library.
        :param queue: calls that may wait.
        """
        self.entry = entry
        self.deadlines = deadlines
        self.clock = clock
        self._most = (concurrency or 0) + queue
        self._at_once = concurrency or self._most
        self._waiting: deque[Call] = deque()

    def enter(self, call: Call) -> None:
        """Submit a call, or have it wait. :raises HookBusy: when too many wait."""
        stats = self.entry.stats
        if stats.running < self._at_once and not self._waiting:
            stats.begun()
            call.submit()
        elif stats.running + len(self._waiting) >= self._most:
            stats.refused()
            raise HookBusy()
        else:
            stats.waits()
            self._waiting.append(call)

    def leave(self, call: Call) -> None:
        """A call that waited is not wanted any more."""
        self._waiting.remove(call)
        self.entry.stats.left()

    def next(self) -> None:
        """A call is over: another one's turn."""
        while self._waiting and self.entry.stats.running < self._at_once:
            call = self._waiting.popleft()
            self.entry.stats.begun(waited=True)
            call.submit()


class Call:
    """One request at a gate, and its call.

    :ivar deadline: for :class:`Deadlines`.
    """

    __slots__ = ("_exchange", "_gate", "_timer", "_token", "_waiting", "deadline")

    def __init__(self, gate: Gate, exchange: Exchange, waiting: IWaiting) -> None:
        self._gate = gate
        self._exchange: Exchange | None = exchange
        self._waiting: IWaiting | None = waiting
        self._token: Any = None
        self._timer: Any = None

    def begin(self) -> None:
        """Go to the gate; time runs from here. :raises HookBusy: when too many wait there."""
        gate = self._gate
        try:
            gate.enter(self)
        except HookBusy:
            if not gate.entry.skips:
                raise
            gate.entry.stats.skipped()
            _, waiting = self._let_go()
            waiting.go_on()
            return
        timeout = gate.entry.timeout
        if timeout <= 0:
            return
        if timeout < _EXACT:
            self._timer = gate.clock.callLater(timeout, self.deadline_passed)
        else:
            deadlines = gate.deadlines
            self.deadline = deadlines.now + deadlines.interval + timeout
            deadlines.watch(self)

    def submit(self) -> None:
        """It is this call's turn."""
        entry = self._gate.entry
        assert self._exchange is not None
        self._token = entry.library.submit(
            entry.function.number, entry.encode(self._exchange), self
        )

    def cancel(self) -> None:
        """The client left. A call that is running still has its time."""
        if self._waiting is not None:
            self._exchange = self._waiting = None
            if self._token is None:
                self._forget()
                self._gate.leave(self)

    def deadline_passed(self) -> None:
        """The request has waited long enough, if it still does."""
        entry = self._gate.entry
        if self._waiting is None:
            self._forget()
            entry.library.overdue(self._token)
            return
        exchange, waiting = self._let_go()
        entry.stats.timed_out()
        if self._token is None:
            self._gate.leave(self)
        else:
            entry.library.overdue(self._token)
        try:
            entry.give_up(exchange, f"took longer than {entry.timeout:g} s", HookTimeout)
        except Refusal as refusal:
            waiting.refuse(refusal)
        else:
            waiting.go_on()

    def said(self, level: int, text: str, fields: str) -> None:
        """See :class:`~twisted_tyk.native.contract.Caller`; the request may be gone."""
        self._gate.entry.carry.says(level, text, fields, self._exchange)

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        """See :class:`~twisted_tyk.native.contract.Caller`."""
        gate = self._gate
        self._token = None  # it may refer back here
        if self._waiting is None:
            self._forget()
            gate.entry.stats.ended(seconds, False)
            gate.next()
            return
        exchange, waiting = self._let_go()
        try:
            reply = gate.entry.finish(exchange, status, changes, seconds)
        except Refusal as refusal:
            waiting.refuse(refusal)
        else:
            if reply is None:
                waiting.go_on()
            else:
                waiting.reply(reply)
        gate.next()

    def _let_go(self) -> tuple[Exchange, IWaiting]:
        """Nothing of the request stays with a call that it does not wait for."""
        exchange, waiting = self._exchange, self._waiting
        assert exchange is not None
        assert waiting is not None
        self._exchange = self._waiting = None
        self._forget()
        return exchange, waiting

    def _forget(self) -> None:
        """No deadline any more."""
        if self._timer is not None:
            if self._timer.active():
                self._timer.cancel()
            self._timer = None
        else:
            self._gate.deadlines.forget(self)
