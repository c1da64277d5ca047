"""Lines in the log for what may happen thousands of times a second."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from attrs import define, field

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

#: Lines in a second of one kind.
MOST: Final = 10

K = TypeVar("K")


@define(eq=False)
class Seldom(Generic[K]):
    """Lets the first of each second pass, and counts the rest. Called in the reactor thread.

    :ivar rest: told at the end of the second how many more there were of a kind.
    """

    clock: IReactorTime
    rest: Callable[[K, int], None]
    _counts: dict[K, int] = field(factory=dict, init=False)

    def may(self, kind: K) -> bool:
        """Whether one more of a kind is to have a line of its own."""
        if not self._counts:
            self.clock.callLater(1.0, self._over)
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        return count <= MOST

    def _over(self) -> None:
        counts, self._counts = self._counts, {}
        for kind, count in counts.items():
            if count > MOST:
                self.rest(kind, count - MOST)
