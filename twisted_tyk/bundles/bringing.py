"""One bundle, brought onto the shelf when there is a newer one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field, frozen
from twisted.internet.defer import CancelledError, Deferred, DeferredLock, inlineCallbacks
from twisted.logger import Logger

from twisted_tyk.bundles.fetch import Fetched, Fetcher
from twisted_tyk.bundles.problem import BundleError, NotYet
from twisted_tyk.bundles.shelf import Shelf, Unpacked
from twisted_tyk.bundles.source import NotFetched


@frozen
class Arrived:
    """What has come of a bundle.

    :ivar unpacked: to work with, or ``None`` when there is none. With a problem it is the last
        good one, which goes on.
    :ivar problem: a sentence that names the bundle; empty when ``unpacked`` is the newest.
    """

    unpacked: Unpacked | None
    problem: str = ""


@define(eq=False)
class Bringing:
    """In the reactor thread; what takes long is done in others.

    :ivar fetcher: ``None`` when ``enable_bundle_downloader`` is off. Then only what is on the
        shelf is there, laid there by hand or by a download of earlier.
    :ivar in_thread: calls a function in a thread.
    :ivar alone: is held while the shelf is at work.
    :ivar brought: the newest that was put there, by name; whoever puts it to work removes it.
    :ivar held: folders that must stay until it is known whether there is a newer one.
    """

    shelf: Shelf
    fetcher: Fetcher | None
    in_thread: Callable[..., Deferred[Any]]
    alone: DeferredLock
    brought: dict[str, Unpacked] = field(factory=dict, init=False)
    held: dict[str, Path] = field(factory=dict, init=False)
    _under_way: set[Deferred[Any]] = field(factory=set, init=False)
    _stopped: bool = field(default=False, init=False)

    log = Logger()

    def at_hand(self, name: str) -> Unpacked | BundleError:
        """What is on the shelf, found and checked. It takes as long as reading it."""
        try:
            found = self.shelf.current(name)
        except BundleError as error:
            return error
        if found is not None:
            return found
        if self.fetcher is None:
            return BundleError(f"bundle {name}: Bundle downloader is disabled")
        return NotYet(f"bundle {name}: it has not been fetched yet")

    @inlineCallbacks
    def bring(self, name: str) -> Any:
        """Ask for it: a Deferred that fires with an :class:`Arrived`, and never fails."""
        held: Unpacked | None = None
        try:
            if self._stopped:
                raise NotFetched("given up")
            at_hand = yield self.alone.run(self._look, name)
            if not isinstance(at_hand, BundleError):
                held = at_hand
            if self.fetcher is not None:
                newest = yield self._newest(self.fetcher, name, held)
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
        finally:
            self.held.pop(name, None)
        return Arrived(held, problem)

    def stop(self) -> None:
        """Give up what is under way, and fetch no more."""
        self._stopped = True
        for each in tuple(self._under_way):
            each.cancel()

    @inlineCallbacks
    def _newest(self, fetcher: Fetcher, name: str, held: Unpacked | None) -> Any:
        fetching = fetcher.fetch(name, held.etag if held else "")
        self._under_way.add(fetching)
        try:
            fetched = yield fetching
        finally:
            self._under_way.discard(fetching)
        if fetched is None:
            return held
        newest = yield self.alone.run(self._put, name, fetched)
        if held is None or held.sha256 != newest.sha256:
            digest = newest.sha256[:12]
            self.log.info("bundle {name}: {sha256} has arrived", name=name, sha256=digest)
        return newest

    @inlineCallbacks
    def _look(self, name: str) -> Any:
        found = yield self.in_thread(self.at_hand, name)
        if not isinstance(found, BundleError):
            self.held[name] = found.folder
        return found

    @inlineCallbacks
    def _put(self, name: str, fetched: Fetched) -> Any:
        newest = yield self.in_thread(self._on_the_shelf, name, fetched)
        self.brought[name] = newest
        return newest

    def _on_the_shelf(self, name: str, fetched: Fetched) -> Unpacked:
        """In a thread."""
        try:
            return self.shelf.put(name, fetched.file, fetched.etag, fetched.source)
        finally:
            fetched.file.unlink(missing_ok=True)
