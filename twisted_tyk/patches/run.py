"""One request at a patch: what the replaced step made of it, and the time that is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from twisted_tyk.exchange import Exchange


class Run:
    """It begins with the patch's call and lasts until that is decided.

    Time that the replaced step takes is not the patch's.

    :ivar exchange: the request. Until the patch has ended, however late, it holds the chain
        that the patch is in, so that nothing of that is shut down.
    :ivar called: the patch has called the replaced step.
    :ivar waiting: what the replaced step waits for, while it is under way.
    :ivar end: what became of its last call: ``None``, a ``Reply`` or a ``Failure``.
    :ivar returned: what the patch returned, when the chain has its decision from that.
    :ivar late: the patch's time was over.
    """

    __slots__ = (
        "_clock", "_decided", "_left", "_now", "_result", "_shown", "_since", "_then", "_timer",
        "called", "end", "exchange", "late", "returned", "seconds", "waiting",
    )  # fmt: skip

    def __init__(
        self,
        timeout: float | None,
        clock: IReactorTime,
        now: Callable[[], float],
        exchange: Exchange,
    ) -> None:
        """
        :param timeout: seconds that the patch may wait; ``None`` for any time.
        :param now: seconds of the monotonic clock.
        """
        self.exchange = exchange
        self.called = False
        self.waiting: Deferred[Any] | None = None
        self.end: Any = None
        self.returned: Deferred[Any] | None = None
        self.late = False
        self.seconds = 0.0
        self._clock = clock
        self._now = now
        self._since = now()
        self._left = timeout
        self._timer: Any = None
        self._result: Deferred[Any] | None = None
        self._decided: Deferred[Any] | None = None
        self._shown: Deferred[Any] | None = None
        self._then: Deferred[Any] | None = None

    def begun(self) -> None:
        """The replaced step is called."""
        self.called = True
        self._pause()

    def ended(self, end: object) -> None:
        """It has decided."""
        self.end = end
        self.waiting = None
        self._since = self._now()
        self._run_on()

    def wait(self, outcome: Deferred[Any]) -> Deferred[Any]:
        """It waits. :returns: what the patch waits for; to cancel it cancels the step."""
        shown: Deferred[Any] = Deferred(lambda _: outcome.cancel())
        self.waiting, self._shown = outcome, shown
        outcome.addBoth(self._over, shown)
        return shown

    def then(self) -> Deferred[Any]:
        """The decision of the replaced step that is under way, for whoever goes on."""
        waiting = self.waiting
        assert waiting is not None
        self._then = Deferred(lambda _: waiting.cancel())
        return self._then

    def limit(self, result: Deferred[Any]) -> Deferred[Any]:
        """The patch waits for ``result``, which is cancelled when its time is over.

        :returns: what the chain waits for. It fails when the time is over, or the client
            leaves, also when the patch makes nothing of that and goes on.
        """
        decided: Deferred[Any] = Deferred(self._give_up)
        self._decided, self._result = decided, result
        result.addBoth(self._came, decided)
        if self.waiting is None:
            self._run_on()
        return decided

    def rewind(self) -> bool:
        """Have the request as it was before the patch, when that is kept. Whether it is."""
        return True

    def over(self) -> None:
        """All is decided."""
        # First, for a step that is cancelled would give the patch the rest of its time.
        self._result = self._decided = None
        if self.waiting is None:
            self._pause()
        else:
            self.waiting.cancel()
        # The patch may have dropped it, and whoever goes on has the failure from here.
        if self._shown is not None and self._shown is not self.returned:
            self._shown.addErrback(_dropped)
        # Whatever was raised has frames that hold this.
        self.end = self._shown = self.returned = None

    def _over(self, result: Any, shown: Deferred[Any]) -> None:
        self.ended(result)
        then, self._then = self._then, None
        for each in (shown, then):
            if each is not None and not each.called:
                each.callback(result)
        if self.late:
            self._insist()

    def _pause(self) -> None:
        self.seconds += self._now() - self._since
        if self._timer is not None:
            self._left = max(self._timer.getTime() - self._clock.seconds(), 0)
            self._timer.cancel()
            self._timer = None

    def _run_on(self) -> None:
        if self._decided is None or self._left is None or self._timer is not None or self.late:
            return
        self._timer = self._clock.callLater(self._left, self._too_long)

    def _too_long(self) -> None:
        self._timer = None
        self.late = True
        if self._result is not None:
            self._result.cancel()
        self._insist()

    def _insist(self) -> None:
        """It is late, and may wait for the replaced step but for nothing else."""
        decided = self._decided
        if decided is not None and self.waiting is None:
            self._decided = None
            decided.cancel()

    def _give_up(self, _: Deferred[Any]) -> None:
        if self._result is not None:
            self._result.cancel()

    def _came(self, result: Any, decided: Deferred[Any]) -> None:
        # Nobody waits for what comes after all.
        if not decided.called:
            self._decided = self._result = None
            decided.callback(result)


def _dropped(failure: Failure) -> None:
    """The request goes on without it."""
