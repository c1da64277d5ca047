"""The bundles that APIs want: fetched, checked, and the last good ones where that fails."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from twisted.internet.defer import (
    Deferred,
    DeferredLock,
    gatherResults,
    inlineCallbacks,
)
from twisted.logger import Logger

from twisted_tyk.bundles.bringing import Arrived, Bringing
from twisted_tyk.bundles.fetch import Fetcher
from twisted_tyk.bundles.problem import BundleError, NotYet
from twisted_tyk.bundles.shelf import Shelf, Unpacked
from twisted_tyk.bundles.turns import Turns


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
        :param fetcher: ``None`` when ``enable_bundle_downloader`` is off.
        :param in_thread: calls a function in a thread.
        """
        self._shelf = shelf
        self._fetcher = fetcher
        self._in_thread = in_thread
        # What is being put there looks like what nobody uses.
        self._alone = DeferredLock()
        self._bringing = Bringing(shelf, fetcher, in_thread, self._alone)
        self._turns: dict[str, Turns[Arrived]] = {}
        #: The last that came.
        self._arrived: dict[str, Arrived] = {}
        #: Folders, as :meth:`settle` was told last.
        self._used: set[Path] = set()

    def at_hand(self, names: Iterable[str]) -> dict[str, Unpacked | BundleError]:
        """What is on the shelf, found and checked at once: for the start."""
        return {name: self._bringing.at_hand(name) for name in dict.fromkeys(names)}

    def ask(self, names: Iterable[str]) -> Deferred[None]:
        """Look for newer ones, of all these at once; forget others.

        :returns: fires when each of them has come, or can not be had; it never fails. Where
            one is being waited for since earlier, it is asked for once more after that: what
            was published before this call has been seen when this fires.
        """
        wanted = dict.fromkeys(names)
        # One that is under way goes on; beside it there must be no other.
        idle = {name: turns for name, turns in self._turns.items() if not turns.busy}
        for name in idle.keys() - wanted.keys():
            del self._turns[name]
        for known in (self._arrived, self._bringing.brought):
            for name in known.keys() - wanted.keys():
                del known[name]
        turns = [self._turns.setdefault(name, self._turns_of(name)).ask() for name in wanted]
        return gatherResults(turns, consumeErrors=True).addCallback(lambda _: None)

    def arrived(
        self, names: Iterable[str], older: bool = False
    ) -> dict[str, Arrived | BundleError]:
        """What has come of them by now, and :class:`NotYet` of the others.

        :param older: also what came last of those that were asked for once more since.

        Those that came do not count for the next start until :meth:`settle` is told that they
        are at work: what is in them may yet be of no use.
        """
        return {
            name: (self._arrived.get(name) if older or self._is_newest(name) else None)
            or NotYet(f"bundle {name}: it is being fetched")
            for name in names
        }

    def settle(self, at_work: Collection[Path], used: Collection[Path]) -> Deferred[None]:
        """Have what is at work be the last good versions, and remove what nobody uses any more.

        What has come stays until something newer has. It is no last good version while some API
        goes on with an older one. It never fails, and says why it cannot.

        :param at_work: folders of bundles that new requests meet.
        :param used: those, and others that requests are still under way in.
        """
        brought = self._bringing.brought
        kept = [each for each in brought.values() if self._is_good(each, at_work)]
        for each in kept:
            del brought[each.name]
        self._used = set(used)
        settled: Deferred[None] = self._alone.run(self._settled, kept)
        return settled.addErrback(
            lambda failure: self.log.warn(
                "old bundles could not be removed: {error}", error=failure.value
            )
        )

    def stop(self) -> None:
        """Give up what is under way, and let other gateways remove what this one used."""
        self._bringing.stop()
        self._shelf.close()

    def _is_newest(self, name: str) -> bool:
        """Whether nobody waits for a newer one."""
        turns = self._turns.get(name)
        return turns is not None and not turns.busy

    def _is_good(self, unpacked: Unpacked, at_work: Collection[Path]) -> bool:
        """Whether all that have the bundle at work have this version of it."""
        place = self._shelf.place(unpacked.name)
        return {each for each in at_work if place in (each, each.parent)} == {unpacked.folder}

    def _turns_of(self, name: str) -> Turns[Arrived]:
        return Turns(partial(self._brings, name))

    @inlineCallbacks
    def _brings(self, name: str) -> Any:
        arrived = yield self._bringing.bring(name)
        self._arrived[name] = arrived
        return arrived

    @inlineCallbacks
    def _settled(self, kept: Collection[Unpacked]) -> Any:
        bringing = self._bringing
        # As it is by now: others may have been put to work while this waited for the shelf.
        used = set(self._used)
        used |= {each.unpacked.folder for each in self._arrived.values() if each.unpacked}
        used |= {each.folder for each in bringing.brought.values()}
        used.update(bringing.held.values())
        yield self._in_thread(self._tidied, kept, used)

    def _tidied(self, kept: Collection[Unpacked], used: Collection[Path]) -> None:
        """In a thread."""
        for each in kept:
            try:
                self._shelf.keep(each)
            except BundleError as error:
                self.log.error("the next start finds an older version: {error}", error=error)
        self._shelf.sweep(used)
        if self._fetcher is not None:
            self._fetcher.sweep()
