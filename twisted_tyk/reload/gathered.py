"""All attempts of one reload, and what is to be said of them."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, DeferredList

from twisted_tyk.apidef.load import LoadReport
from twisted_tyk.chain.build import Builder
from twisted_tyk.patches.choice import PatchesReport
from twisted_tyk.plugins.driver import Places
from twisted_tyk.reload.attempt import Attempt
from twisted_tyk.reload.delivery import Deliver
from twisted_tyk.reload.report import Facts, Outcome, Report
from twisted_tyk.route.collisions import listen_paths
from twisted_tyk.session.policy_report import PolicyReport


@frozen
class Gathered:
    """
    :ivar attempts: one for each definition that could be read, in the order of the files.
    :ivar unread: why files can not be used, by file.
    :ivar before: the outcomes of the last reload by API id; empty at the start.
    """

    read: LoadReport
    patches: PatchesReport
    attempts: tuple[Attempt, ...]
    unread: Mapping[str, tuple[str, ...]]
    before: Mapping[str, Outcome]
    first: bool

    @classmethod
    def of(cls, read: LoadReport, patches: PatchesReport, last: Report | None) -> Gathered:
        """Nothing is made yet."""
        outcomes = last.outcomes if last is not None else ()
        before = {each.api.api_id: each for each in outcomes if each.api is not None}
        unread: dict[str, tuple[str, ...]] = {}
        for problem in read.problems:
            file = os.path.basename(problem.file)
            unread[file] = (*unread.get(file, ()), str(problem))
        paths = listen_paths([each.definition for each in read.definitions], _held(before))
        attempts = tuple(
            Attempt(
                loaded,
                paths[loaded.definition.api_id],
                before.get(loaded.definition.api_id),
                list(unread.get(loaded.file, ())),
            )
            for loaded in read.definitions
        )
        return cls(read, patches, attempts, unread, before, last is None)

    def deliver(
        self, deliver: Deliver, older: Deliver | None = None, as_asked: Collection[Any] = ()
    ) -> None:
        """Have the bundles of the APIs.

        :param older: in its place for the definitions that are in ``as_asked``, by file and
            SHA-256.
        """
        for attempt in self.attempts:
            same = (attempt.loaded.file, attempt.loaded.sha256) in as_asked
            attempt.deliver(older if older is not None and same else deliver)

    def libraries(self, builder: Builder) -> list[tuple[str, Places]]:
        """The shared libraries that the APIs need."""
        return [each for attempt in self.attempts for each in attempt.libraries(builder)]

    def make(self, builder: Builder, again: bool = False) -> None:
        """Make the APIs. :param again: only those of which something could not be loaded."""
        for attempt in self.attempts:
            if not again or attempt.broken():
                attempt.make(builder)

    def broken(self) -> bool:
        """Whether something could not be loaded."""
        return any(attempt.broken() for attempt in self.attempts)

    def ready(self) -> Deferred[Any]:
        """Fires when the processes of new hooks are there, or not to be."""
        return DeferredList([attempt.ready() for attempt in self.attempts])

    def report(self, policies: PolicyReport) -> Report:
        """What is to be served, and what is wrong with the rest.

        :param policies: that are at work by now.
        """
        for attempt in self.attempts:
            attempt.settle()
        self._part()
        outcomes = [attempt.outcome() for attempt in self.attempts]
        files = {attempt.loaded.file for attempt in self.attempts}
        for file, reasons in self.unread.items():
            if file not in files:
                outcomes.append(Outcome(file, None, reasons=reasons))
        served = {attempt.loaded.definition.api_id for attempt in self.attempts}
        for api_id, gone in self.before.items():
            if api_id not in served:
                before = Facts.of(gone.api) if gone.api is not None else None
                outcomes.append(Outcome(gone.file, None, before))
        wrong = tuple(map(str, policies.problems))
        bad, held = (wrong, ()) if self.first or policies.refused else ((), wrong)
        return Report(
            tuple(outcomes),
            (*bad, *self._of_patches(outcomes), *_problems(outcomes)),
            (*held, *self.patches.held, *_held_back(outcomes)),
            (*map(str, policies.warnings), *self._warnings()),
        )

    def _part(self) -> None:
        """Have no two APIs at one path: one that was kept may hold what another is to have."""
        held = {
            (api.definition.domain, api.listen_path): api.api_id
            for api in (attempt.served for attempt in self.attempts if attempt.made is None)
            if api is not None and not api.definition.internal
        }
        for attempt in self.attempts:
            api = attempt.made
            if api is not None and attempt.new and not api.definition.internal:
                holder = held.get((api.definition.domain, api.listen_path))
                if holder is not None:
                    attempt.refuse(
                        f"{attempt.loaded.file}: {api.listen_path} is held by the last good "
                        f"version of API {holder}"
                    )

    def _of_patches(self, outcomes: list[Outcome]) -> Iterator[str]:
        yield from self.patches.problems
        for outcome in outcomes:
            # An API that was made now tells it itself.
            if outcome.api is not None and outcome.same:
                yield from self.patches.unmade(outcome.api.api_id, outcome.api.patches)

    def _warnings(self) -> Iterator[str]:
        yield from map(str, self.read.warnings)
        yield from self.patches.warnings
        yield from (f"{file}: not active, so not served" for file in self.read.inactive)
        for attempt in self.attempts:
            definition = attempt.loaded.definition
            if attempt.listen_path != definition.proxy.listen_path:
                yield (
                    f"{attempt.loaded.file}: {definition.proxy.listen_path} is claimed more than "
                    f"once, API {definition.api_id} is served at {attempt.listen_path}"
                )


def _held(before: Mapping[str, Outcome]) -> set[tuple[str, str, str]]:
    """Who holds a listen path that its definition asks for."""
    return {
        (api_id, outcome.api.definition.domain, outcome.api.listen_path)
        for api_id, outcome in before.items()
        if outcome.api is not None
        and outcome.api.listen_path == outcome.api.definition.proxy.listen_path
    }


def _problems(outcomes: list[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.api is None:
            yield from outcome.reasons
    for outcome in outcomes:
        if outcome.api is not None:
            yield from (f"API {outcome.api.api_id}: {each}" for each in outcome.api.problems)


def _held_back(outcomes: list[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        if outcome.delivered is not None:
            yield from outcome.delivered.problems
        if outcome.api is not None and outcome.reasons and not outcome.waits:
            *others, last = outcome.reasons
            yield from others
            yield last if "last good" in last else f"{last}; the last good version is kept"
