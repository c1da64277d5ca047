"""The body of a response, on its way into a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO, Final

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http import PotentialDataLoss

from twisted_tyk.bundles.source import NotFetched

#: Bytes that wait in memory for being written.
PIECE: Final = 1 << 20
#: Seconds in which something must come.
PATIENCE: Final = 5.0
#: Bytes in that time; fewer are as good as none, and would keep a reload waiting for ever.
LEAST: Final = 1024


class Download(Protocol):
    """Takes a body and has a thread write it, while the server waits.

    :ivar received: bytes so far.
    :ivar done: fires when all of it is in the file, and not before the thread has let go of it.
        Fails with :class:`~twisted_tyk.bundles.source.NotFetched`, or what writing raised.
        Cancel it to give up.
    """

    def __init__(
        self,
        file: BinaryIO,
        in_thread: Callable[..., Deferred[Any]],
        clock: IReactorTime,
        largest: int,
        came: Callable[[int], None],
    ) -> None:
        """
        :param largest: bytes that are taken.
        :param came: told of ``received`` each time that there is more.
        """
        self.received = 0
        self.done: Deferred[None] = Deferred(lambda _: self._end(None))
        self._file = file
        self._in_thread = in_thread
        self._clock = clock
        self._largest = largest
        self._came = came
        self._held: list[bytes] = []
        self._held_size = 0
        self._writing = False
        self._ended = False
        self._failure: Failure | None = None
        self._before = 0
        self._look_again: IDelayedCall = clock.callLater(PATIENCE, self._look)

    def dataReceived(self, data: bytes) -> None:
        """Keep it until there is enough to write."""
        if self._ended:
            return
        self.received += len(data)
        if self.received > self._largest:
            self._end(
                NotFetched(f"it is larger than {self._largest} bytes, which bundle_max_size allows")
            )
            return
        self._held.append(data)
        self._held_size += len(data)
        self._came(self.received)
        if self._held_size >= PIECE and not self._writing:
            self._write()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """That was all, or it broke off."""
        if self._ended:
            return
        if reason.check(ResponseDone, PotentialDataLoss):
            self._ended = True
            self._step()
        else:
            self._end(NotFetched(f"it broke off after {self.received} bytes", again=True))

    def _look(self) -> None:
        """A window is over; one in which the thread was writing does not count."""
        if self.received - self._before < LEAST and not self._writing:
            seconds = f"{PATIENCE:g} s"
            self._end(
                NotFetched(f"it stopped after {self.received} bytes, for {seconds}", again=True)
            )
            return
        self._before = self.received
        self._look_again = self._clock.callLater(PATIENCE, self._look)

    def _end(self, error: Exception | None) -> None:
        """Nothing more is wanted. ``None`` stands for a Deferred that was cancelled."""
        self._ended = True
        self._failure = Failure(error or NotFetched("given up"))
        self._held, self._held_size = [], 0
        if self.transport is not None:
            self.transport.stopProducing()  # type: ignore[attr-defined]
        self._step()

    def _step(self) -> None:
        """Write what is left, or come to an end."""
        if self._writing:
            return
        if self._held:
            self._write()
            return
        if self._look_again.active():
            self._look_again.cancel()
        if self.done.called:
            return  # given up while a thread was writing
        if self._failure is not None:
            self.done.errback(self._failure)
        else:
            self.done.callback(None)

    def _write(self) -> None:
        data = b"".join(self._held)
        self._held, self._held_size = [], 0
        self._writing = True
        if not self._ended and self.transport is not None:
            self.transport.pauseProducing()  # type: ignore[attr-defined]
        self._in_thread(self._file.write, data).addCallbacks(self._written, self._not_written)

    def _written(self, _: int) -> None:
        self._writing = False
        if self._ended:
            self._step()
        elif self._held_size >= PIECE:
            self._write()
        elif self.transport is not None:
            self.transport.resumeProducing()  # type: ignore[attr-defined]

    def _not_written(self, failure: Failure) -> None:
        self._writing = False
        if self._failure is None:
            error = failure.value
            reason = error.strerror if isinstance(error, OSError) else error
            self._end(NotFetched(f"it could not be written: {reason}"))
        else:
            self._step()
