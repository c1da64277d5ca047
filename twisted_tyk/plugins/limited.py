"""A hook of which only so many calls run at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred

from twisted_tyk.errors import HookBusy


class Limited:
    """Calls a hook that may wait; further calls wait for their turn.

    Used in the reactor thread. A call is over when what it returned has fired,
    also when the request has stopped waiting for it.
    """

    def __init__(
        self, hook: Callable[..., Any], concurrency: int, queue: int, in_thread: bool
    ) -> None:
        """
        :param queue: calls that may wait.
        :param in_thread: the hook runs on in its thread when it is not waited for any more.
        """
        self._hook = hook
        self._in_thread = in_thread
        self._free = concurrency
        self._queue = queue
        self._waiting: deque[Deferred[Any]] = deque()
        self._calling = False

    def __call__(self, *arguments: Any) -> Any:
        """What the hook returns, or a Deferred of it.

        :raises HookBusy: when too many calls wait already.
        """
        if self._free:
            return self._run(arguments)
        if len(self._waiting) >= self._queue:
            raise HookBusy()
        turn: Deferred[Any] = Deferred(self._waiting.remove)
        turn.addCallback(lambda _: self._run(arguments))
        self._waiting.append(turn)
        return turn

    def _run(self, arguments: tuple[Any, ...]) -> Any:
        self._free -= 1
        try:
            result = self._hook(*arguments)
        except BaseException:
            self._over()
            raise
        if isinstance(result, Coroutine):
            result = Deferred.fromCoroutine(result)
        if isinstance(result, Deferred):
            result.addBoth(self._over)
            return _shielded(result) if self._in_thread else result
        self._over()
        return result

    def _over(self, result: Any = None) -> Any:
        self._free += 1
        # A call that is over at once comes back to here: however many do, one loop has them all.
        if not self._calling:
            self._calling = True
            while self._free and self._waiting:
                self._waiting.popleft().callback(None)
            self._calling = False
        return result


def _shielded(result: Deferred[Any]) -> Deferred[Any]:
    """What fires like ``result`` and does not cancel it."""
    outer: Deferred[Any] = Deferred()
    result.addCallbacks(outer.callback, outer.errback)
    return outer
