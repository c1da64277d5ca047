"""Reloads that changed files ask for."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import frozen
from twisted.logger import Logger

from twisted_tyk.bundles.asked import folder_of
from twisted_tyk.parts.definitions import Definitions
from twisted_tyk.parts.given import Given
from twisted_tyk.plugins.identity import Digests
from twisted_tyk.reload import Report
from twisted_tyk.watch.burst import Burst
from twisted_tyk.watch.folders import Folders
from twisted_tyk.watch.problem import WatchError
from twisted_tyk.watch.wanted import files_of, of_report, of_settings


@frozen
class Watching:
    """With ``"watch": true``; without, it does nothing."""

    given: Given
    folders: Folders
    burst: Burst

    log = Logger()

    @classmethod
    def make(cls, given: Given, definitions: Definitions) -> Watching:
        """Nothing is watched yet."""
        burst = Burst(given.reactor, definitions.reload, _Shown(given.base))
        watching = cls(given, Folders(given.reactor, burst.changed, burst.writing), burst)
        if given.settings.watch:
            definitions.reloader.heard.append(watching.look)
        return watching

    def start(self) -> None:
        """Watch what matters whatever the definitions say: before they are read, so that no
        change falls in between.
        """
        settings = self.given.settings
        if not settings.watch:
            return
        try:
            # Twisted looks for the system's inotify when the module is imported.
            from twisted_tyk.watch.notifier import Notifier

            self.folders.start(Notifier(self.given.reactor, self.folders.told))
        except ImportError:
            self.log.error(
                '"watch" does nothing: this system has no inotify. Reload by /tyk/reload'
            )
        except WatchError as problem:
            self.log.error('"watch" does nothing: {problem}', problem=problem)
        else:
            self.folders.want(of_settings(settings, self.given.base))
            self.log.info("files are watched, and reloaded when they change")

    def look(self, report: Report) -> None:
        """Also watch what the APIs are made of."""
        base = self.given.base
        settings = self.given.settings
        wanted = of_report(of_settings(settings, base), report, base, folder_of(settings))
        new = self.folders.want(wanted)
        for file, digest in files_of(report).items():
            # It may have been changed after it was loaded, when nobody was looking yet.
            if os.path.realpath(os.path.dirname(file)) in new and Digests().of(file) != digest:
                self.burst.changed(file)

    def stop(self) -> None:
        """Reload no more. Twice is once."""
        self.burst.stop()
        self.folders.stop()


@frozen
class _Shown:
    """What the log calls a file: its path from the folder of ``tyk.conf``, if it is there."""

    base: Path

    def __call__(self, file: str) -> str:
        for base in (os.path.abspath(self.base), os.path.realpath(self.base)):
            if file.startswith(f"{base}/"):
                return file[len(base) + 1 :]
        return file
