"""One answer for all who ask the same at the same time."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

from attrs import define, field
from twisted.internet.defer import Deferred

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


@define(eq=False)
class Together(Generic[K, T]):
    """Called in the reactor thread."""

    _asked: dict[K, list[Deferred[T]]] = field(factory=dict, init=False)

    def ask(self, name: K, begin: Callable[..., Deferred[T]], *arguments: Any) -> Deferred[T]:
        """What comes of ``begin``, which is called unless the answer is under way.

        :param name: of what is asked for.
        :returns: a Deferred of its own for each call, with the same result or failure. To
            cancel it ends nothing for the others.
        """
        waiting: Deferred[T] = Deferred()
        asked = self._asked.setdefault(name, [])
        asked.append(waiting)
        if len(asked) == 1:
            begin(*arguments).addBoth(self._answer, name)
        return waiting

    def _answer(self, outcome: Any, name: K) -> None:
        for each in self._asked.pop(name):
            each.callback(outcome)
