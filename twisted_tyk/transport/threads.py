"""Threads for what takes long: hooks marked as blocking, and the gateway's own hard work."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Thread
from time import monotonic, sleep
from typing import Any, Final

from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThreadPool
from twisted.logger import Logger
from twisted.python.threadpool import ThreadPool

#: Seconds that a thread may need to end when its call is over.
_A_MOMENT: Final = 0.1


class Threads:
    """A pool of its own, so that what is slow here never keeps name lookups waiting."""

    log = Logger()

    def __init__(self, reactor: Any, size: int, name: str) -> None:
        """
        :param size: threads at most; they are started as they are needed.
        :param name: what is called in them, for the log.
        """
        self._reactor = reactor
        self._name = name
        #: Under way, or waiting for a thread.
        self.calls = 0
        self._pool = ThreadPool(0, size, name)
        # What never returns must not keep the process from ending.
        self._pool.threadFactory = partial(Thread, daemon=True)  # type: ignore[assignment]

    def start(self) -> None:
        self._pool.start()

    def run(self, call: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        """Call it in a thread; the Deferred fires in the reactor thread."""
        self.calls += 1
        return deferToThreadPool(self._reactor, self._pool, call, *arguments).addBoth(self._over)

    def _over(self, outcome: Any) -> Any:
        self.calls -= 1
        return outcome

    def stop(self) -> None:
        """End the threads, waiting for none that is stuck."""
        ends = monotonic() + _A_MOMENT
        while self._pool.working and monotonic() < ends:
            sleep(0.001)  # who was told of an outcome is a little ahead of the thread
        if self._pool.working:
            count = len(self._pool.working)
            self.log.warn(
                "{count} of the threads for {name} did not end and are left to themselves",
                count=count,
                name=self._name,
            )
        else:
            self._pool.stop()
