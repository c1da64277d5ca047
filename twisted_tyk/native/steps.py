"""The steps that call native functions: here and now, or elsewhere while the request waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.errors import UpstreamUnreachable
from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting
from twisted_tyk.native.calls import Call, Gate
from twisted_tyk.native.contract import InlineLibrary
from twisted_tyk.native.entry import Entry
from twisted_tyk.plugins.bridge import decision

#: Seconds that an inline call may take on the average; the reactor stands still meanwhile.
SLOW: Final = 0.0002
#: One call counts for this part of the average, and for at most so many seconds.
_SHARE: Final = 1 / 64
_OUTLIER: Final = 0.005


@implementer(IRelay)
class ElsewhereStep:
    """Calls a function in another thread or process while the request waits."""

    def __init__(self, gate: Gate) -> None:
        self.entry = gate.entry
        self.name = gate.entry.name
        self._gate = gate
        self._reads_body = "body" in gate.entry.function.needs

    def relay(self, exchange: Exchange, waiting: IWaiting) -> Callable[[], None]:
        """Begin, once the body is there if the function needs it.

        :raises HookBusy: when too many calls wait already.
        """
        if self._reads_body and self.entry.awaited(exchange) is not None:
            return _Gathering(self, exchange, waiting).cancel
        call = Call(self._gate, exchange, waiting)
        call.begin()
        return call.cancel


class _Gathering:
    """A request that waits for its body, and then for its call."""

    __slots__ = ("_leave", "_step")

    def __init__(self, step: ElsewhereStep, exchange: Exchange, waiting: IWaiting) -> None:
        self._step = step
        self._leave: Callable[[], None] | None = None
        body = step.entry.awaited(exchange)
        assert body is not None
        gathered = cast("Deferred[bytes]", body.gather())
        self._leave = gathered.cancel
        gathered.addCallbacks(
            self._whole, self._broken, (exchange, waiting), errbackArgs=(exchange, waiting)
        )

    def cancel(self) -> None:
        """The client left."""
        leave, self._leave = self._leave, None
        if leave is not None:
            leave()

    def _whole(self, _: bytes, exchange: Exchange, waiting: IWaiting) -> None:
        if self._leave is None:
            return
        try:
            self._leave = self._step.relay(exchange, waiting)
        except Exception as error:
            waiting.refuse(error)

    def _broken(self, failure: Failure, exchange: Exchange, waiting: IWaiting) -> None:
        if self._leave is None or exchange.left:
            return
        error: Any = failure.value
        if self._step.entry.way_back:
            refusal = UpstreamUnreachable()
            refusal.__cause__ = error
            error = refusal
        waiting.refuse(error)


@implementer(IStep)
class InlineStep:
    """Calls a function in the reactor thread, as long as it is quick.

    When calls take longer than :data:`SLOW` on the average they are moved to
    the pool, until the API is made anew.
    """

    log = Logger()

    def __init__(self, entry: Entry, elsewhere: ElsewhereStep) -> None:
        """:param elsewhere: what the calls are moved to."""
        self.entry = entry
        self.name = entry.name
        self.moved = False
        self._elsewhere = elsewhere
        library = cast("InlineLibrary", entry.library)
        self._call = library.call
        self._number = entry.function.number
        self._reads_body = "body" in entry.function.needs
        self._average = 0.0

    def process(self, exchange: Exchange) -> Reply | Deferred[Any] | None:
        """Call it now, or wait for its body and then call it."""
        entry = self.entry
        if self.moved:
            return decision(self._elsewhere, exchange)
        if self._reads_body and (body := entry.awaited(exchange)) is not None:
            waiting = cast("Deferred[Any]", body.gather())
            return waiting.addCallbacks(
                lambda _: self.process(exchange), self._broken, errbackArgs=(exchange,)
            )
        entry.stats.begun()
        status, changes, seconds, lines = self._call(self._number, entry.encode(exchange))
        for line in lines:
            entry.carry.says(*line, exchange)
        self._average += (min(seconds, _OUTLIER) - self._average) * _SHARE
        if self._average > SLOW:
            self._move()
        return entry.finish(exchange, status, changes, seconds)

    def _broken(self, failure: Failure, exchange: Exchange) -> Failure:
        if self.entry.way_back and not exchange.left:
            raise UpstreamUnreachable() from failure.value
        return failure

    def _move(self) -> None:
        self.moved = True
        self.entry.stats.mode = "pool"
        self.log.warn(
            "{hook} asked to be called inline and takes {time:.0f} µs on the average, "
            "so it is called in the pool from now on",
            hook=self.name, time=self._average * 1e6,
        )  # fmt: skip
