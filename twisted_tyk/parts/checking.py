"""``twistd tyk --check``: what ``tyk lint`` finds, and what loading everything finds besides."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure
from zope.interface import provider

from twisted_tyk._version import __version__
from twisted_tyk.chain.api import Api
from twisted_tyk.chain.order import ORDER
from twisted_tyk.cli.hook_check import ApartHooks
from twisted_tyk.jsonfile.problem import Problem
from twisted_tyk.lint.as_json import as_json
from twisted_tyk.lint.found import Found
from twisted_tyk.lint.sarif import sarif
from twisted_tyk.lint.text import lines
from twisted_tyk.lint.whole import check_config
from twisted_tyk.reload import Report
from twisted_tyk.settings import Loaded

if TYPE_CHECKING:
    from twisted_tyk.service import Gateway


@frozen
class Checking:
    """:ivar config: the settings file, as it was named.

    :ivar form: one of :data:`~twisted_tyk.lint.FORMATS`.
    :ivar reactor: runs while plugins load in processes of their own.
    """

    config: str
    form: str
    reactor: Any
    out: TextIO

    def run(self, make: Callable[[Loaded], Gateway]) -> int:
        """Check, print, and say with which status to end.

        :param make: a gateway of these settings. Its ports are not opened.
        """
        found = Found()
        steps = tuple(place.name for place in ORDER)
        loaded = check_config(self.config, os.environ, ApartHooks(), found, steps)
        usable = loaded is not None and not any(
            finding.severity == "error" and finding.problem.file in (self.config, "environment")
            for finding in found.findings
        )
        apis: tuple[Api, ...] = ()
        if any(finding.rule == "hook-crashed" for finding in found.findings):
            note = "not loaded any further: a hook would end or hang this process too"
            found.errors([Problem(self.config, note, rule="not-loaded")])
        elif loaded is not None and usable:
            with _output_aside(self.form != "text"):
                apis = self._load(make, loaded, found)
        self._print(found.shown_from(os.getcwd()), apis)
        return 1 if found.count("error") else 0

    def _load(
        self, make: Callable[[Loaded], Gateway], loaded: Loaded, found: Found
    ) -> tuple[Api, ...]:
        """Load everything as at the start, and let go of it."""
        globalLogPublisher.addObserver(_told_by_plugins(self.form))
        try:
            report = self._report(make(loaded).check())
        except Exception as error:
            self._add(found, str(error).splitlines(), ())
            return ()
        # Their place is known only where nobody has asked for them.
        found.drop("bundle-missing")
        self._add(found, [*report.problems, *report.held], report.warnings)
        return report.apis

    def _report(self, checked: Deferred[Report]) -> Report:
        """What everything came to, once that is known. :raises Exception: when nothing did."""
        outcomes: list[Report | Failure] = []
        checked.addBoth(outcomes.append)
        if not outcomes:
            checked.addCallback(lambda _: self.reactor.stop())
            self.reactor.run()
        if not outcomes:
            raise RuntimeError("ended before everything was loaded")
        (outcome,) = outcomes
        if isinstance(outcome, Failure):
            outcome.raiseException()
        return outcome

    def _add(self, found: Found, problems: Iterable[str], warnings: Iterable[str]) -> None:
        """What has not been found already; that had a place."""
        told = {finding.problem.sentence for finding in found.findings}

        def more(texts: Iterable[str]) -> list[Problem]:
            new = [text for text in texts if not any(each in text for each in told)]
            return [Problem(self.config, text, rule="not-loaded") for text in new]

        found.errors(more(problems))
        found.warnings(more(warnings))

    def _print(self, found: Found, apis: tuple[Api, ...]) -> None:
        if self.form == "sarif":
            self._say(json.dumps(sarif(found, __version__, Path.cwd())))
            return
        if self.form == "json":
            served = [
                {"api_id": api.api_id, "listen_path": api.listen_path, "steps": list(api.steps)}
                for api in apis
            ]
            self._say(json.dumps({**as_json(found, not found.count("error")), "apis": served}))
            return
        for line in lines(self.config, found):
            self._say(line)
        for api in apis:
            self._say(f"API {api.api_id} at {api.listen_path}: {' → '.join(api.steps)}")
        self._say(
            f"APIs: {len(apis)}, errors: {found.count('error')}, warnings: {found.count('warning')}"
        )

    def _say(self, line: str) -> None:
        print(line, file=self.out)


@contextmanager
def _output_aside(aside: bool) -> Iterator[None]:
    """What hooks and plugins print goes to standard error, so that it is not in a document."""
    if not aside:
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _told_by_plugins(form: str) -> ILogObserver:
    """Prints what plugins log: it may say why one is not loaded."""

    @provider(ILogObserver)
    def tell(event: LogEvent) -> None:
        if event["log_namespace"] == "plugin" and event["log_level"] >= LogLevel.warn:
            print(formatEvent(event), file=sys.stdout if form == "text" else sys.stderr)

    return tell  # type: ignore[no-any-return]
