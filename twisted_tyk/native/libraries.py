"""The plugin libraries of a gateway: each file is loaded once, however many entries name it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, Final

from twisted.internet.defer import Deferred, DeferredList

from twisted_tyk.native.contract import Loading
from twisted_tyk.native.copies import Copies
from twisted_tyk.native.examine import examine
from twisted_tyk.native.find import before, find
from twisted_tyk.native.leased import Found, InProcess, Leased
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.own_host import OwnHost
from twisted_tyk.native.stats import EntryStats
from twisted_tyk.plugins.driver import LoadError, Places

#: Seconds that a library is kept after its last entry is gone.
LINGER: Final = 2.0


class Libraries:
    """Loads libraries when an entry first needs them, and lets go of them after the last.

    All of it is called in the reactor thread.

    :ivar leased: those that are loaded, by digest and by whether in a process of their own.
    """

    def __init__(
        self,
        reactor: Any,
        copies: Copies,
        version: str,
        helper: Callable[[Loading], InProcess],
        here: OwnHost,
        loading: Callable[[Found], Loading],
    ) -> None:
        """
        :param version: of Tyk, for the names of files.
        :param helper: loads a library in a process of its own.
        :param here: loads one in this process.
        :param loading: what a library is loaded with.
        """
        self.leased: dict[tuple[str, bool], Leased] = {}
        self._reactor = reactor
        self._copies = copies
        self._version = version
        self._here = here
        self._make_helper = helper
        self._loading = loading
        self._swept = False
        self._closing: dict[tuple[str, bool], Deferred[None]] = {}

    def find(self, path: str, places: Places) -> Found:
        """The library that an entry means, looked at and copied but not loaded.

        :raises LoadError: when there is none, or it can not be loaded here.
        """
        base, inside = places.find(path)
        file = find(inside, base, self._version)
        if not self._swept:
            # Not earlier: a gateway without plugins has nothing to do with the folder.
            self._swept = True
            self._copies.sweep()
        digest, copy = self._copies.copy(file, path)
        try:
            missing = before(inside, base, self._version, file)
            manifest = self._manifest(digest) or examine(copy, path)
            return Found(path, file, digest, copy, manifest, missing)
        except BaseException:
            self.forget(digest)
            raise

    def _manifest(self, digest: str) -> Manifest | None:
        """Of a library that is loaded, and need not be looked at again."""
        for own_process in (False, True):
            leased = self.leased.get((digest, own_process))
            if leased is not None:
                return leased.found.manifest
        return None

    def prepare(self, paths: Iterable[tuple[str, Places]]) -> Iterator[str]:
        """Copy the libraries that these entries mean, so that :meth:`find` need not.

        It may be called in another thread: reading and writing a large library takes long.
        What is wrong with one is for :meth:`find` to say.

        :returns: the files, each when it has been copied.
        """
        for path, places in paths:
            base, inside = places.find(path)
            with suppress(LoadError):
                file = find(inside, base, self._version)
                self._copies.copy(file, path)
                yield str(file)

    def again(self) -> None:
        """A reload begins: what could not be loaded is tried once more."""
        self._copies.again()
        for helper in self._helpers():
            helper.retry()

    def tidy(self) -> None:
        """A reload is over: copies that nothing was loaded from are not needed."""
        for digest in self._copies.held():
            self.forget(digest)

    def forget(self, digest: str) -> None:
        """The copy is not needed, unless a library is loaded from it."""
        if not any(digest == used for used, _ in (*self.leased, *self._closing)):
            self._copies.drop(digest)

    def lease(self, found: Found, own_process: bool, stats: EntryStats) -> Leased:
        """The library, loaded, for one entry more. :raises LoadError: when it does not load."""
        key = (found.digest, own_process)
        leased = self.leased.get(key)
        if leased is None and key in self._closing:
            # To load it beside the one that is being unloaded would give the same one.
            raise LoadError(f"{found.path}: is being unloaded, reload once more in a moment")
        if leased is None:
            loading = self._loading(found)
            helper = self._make_helper(loading) if own_process else None
            leased = self.leased[key] = Leased(found, helper or self._here.load(loading), helper)
        leased.entries.append(stats)
        return leased

    def release(self, leased: Leased, stats: EntryStats, definition: bytes | None) -> None:
        """An entry is gone, and every request that might have called it.

        A library that nobody uses is let go of a little later, for a reload
        that wants it again.
        """
        leased.entries.remove(stats)
        if leased not in self.leased.values():
            return  # the gateway has stopped
        if definition is not None:
            leased.forget(definition)
        if not leased.entries:
            self._reactor.callLater(LINGER, self._let_go, leased)

    def calls(self) -> int:
        """How many calls are under way or wait for their turn."""
        return sum(
            entry.running + entry.waiting
            for leased in self.leased.values()
            for entry in leased.entries
        )

    def failures(self) -> list[str]:
        """Why libraries could not be loaded in processes of their own, a sentence each."""
        states = [
            leased.helper.state()
            for leased in self.leased.values()
            if leased.helper is not None and leased.entries
        ]
        return [state["failure"] for state in states if state["failure"]]

    def unloaded(self) -> Deferred[Any] | None:
        """Fires when those are gone that are being unloaded now; ``None`` when there are none."""
        return DeferredList(list(self._closing.values())) if self._closing else None

    def loaded(self) -> Deferred[list[str]]:
        """Fires when all are loaded or not to be, with a sentence for each of the latter."""
        failures: list[str] = []
        loads = [
            helper.loaded().addErrback(lambda why: failures.append(str(why.value)))
            for helper in self._helpers()
        ]
        return DeferredList(loads).addCallback(lambda _: failures)

    def stop(self) -> Deferred[Any]:
        """Let go of everything; fires when it is done. Call it when no request is under way."""
        for leased in list(self.leased.values()):
            self._close(leased)
        return DeferredList(list(self._closing.values())).addCallback(self._stopped)

    def _helpers(self) -> list[InProcess]:
        return [each.helper for each in self.leased.values() if each.helper is not None]

    def _let_go(self, leased: Leased) -> None:
        if not leased.entries and leased in self.leased.values():
            self._close(leased)

    def _close(self, leased: Leased) -> None:
        key = leased.key
        del self.leased[key]
        closing = self._closing[key] = leased.library.close()

        def closed(_: Any) -> None:
            self._closing.pop(key, None)
            self.forget(leased.found.digest)

        closing.addBoth(closed)

    def _stopped(self, _: Any) -> None:
        self._here.close()
        self._copies.close()
