"""What was read, made into APIs and swapped in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from attrs import define, field
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.apidef.load import LoadReport
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.asked import bundles_of
from twisted_tyk.chain.api import Api
from twisted_tyk.chain.build import Builder
from twisted_tyk.patches.choice import PatchesReport
from twisted_tyk.plugins.driver import Places
from twisted_tyk.reload.gathered import Gathered
from twisted_tyk.reload.report import Report
from twisted_tyk.reload.sources import Sources
from twisted_tyk.route.table import RoutingTable


@define(eq=False)
class Serving:
    """In the reactor thread.

    :ivar table: makes a routing table of APIs.
    :ivar swap: puts a table to work.
    :ivar report: of what is served; ``None`` before the first load.
    :ivar read: what that was made from.
    :ivar heard: are told of each report.
    :ivar stopped: nothing is swapped any more.
    """

    sources: Sources
    builder: Builder
    table: Callable[[Sequence[Api]], RoutingTable]
    swap: Callable[[RoutingTable], None]
    report: Report | None = field(default=None, init=False)
    read: tuple[LoadReport, PatchesReport] | None = field(default=None, init=False)
    heard: list[Callable[[Report], object]] = field(factory=list, init=False)
    stopped: bool = field(default=False, init=False)
    #: Of bundles, by the APIs that are made from them: those that only requests hold, too.
    _folders: WeakKeyDictionary[Api, set[Path]] = field(factory=WeakKeyDictionary, init=False)

    log = Logger()

    def start(self, read: LoadReport, patches: PatchesReport) -> Report:
        """Serve all of it at once, with the bundles that are on disk."""
        gathered = Gathered.of(read, patches, None)
        gathered.deliver(self.sources.at_hand(definitions_of(read)))
        gathered.make(self.builder)
        return self._swapped(read, patches, gathered)

    @inlineCallbacks
    def serve(
        self,
        read: LoadReport,
        patches: PatchesReport,
        as_asked: Collection[tuple[str, str]] = (),
    ) -> Any:
        """Make it beside what is served, with the bundles that have come; wait until it is
        ready, and swap.

        :param as_asked: definitions whose bundles have come since they were read, as
            :func:`same_as` has them. They do not wait for those that were asked for later.
        :returns: a Deferred that fires with the :class:`~twisted_tyk.reload.Report`.
        """
        sources, definitions = self.sources, definitions_of(read)
        gathered = Gathered.of(read, patches, self.report)
        gathered.deliver(
            sources.arrived(definitions, False), sources.arrived(definitions, True), as_asked
        )
        yield from self._made(gathered)
        yield gathered.ready()
        if self.stopped:
            # Of those that were waited for, some are silent about being cancelled.
            raise CancelledError
        report = self._swapped(read, patches, gathered)
        if self._folders or any(map(bundles_of, definitions)):
            at_work = (self._folders.get(api, set()) for api in report.apis)
            sources.settle(set().union(*at_work), set().union(*self._folders.values()))
        sources.libraries.tidy()
        return report

    def stop(self) -> None:
        """Swap no more."""
        self.stopped = True

    def _made(self, gathered: Gathered) -> Generator[Deferred[Any], Any, None]:
        libraries = self.sources.libraries
        libraries.again()
        self.builder.digests.again()
        if needed := gathered.libraries(self.builder):
            yield self.sources.in_thread(self._prepare, needed)
        gathered.make(self.builder)
        unloaded = libraries.unloaded()
        if unloaded is not None and gathered.broken():
            # What is being unloaded can not be loaded before it is gone. Others wait for that,
            # too, whatever becomes of this.
            gone: Deferred[Any] = Deferred()
            unloaded.addCallback(gone.callback)
            yield gone
            gathered.make(self.builder, again=True)

    def _prepare(self, needed: Iterable[tuple[str, Places]]) -> None:
        """Read large files in another thread, so that it need not be done in this one."""
        for file in self.sources.libraries.prepare(needed):
            self.builder.digests.of(file)

    def _swapped(self, read: LoadReport, patches: PatchesReport, gathered: Gathered) -> Report:
        report = gathered.report(self.sources.policies())
        self.swap(self.table(report.apis))
        for outcome in report.outcomes:
            if outcome.api is not None and outcome.delivered and outcome.delivered.folders:
                self._folders[outcome.api] = set(outcome.delivered.folders.values())
        self.read = read, patches
        self.report = report
        self._tell(report)
        for heard in self.heard:
            heard(report)
        return report

    def _tell(self, report: Report) -> None:
        for outcome in report.outcomes:
            if outcome.api is not None and not outcome.same:
                self.log.info(
                    "API {api} at {path}: {steps}",
                    api=outcome.api.api_id, path=outcome.api.listen_path,
                    steps=" → ".join(outcome.api.steps),
                )  # fmt: skip
        waiting = [each for outcome in report.outcomes if outcome.waits for each in outcome.reasons]
        for each in waiting:
            self.log.info("{waiting}", waiting=each)
        problems = [each for each in (*report.problems, *report.held) if each not in waiting]
        for problem in problems:
            self.log.error("{problem}", problem=problem)
        for warning in report.warnings:
            self.log.warn("{warning}", warning=warning)
        self.log.info(
            "APIs served: {count}, of these made anew: {built}, problems: {problems}",
            count=len(report.apis), built=report.count("added", "changed"),
            problems=len(problems),
        )  # fmt: skip


def definitions_of(read: LoadReport) -> list[ApiDefinition]:
    """All that can be used."""
    return [loaded.definition for loaded in read.definitions]


def same_as(read: LoadReport) -> frozenset[tuple[str, str]]:
    """What tells definitions from others, and from other versions of themselves."""
    return frozenset((loaded.file, loaded.sha256) for loaded in read.definitions)
