"""The plugin libraries of a gateway: each file is loaded once, however many entries name it."""

from __future__ import annotations

import faulthandler
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import define, field, frozen
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.interfaces import IReadDescriptor
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.native.contract import InlineLibrary, Library, Loading
from twisted_tyk.native.copies import Copies
from twisted_tyk.native.examine import examine
from twisted_tyk.native.find import find
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.stats import EntryStats

if TYPE_CHECKING:
    from twisted_tyk.native.host import Host


@frozen
class Found:
    """A file that can be loaded.

    :ivar path: as the entry has it.
    :ivar file: that was found for it.
    :ivar digest: its SHA-256.
    :ivar copy: what is loaded.
    """

    path: str
    file: Path
    digest: str
    copy: Path
    manifest: Manifest


@define(eq=False)
class Leased:
    """A library, and who uses it.

    :ivar entries: what is counted of each entry.
    :ivar definitions: how many entries announced a definition, by its key.
    """

    found: Found
    mode: str
    library: Library | InlineLibrary
    entries: list[EntryStats] = field(factory=list)
    definitions: Counter[bytes] = field(factory=Counter)


class Libraries:
    """Loads libraries when an entry first needs them, and lets go of them after the last.

    All of it is called in the reactor thread.

    :ivar leased: those that are loaded, by digest and by whether in a process of their own.
    """

    log = Logger()

    def __init__(
        self,
        reactor: Any,
        copies: Copies,
        version: str,
        host: Callable[[], Host],
        helper: Callable[[Loading], Library],
        loading: Callable[[Found], Loading],
    ) -> None:
        """
        :param version: of Tyk, for the names of files.
        :param host: makes the host of this process, when there is something to run on it.
        :param helper: loads a library in a process of its own.
        :param loading: what a library is loaded with.
        """
        self.leased: dict[tuple[str, bool], Leased] = {}
        self._reactor = reactor
        self._copies = copies
        self._version = version
        self._make_host = host
        self._make_helper = helper
        self._loading = loading
        self._host: Host | None = None
        self._reader: _Reader | None = None
        self._closing: set[Deferred[None]] = set()

    def find(self, path: str, base: Path) -> Found:
        """The library that an entry means, looked at and copied but not loaded.

        :raises LoadError: when there is none, or it can not be loaded here.
        """
        file = find(path, base, self._version)
        digest, copy = self._copies.copy(file, path)
        try:
            return Found(path, file, digest, copy, examine(copy, path))
        except BaseException:
            self.forget(digest)
            raise

    def forget(self, digest: str) -> None:
        """The copy is not needed, unless a library is loaded from it."""
        if not any(digest == used for used, _ in self.leased):
            self._copies.drop(digest)

    def lease(self, found: Found, own_process: bool, mode: str, stats: EntryStats) -> Leased:
        """The library, loaded, for one entry more. :raises LoadError: when it does not load."""
        key = (found.digest, own_process)
        leased = self.leased.get(key)
        if leased is None:
            loading = self._loading(found)
            library = self._make_helper(loading) if own_process else self._here().load(loading)
            leased = self.leased[key] = Leased(found, mode, library)
        leased.entries.append(stats)
        return leased

    def announce(self, leased: Leased, key: bytes, document: Callable[[], bytes]) -> None:
        """One entry more works with this definition."""
        if not leased.definitions[key]:
            leased.library.define(key, b"classic", document())
        leased.definitions[key] += 1

    def release(self, leased: Leased, stats: EntryStats, definition: bytes | None) -> None:
        """An entry is gone, and every request that might have called it."""
        leased.entries.remove(stats)
        if definition is not None:
            leased.definitions[definition] -= 1
            if not leased.definitions[definition]:
                del leased.definitions[definition]
                leased.library.forget(definition)
        if not leased.entries:
            own_process = self.leased.pop((leased.found.digest, False), None) is not leased
            if own_process:
                del self.leased[leased.found.digest, True]
            self._close(leased)

    def stop(self) -> Deferred[Any]:
        """Let go of everything; fires when it is done. Call it when no request is under way."""
        for leased in list(self.leased.values()):
            self._close(leased)
        self.leased.clear()
        return DeferredList(list(self._closing)).addCallback(self._stopped)

    def _close(self, leased: Leased) -> None:
        closing = leased.library.close()
        self._closing.add(closing)

        def closed(_: Any) -> None:
            self._closing.discard(closing)
            self.forget(leased.found.digest)

        closing.addBoth(closed)

    def _stopped(self, _: Any) -> None:
        if self._host is not None:
            self._reactor.removeReader(self._reader)
            self._host.close()
            self._host = self._reader = None
        self._copies.close()

    def _here(self) -> Host:
        if self._host is None:
            _report_crashes()
            host = self._host = self._make_host()
            if host.kind != "c":
                self.log.warn(
                    "the C extension is not built, so plugins in this process are called "
                    "through Python threads, which is slower"
                )
            self._reader = _Reader(host)
            self._reactor.addReader(self._reader)
        return self._host


def _report_crashes() -> None:
    # Before any Go library: its runtime takes over the handlers it finds, and
    # the other way round a nil pointer in Go would end the process.
    if not faulthandler.is_enabled() and sys.stderr is not None:
        try:
            faulthandler.enable()
        except (OSError, RuntimeError, ValueError):
            pass  # a daemon's standard error may be no file


@implementer(IReadDescriptor)
class _Reader:
    """The host among the reactor's readers."""

    log = Logger()

    def __init__(self, host: Host) -> None:
        self._host = host

    def fileno(self) -> int:
        return self._host.fileno()

    def doRead(self) -> None:
        try:
            self._host.drain()
        except Exception:
            self.log.failure("what plugins gave could not be taken")

    def connectionLost(self, reason: Any) -> None:
        pass

    def logPrefix(self) -> str:
        return "plugins"
