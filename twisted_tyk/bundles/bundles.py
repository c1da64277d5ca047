"""The bundles that APIs want: fetched, checked, and the last good ones where that fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from twisted.internet.defer import (
    CancelledError,
    Deferred,
    DeferredLock,
    DeferredSemaphore,
    gatherResults,
    inlineCallbacks,
)
from twisted.logger import Logger

from twisted_tyk.bundles.fetch import Fetched, Fetcher
from twisted_tyk.bundles.problem import BundleError, NotYet
from twisted_tyk.bundles.shelf import Shelf, Unpacked
from twisted_tyk.bundles.source import NotFetched

#: Connections to the server of bundles.
_AT_A_TIME: Final = 32


@frozen
class Arrived:
    """What has come of a bundle.

    :ivar unpacked: to work with, or ``None`` when there is none. With a problem it is the last
        good one, which goes on.
    :ivar problem: a sentence that names the bundle; empty when ``unpacked`` is the newest.
    """

    unpacked: Unpacked | None
    problem: str = ""


class Bundles:
    """Of one gateway. In the reactor thread; what takes long is done in others."""

    log = Logger()

    def __init__(
        self,
        shelf: Shelf,
        fetcher: Fetcher | None,
        in_thread: Callable[..., Deferred[Any]],
    ) -> None:
        """
        :param fetcher: ``None`` when ``enable_bundle_downloader`` is off. Then only what is on
            the shelf is there, laid there by hand or by a download of earlier.
        :param in_thread: calls a function in a thread.
        """
        self._shelf = shelf
        self._fetcher = fetcher
        self._in_thread = in_thread
        self._one_by_one = DeferredLock()
        self._under_way: set[Deferred[Any]] = set()
        #: What was put on the shelf, and not yet put to work.
        self._brought: dict[str, Unpacked] = {}
        self._stopped = False

    def at_hand(self, names: Iterable[str]) -> dict[str, Unpacked | BundleError]:
        """What is on the shelf, found and checked at once: for the start."""
        return {name: self._at_hand(name) for name in dict.fromkeys(names)}

    def wanted(self, names: Iterable[str]) -> Deferred[dict[str, Arrived]]:
        """The newest of each. All are asked for at once, each one once; never fails.

        Those that came do not count for the next start until :meth:`settle` is told that they
        are at work: what is in them may yet be of no use.
        Whoever asks while others are being waited for, waits for those first.
        """
        arrived: Deferred[dict[str, Arrived]] = self._one_by_one.run(
            self._all, tuple(dict.fromkeys(names))
        )
        return arrived

    def settle(self, at_work: Collection[Path], used: Collection[Path]) -> Deferred[None]:
        """Have what is at work be the last good versions, and remove what nobody uses any more.

        It never fails, and says why it cannot.

        :param at_work: folders of bundles that new requests meet.
        :param used: those, and others that requests are still under way in.
        """
        brought, self._brought = self._brought, {}
        kept = [each for each in brought.values() if each.folder in at_work]
        settled: Deferred[None] = self._one_by_one.run(self._in_thread, self._settled, kept, used)
        return settled.addErrback(
            lambda failure: self.log.warn(
                "old bundles could not be removed: {error}", error=failure.value
            )
        )

    def stop(self) -> None:
        """Give up what is under way, and let other gateways remove what this one used."""
        self._stopped = True
        for each in tuple(self._under_way):
            each.cancel()
        self._shelf.close()

    def _settled(self, kept: Collection[Unpacked], used: Collection[Path]) -> None:
        for each in kept:
            try:
                self._shelf.keep(each)
            except BundleError as error:
                self.log.error("the next start finds an older version: {error}", error=error)
        self._shelf.sweep(used)
        if self._fetcher is not None:
            self._fetcher.sweep()

    def _at_hand(self, name: str) -> Unpacked | BundleError:
        try:
            found = self._shelf.current(name)
        except BundleError as error:
            return error
        if found is not None:
            return found
        if self._fetcher is None:
            return BundleError(f"bundle {name}: Bundle downloader is disabled")
        return NotYet(f"bundle {name}: it has not been fetched yet")

    @inlineCallbacks
    def _all(self, names: tuple[str, ...]) -> Any:
        at_a_time = DeferredSemaphore(_AT_A_TIME)
        found = yield gatherResults([at_a_time.run(self._one, name) for name in names])
        return dict(zip(names, found, strict=True))

    @inlineCallbacks
    def _one(self, name: str) -> Any:
        """Never fails."""
        held: Unpacked | None = None
        try:
            at_hand = yield self._in_thread(self._at_hand, name)
            if not isinstance(at_hand, BundleError):
                held = at_hand
            if self._fetcher is not None:
                newest = yield self._newest(self._fetcher, name, held)
                return Arrived(newest)
            return Arrived(held, "" if held else str(at_hand))
        except (NotFetched, CancelledError) as error:
            why = str(error) or "given up"
            problem = f"bundle {name}: Couldn't fetch bundle: {why}"
        except BundleError as error:
            problem = str(error)
        except Exception as error:
            self.log.failure("bundle {name}", name=name)
            problem = f"bundle {name}: {type(error).__name__}: {error}"
        return Arrived(held, problem)

    @inlineCallbacks
    def _newest(self, fetcher: Fetcher, name: str, held: Unpacked | None) -> Any:
        if self._stopped:
            raise NotFetched("given up")
        fetching = fetcher.fetch(name, held.etag if held else "")
        self._under_way.add(fetching)
        try:
            fetched = yield fetching
        finally:
            self._under_way.discard(fetching)
        if fetched is None:
            return held
        newest = yield self._in_thread(self._put, name, fetched)
        self._brought[name] = newest
        if held is not None and held.sha256 == newest.sha256:
            return newest
        self.log.info("bundle {name}: {sha256} has arrived", name=name, sha256=newest.sha256[:12])
        return newest

    def _put(self, name: str, fetched: Fetched) -> Unpacked:
        """In a thread."""
        try:
            return self._shelf.put(name, fetched.file, fetched.etag, fetched.source)
        finally:
            fetched.file.unlink(missing_ok=True)
