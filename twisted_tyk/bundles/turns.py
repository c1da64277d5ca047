"""Something long that many ask for: once at a time, and once more for all who ask meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred

T = TypeVar("T")


@define(eq=False)
class Turns(Generic[T]):
    """In the reactor thread.

    :ivar call: does it. It never fails.
    :ivar busy: a turn is under way.
    """

    call: Callable[[], Deferred[T]]
    busy: bool = field(default=False, init=False)
    _asked: list[Deferred[T]] = field(factory=list, init=False)

    def ask(self) -> Deferred[T]:
        """What a turn comes to that begins now, or when the one is over that is under way."""
        asked: Deferred[T] = Deferred()
        self._asked.append(asked)
        if not self.busy:
            self._begin()
        return asked

    def _begin(self) -> None:
        asked, self._asked = self._asked, []
        self.busy = True
        self.call().addCallback(self._over, asked)

    def _over(self, result: T, asked: list[Deferred[T]]) -> None:
        self.busy = False
        if self._asked:
            self._begin()
        for each in asked:
            each.callback(result)
