"""The patches of a gateway, read at its start and at each reload."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.logger import Logger

from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.native.libraries import Libraries
from twisted_tyk.patches.choice import Candidate, PatchesReport, settle
from twisted_tyk.patches.code import Loaded, load
from twisted_tyk.patches.copies import Copies
from twisted_tyk.patches.folder import Brought, Found, find
from twisted_tyk.patches.held import HeldCode
from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.places import is_for, misplaced
from twisted_tyk.plugins.driver import LoadError


class Patches:
    """Those in ``patches_path``. All of it is called in the reactor thread.

    A patch that is not good leaves the built-in step where it is, or the last good version of
    itself: a gateway that would not start for a broken fix would be worse off than without it.

    :ivar report: of the last load.
    """

    log = Logger()

    def __init__(
        self,
        path: Path | None,
        copies: Copies,
        trust: Trust,
        places: Sequence[str],
        version: str,
        libraries: Libraries,
        in_thread: Callable[..., Deferred[Any]],
    ) -> None:
        """
        :param path: ``patches_path``; ``None`` when there are to be no patches.
        :param places: the names of the ordered table.
        :param version: of the gateway.
        """
        self.report = PatchesReport()
        self._path = path
        self._copies = copies
        self._trust = trust
        self._places = places
        self._version = version
        self._libraries = libraries
        self._in_thread = in_thread
        #: What lets go of the code of each patch that there still is.
        self._let_go: list[weakref.finalize[..., Patch]] = []

    def start(self) -> PatchesReport:
        """Read them at once, before anything is served."""
        if self._path is None:
            return self.report
        return self._settle(self._find(self._path, self._known()))

    def load(self) -> Deferred[PatchesReport]:
        """Read them anew: files in a thread, code in the reactor thread. It never fails."""
        if self._path is None:
            return succeed(self.report)
        found = self._in_thread(self._find, self._path, self._known())
        return found.addCallback(self._settle)

    def of(self, api_id: str) -> dict[str, Patch]:
        """Those in force for an API, by the names of their places."""
        return {
            patch.place: patch for patch in self.report.in_force if patch.manifest.covers(api_id)
        }

    def stop(self) -> None:
        """Let go of all and remove the copies; requests and shutdowns are over by then."""
        for let_go in self._let_go:
            let_go()
        self._copies.close()

    def _known(self) -> frozenset[str]:
        return frozenset(patch.sha256 for patch in self.report.in_force)

    def _find(self, path: Path, known: frozenset[str]) -> list[Found] | str:
        try:
            return find(path, known, self._copies, self._trust)
        except BundleError as error:
            return str(error)

    def _settle(self, found: list[Found] | str) -> PatchesReport:
        if isinstance(found, str):
            # Nobody has taken a patch away: what is in force goes on.
            before = self.report
            self.report = PatchesReport(before.listed, (found,), before.held, before.warnings)
            return self.report
        last = {patch.file: patch for patch in self.report.in_force}
        files = {each.file for each in found}
        candidates = [self._candidate(each, last, files) for each in found]
        _keep_by_name(candidates, last.values())
        settle(candidates)
        self.report = _report(candidates, found)
        self._tell(self.report, frozenset(last.values()))
        return self.report

    def _candidate(self, found: Found, last: dict[str, Patch], files: Collection[str]) -> Candidate:
        before = last.get(found.file)
        candidate = Candidate(found.file, last=before)
        same = next((each for each in last.values() if each.sha256 == found.sha256), None)
        if found.wrong:
            candidate.refuse(found.wrong)
        elif found.brought is not None:
            self._consider(candidate, found.brought)
        elif same is not None and same.file in files and same.file != found.file:
            text = f"has the same content as {same.file}, which is in force"
            candidate.refuse(f"{found.file}: {text}; take one of the two away")
        elif same is not None:
            same.file = found.file
            candidate.patch = same
        return candidate

    def _consider(self, candidate: Candidate, brought: Brought) -> None:
        manifest = brought.manifest
        candidate.name, candidate.version = manifest.name, manifest.version
        candidate.replaces = manifest.replaces
        loaded = Loaded()
        for problem in misplaced(brought.document, manifest, self._places):
            candidate.refuse(str(problem))
        if not candidate.refused and not is_for(manifest, self._version):
            place = brought.document.problem(("gateway",), "")
            text = f"is for {manifest.gateway}, and this is {self._version}"
            candidate.refuse(f"{place.file}:{place.line}: gateway: {text}")
            candidate.elsewhere = True
        if not candidate.refused:
            try:
                loaded = load(manifest, brought.folder, self._libraries)
            except LoadError as error:
                # What was loaded is a copy, which nobody would look for.
                shown = str(error).replace(str(brought.folder), candidate.file)
                candidate.refuse(f"{candidate.file}: {shown}")
        if candidate.refused:
            self._copies.drop(brought.folder)
            return
        code = HeldCode(partial(self._copies.drop, brought.folder), loaded.modules)
        patch = candidate.patch = Patch(
            manifest, candidate.file, brought.folder, brought.sha256, brought.signed, code,
            loaded.make,
        )  # fmt: skip
        # When it is out of force, and of every API and request that it stood in.
        let_go = weakref.finalize(patch, code.close)
        let_go.atexit = False
        self._let_go = [each for each in self._let_go if each.alive]
        self._let_go.append(let_go)

    def _tell(self, report: PatchesReport, before: frozenset[Patch]) -> None:
        for patch in report.in_force:
            if patch not in before:
                self.log.info(
                    "patch {patch} ({file}, SHA-256 {sha256}, {proof}) replaces {place} of {apis}",
                    patch=patch.title, file=patch.file, sha256=patch.sha256,
                    proof="signed" if patch.signed else "not signed", place=patch.place,
                    apis=", ".join(patch.manifest.apis) or "all APIs",
                )  # fmt: skip
        names = {patch.manifest.name for patch in report.in_force}
        for patch in before.difference(report.in_force):
            if patch.manifest.name in names:
                continue  # another version of it is there, of which the log says so
            self.log.info("patch {patch} ({file}) is gone", patch=patch.title, file=patch.file)


def _keep_by_name(candidates: Iterable[Candidate], last: Iterable[Patch]) -> None:
    """A new archive of another name may be the next version of what was in force."""
    taken = {each.file for each in candidates}
    gone = {patch.manifest.name: patch for patch in last if patch.file not in taken}
    for candidate in candidates:
        if candidate.last is None and candidate.name:
            candidate.last = gone.pop(candidate.name, None)


def _report(candidates: Iterable[Candidate], found: Iterable[Found]) -> PatchesReport:
    problems: list[str] = []
    held: list[str] = []
    warnings: list[str] = []
    for each in candidates:
        if each.refused and each.last is not None:
            held.append(f"patch {each.refused}; {each.last.title} goes on")
        elif each.refused:
            kind = warnings if each.elsewhere else problems
            kind.append(f"patch {each.refused}")
    for one in found:
        if one.brought is not None:
            warnings += [str(warning) for warning in one.brought.manifest.warnings]
    listed = tuple(each.listed() for each in candidates)
    return PatchesReport(listed, tuple(problems), tuple(held), tuple(warnings))
