"""Parts that run: started in their order, and stopped in reverse."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, Protocol

from attrs import frozen
from twisted.internet.defer import inlineCallbacks


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

    def only(self, parts: Collection[Runs]) -> Running:
        """Some of them, in the order that all have."""
        return Running(tuple(part for part in self.parts if any(part is each for each in parts)))

    def start(self) -> None:
        """Begin."""
        for part in self.parts:
            part.start()

    @inlineCallbacks
    def stop(self) -> Any:
        """End; the Deferred fires when the last part has stopped, which is the first one."""
        for part in reversed(self.parts):
            yield part.stop()
