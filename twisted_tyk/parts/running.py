"""Parts that run: started in their order, and stopped in reverse."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure


class Runs(Protocol):
    """A part that does something by itself."""

    def start(self) -> None:
        """Begin; called once, in the reactor thread."""

    def stop(self) -> Any:
        """End; a Deferred that fires then, or ``None`` when it is over at once."""


@frozen
class Ends:
    """A part that begins when it is first needed. :ivar stop: as in :class:`Runs`."""

    stop: Callable[[], Any]

    def start(self) -> None:
        """Nothing."""


@frozen
class Running:
    """:ivar parts: each may rely on those before it, from its start until it has stopped."""

    parts: tuple[Runs, ...]

    log = Logger()

    def only(self, parts: Collection[Runs]) -> Running:
        """Some of them, in the order that all have."""
        return Running(tuple(part for part in self.parts if any(part is each for each in parts)))

    def start(self) -> None:
        """Begin."""
        for part in self.parts:
            part.start()

    @inlineCallbacks
    def stop(self) -> Any:
        """End; the Deferred fires when the last part has stopped, which is the first one.

        It fails when a part can not be stopped, but all the others are.
        """
        wrong: list[Failure] = []
        for part in reversed(self.parts):
            try:
                yield part.stop()
            except Exception:
                wrong.append(Failure())
        for failure in wrong[1:]:
            self.log.failure("a part could not be stopped", failure)
        if wrong:
            wrong[0].raiseException()
