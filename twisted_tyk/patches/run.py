"""One request at a patch: what the replaced step made of it, and the time that is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure


class Run:
    """It begins with the patch's call and lasts until that is decided.

    Time that the replaced step takes is not the patch's.

    :ivar called: the patch has called the replaced step.
    :ivar waiting: what the replaced step waits for, while it is under way.
    :ivar end: what became of its last call: ``None``, a ``Reply`` or a ``Failure``.
    :ivar late: the patch's time was over.
    """

    __slots__ = (
        "_clock", "_left", "_now", "_result", "_returned", "_shown", "_since", "_then", "_timer",
        "called", "end", "late", "seconds", "waiting",
    )  # fmt: skip

    def __init__(
        self, timeout: float | None, clock: IReactorTime, now: Callable[[], float]
    ) -> None:
        """
        :param timeout: seconds that the patch may wait; ``None`` for any time.
        :param now: seconds of the monotonic clock.
        """
        self.called = False
        self.waiting: Deferred[Any] | None = None
        self.end: Any = None
        self.late = False
        self.seconds = 0.0
        self._clock = clock
        self._now = now
        self._since = now()
        self._left = timeout
        self._timer: Any = None
        self._result: Deferred[Any] | None = None
        self._returned: Deferred[Any] | None = None
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

    def limit(self, result: Deferred[Any]) -> None:
        """The patch waits for ``result``, which is cancelled when its time is over."""
        self._result = self._returned = result
        if self.waiting is None:
            self._run_on()

    def over(self) -> None:
        """All is decided."""
        if self.waiting is None:
            self._pause()
        else:
            self.waiting.cancel()
        self._result = None
        # The patch may have dropped it, and whoever goes on has the failure from here. When
        # the patch has returned it, though, that is where the chain has its decision from.
        if self._shown is not None and self._shown is not self._returned:
            self._shown.addErrback(_dropped)
        # Whatever was raised has frames that hold this.
        self.end = self._shown = self._returned = None

    def _over(self, result: Any, shown: Deferred[Any]) -> None:
        self.ended(result)
        then, self._then = self._then, None
        for each in (shown, then):
            if each is not None and not each.called:
                each.callback(result)

    def _pause(self) -> None:
        self.seconds += self._now() - self._since
        if self._timer is not None:
            self._left = max(self._timer.getTime() - self._clock.seconds(), 0)
            self._timer.cancel()
            self._timer = None

    def _run_on(self) -> None:
        result = self._result
        if result is None or self._left is None or self._timer is not None or self.late:
            return
        self._timer = self._clock.callLater(self._left, self._too_long, result)

    def _too_long(self, result: Deferred[Any]) -> None:
        self._timer = None
        self.late = True
        result.cancel()


def _dropped(failure: Failure) -> None:
    """The request goes on without it."""
