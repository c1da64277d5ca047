"""Definitions in, a new routing table out, swapped in one assignment.

Requests that are under way finish on the chain they entered. An API of which nothing
changed is kept with its state; one whose definition, bundle or hooks turned bad keeps its
last good version, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.apidef.load import LoadReport
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.asked import bundles_of
from twisted_tyk.chain.api import Api
from twisted_tyk.chain.build import Builder
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.patches.patches import Patches
from twisted_tyk.plugins.driver import Places
from twisted_tyk.reload.delivery import Deliver
from twisted_tyk.reload.gathered import Gathered
from twisted_tyk.reload.report import Report
from twisted_tyk.route.table import RoutingTable
from twisted_tyk.session.policy_files import PolicyReport


@frozen
class Sources:
    """What a reload reads.

    :ivar definitions: reads them; given what it read last, for last good versions.
    :ivar policies: reads the policies and puts them to work.
    :ivar patches: those in place of built-in steps.
    :ivar at_hand: the bundles of definitions as they are on disk.
    :ivar fetched: the same, asked for anew where they come from; it never fails.
    :ivar settle: is told which folders of bundles are at work, and which are used at all;
        others need not be there.
    :ivar libraries: of native plugins.
    :ivar in_thread: calls a function in a thread.
    """

    definitions: Callable[[LoadReport | None], LoadReport]
    policies: Callable[[], PolicyReport]
    patches: Patches
    at_hand: Callable[[Iterable[ApiDefinition]], Deliver]
    fetched: Callable[[Iterable[ApiDefinition]], Deferred[Deliver]]
    settle: Callable[[Collection[Path], Collection[Path]], object]
    libraries: Libraries
    in_thread: Callable[..., Deferred[Any]]


class Reloader:
    """Loads all definitions, at the start and on each reload, in the reactor thread.

    :ivar report: of the last load that went through; ``None`` before the first.
    :ivar heard: are told of each.
    """

    log = Logger()

    def __init__(
        self,
        sources: Sources,
        builder: Builder,
        table: Callable[[Sequence[Api]], RoutingTable],
        swap: Callable[[RoutingTable], None],
    ) -> None:
        """
        :param table: makes a routing table of APIs.
        :param swap: puts a table to work.
        """
        self.report: Report | None = None
        self.heard: list[Callable[[Report], object]] = []
        self._sources = sources
        self._builder = builder
        self._table = table
        self._swap = swap
        self._last: LoadReport | None = None
        self._busy = False
        self._going: Deferred[Any] | None = None
        self._asked: list[Deferred[Report]] = []

    def start(self) -> Report:
        """Load for the first time, at once: with the bundles that are there already.

        :raises Exception: when no definition could be read.
        """
        sources = self._sources
        read = sources.definitions(None)
        gathered = Gathered.of(read, sources.patches.start(), None)
        gathered.deliver(sources.at_hand(definitions_of(read)))
        gathered.make(self._builder)
        return self._put_to_work(read, gathered)

    def reload(self) -> Deferred[Report]:
        """Read everything anew and swap.

        One goes on at a time. Those that are asked for meanwhile are one, which begins
        when it is over: what was changed before a call counts when its Deferred fires.

        :returns: it fails when no definition could be read; then all stays as it was.
        """
        asked: Deferred[Report] = Deferred()
        self._asked.append(asked)
        if not self._busy:
            self._begin()
        return asked

    @property
    def wants_bundles(self) -> bool:
        """Whether the definitions that were read last name any."""
        return self._last is not None and any(map(bundles_of, definitions_of(self._last)))

    @property
    def busy(self) -> bool:
        """Whether a reload is under way."""
        return self._busy

    def stop(self) -> None:
        """Swap no more; reloads that are under way or wait fail."""
        waiting, self._asked = self._asked, []
        if self._going is not None:
            self._going.cancel()
        for each in waiting:
            each.errback(CancelledError())

    def _begin(self) -> None:
        asked, self._asked = self._asked, []
        self._busy = True
        self._going = self._reloaded()
        self._going.addBoth(self._over, asked)

    def _over(self, result: Report | Failure, asked: list[Deferred[Report]]) -> None:
        self._busy, self._going = False, None
        if self._asked:
            self._begin()
        for each in asked:
            each.callback(result)

    @inlineCallbacks
    def _reloaded(self) -> Any:
        sources = self._sources
        read = sources.definitions(self._last)
        deliver = yield sources.fetched(definitions_of(read))
        patches = yield sources.patches.load()
        gathered = Gathered.of(read, patches, self.report)
        gathered.deliver(deliver)
        yield from self._made(gathered)
        yield gathered.ready()
        # Requests are still under way on chains that were made from these.
        before = self._folders()
        report = self._put_to_work(read, gathered)
        at_work = self._folders()
        if used := before | at_work:
            sources.settle(at_work, used)
        sources.libraries.tidy()
        return report

    def _made(self, gathered: Gathered) -> Generator[Deferred[Any], Any, None]:
        libraries = self._sources.libraries
        libraries.again()
        self._builder.digests.again()
        if needed := gathered.libraries(self._builder):
            yield self._sources.in_thread(self._prepare, needed)
        gathered.make(self._builder)
        unloaded = libraries.unloaded()
        if unloaded is not None and gathered.broken():
            # What is being unloaded can not be loaded before it is gone.
            yield unloaded
            gathered.make(self._builder, again=True)

    def _prepare(self, needed: Iterable[tuple[str, Places]]) -> None:
        """Read large files in another thread, so that it need not be done in this one."""
        for file in self._sources.libraries.prepare(needed):
            self._builder.digests.of(file)

    def _folders(self) -> set[Path]:
        outcomes = self.report.outcomes if self.report is not None else ()
        delivered = (outcome.delivered for outcome in outcomes if outcome.delivered is not None)
        return {folder for each in delivered for folder in each.folders.values()}

    def _put_to_work(self, read: LoadReport, gathered: Gathered) -> Report:
        report = gathered.report(self._sources.policies())
        self._swap(self._table(report.apis))
        self._last = read
        self.report = report
        for outcome in report.outcomes:
            if outcome.api is not None and not outcome.same:
                self.log.info(
                    "API {api} at {path}: {steps}",
                    api=outcome.api.api_id, path=outcome.api.listen_path,
                    steps=" → ".join(outcome.api.steps),
                )  # fmt: skip
        waiting = {each for outcome in report.outcomes if outcome.waits for each in outcome.reasons}
        for problem in (*report.problems, *report.held):
            say = self.log.info if problem in waiting else self.log.error
            say("{problem}", problem=problem)
        for warning in report.warnings:
            self.log.warn("{warning}", warning=warning)
        self.log.info(
            "APIs served: {count}, of these made anew: {built}, problems: {problems}",
            count=len(report.apis), built=report.count("added", "changed"),
            problems=len(report.problems) + len(report.held) - len(waiting),
        )  # fmt: skip
        for heard in self.heard:
            heard(report)
        return report


def definitions_of(read: LoadReport) -> list[ApiDefinition]:
    """All that can be used."""
    return [loaded.definition for loaded in read.definitions]
