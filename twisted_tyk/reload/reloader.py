"""Definitions in, a new routing table out, swapped in one assignment.

Requests that are under way finish on the chain they entered. An API of which nothing
changed is kept with its state; one whose definition, bundle or hooks turned bad keeps its
last good version, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from attrs import evolve, frozen
from twisted.internet.defer import CancelledError, Deferred, DeferredList, inlineCallbacks
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

from twisted_tyk.bundles.asked import bundles_of
from twisted_tyk.reload.report import Earlier, Report
from twisted_tyk.reload.serving import Serving, definitions_of, same_as

#: Seconds that APIs without bundles wait for those of others, so that they are swapped at once.
PATIENCE: Final = 1.0


class Reloader:
    """Loads all definitions, at the start and on each reload, in the reactor thread."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._sources = serving.sources
        self._turn: Deferred[Any] | None = None
        #: Who asked for a reload that has not begun, …
        self._asked: list[Deferred[Report]] = []
        #: … whose bundles have not all come, …
        self._waiting: list[_Asked] = []
        #: … and for whom they have come, but are not at work yet.
        self._late: list[_Asked] = []

    @property
    def report(self) -> Report | None:
        """Of the last load that went through; ``None`` before the first."""
        return self._serving.report

    @property
    def heard(self) -> list[Callable[[Report], object]]:
        """Are told of each."""
        return self._serving.heard

    @property
    def wants_bundles(self) -> bool:
        """Whether the definitions that were read last name any."""
        read = self._serving.read
        return read is not None and any(map(bundles_of, definitions_of(read[0])))

    @property
    def busy(self) -> bool:
        """Whether a reload is under way."""
        return self._turn is not None or bool(self._waiting)

    def start(self) -> Report:
        """Load for the first time, at once: with the bundles that are there already.

        :raises Exception: when no definition could be read.
        """
        read = self._sources.definitions(None)
        return self._serving.start(read, self._sources.patches.start())

    def reload(self) -> Deferred[Report]:
        """Read everything anew and swap.

        One goes on at a time. Those that are asked for meanwhile are one, which begins
        when it is over: what was changed before a call counts when its Deferred fires.

        After a second it no longer waits for the servers of bundles. What needs none of what is
        still missing is swapped then, also for others who ask; the rest stays as it is until
        all has come or can not be had, and is swapped when the Deferred fires.

        :returns: it fails when no definition could be read; then all stays as it was. After
            :meth:`stop` it fails at once.
        """
        asked: Deferred[Report] = Deferred()
        if self._serving.stopped:
            asked.errback(CancelledError())
            return asked
        self._asked.append(asked)
        self._go()
        return asked

    def stop(self) -> None:
        """Swap no more; reloads that are under way or wait fail."""
        self._serving.stop()
        waiting = [*self._waiting, *self._late]
        asked = [*self._asked, *(each for one in waiting for each in one.asked)]
        self._asked, self._waiting, self._late = [], [], []
        if self._turn is not None:
            self._turn.cancel()
        for each in asked:
            each.errback(CancelledError())

    def _go(self) -> None:
        """Begin what is to be done, unless something is being done."""
        if self._turn is not None or self._serving.stopped:
            return
        if self._late:
            # Before those who ask anew: for them what has come is not the newest any more.
            late, self._late = self._late, []
            self._begin(self._served_late, late)
        elif self._asked:
            asked, self._asked = self._asked, []
            self._begin(self._reloaded, [_Asked(asked, Earlier.of(self.report))])

    def _begin(self, turn: Callable[[list[_Asked]], Deferred[Any]], whose: list[_Asked]) -> None:
        # It stands there before anything is done: that may ask for a reload at once.
        begun: Deferred[Any] = Deferred()
        self._turn = begun
        begun.addCallback(lambda _: turn(whose))
        begun.addBoth(self._over, whose)
        begun.callback(None)

    @inlineCallbacks
    def _reloaded(self, whose: list[_Asked]) -> Any:
        """A Deferred of a report, or of ``None`` while some bundles are still missing."""
        sources, before, (asked,) = self._sources, self._serving.read, whose
        read = sources.definitions(before[0] if before else None)
        coming = sources.ask(definitions_of(read))
        if not coming.called:
            enough: Deferred[None] = deferLater(sources.clock, PATIENCE)
            yield DeferredList([coming, enough], fireOnOneCallback=True, consumeErrors=True)
            enough.cancel()
            if self._serving.stopped:
                # The list above fires, whatever is cancelled in it.
                raise CancelledError
        patches = yield sources.patches.load()
        whole = coming.called
        report = yield self._serving.serve(read, patches)
        if whole or self._serving.stopped:  # by who heard of it
            return report
        waiting = evolve(asked, read=same_as(read))
        self._waiting.append(waiting)
        coming.addCallback(self._come, waiting)
        return None

    @inlineCallbacks
    def _served_late(self, whose: list[_Asked]) -> Any:
        """The same with what has been read before."""
        assert self._serving.read is not None
        as_asked = frozenset().union(*(one.read for one in whose))
        report = yield self._serving.serve(*self._serving.read, as_asked)
        return report

    def _over(self, result: Report | Failure | None, whose: list[_Asked]) -> None:
        self._turn = None
        if self._serving.stopped:
            result = Failure(CancelledError())
        self._go()
        if result is None:
            return
        for one in whose:
            answer = result.since(one.earlier) if isinstance(result, Report) else result
            for each in one.asked:
                each.callback(answer)

    def _come(self, _: object, waiting: _Asked) -> None:
        """All bundles are there, or can not be had."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            self._late.append(waiting)
            # Others may come in this very moment, and one turn does for all of them.
            self._sources.clock.callLater(0, self._go)


@frozen(eq=False)
class _Asked:
    """Reloads that are one.

    :ivar earlier: what was served before it.
    :ivar read: the definitions that their bundles were asked for, as :func:`same_as` has them.
    """

    asked: list[Deferred[Report]]
    earlier: Earlier
    read: frozenset[tuple[str, str]] = frozenset()
