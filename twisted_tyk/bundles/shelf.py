"""The bundles on disk, each version in a folder of its own.

::

    <md5 of the name>/<sha256 of the archive>/...   a generation: what was in the archive
    <md5 of the name>/current.json                  which one is the last good one
    <md5 of the name>/manifest.json ...             one laid there by hand, as Tyk has it

A generation never changes, so what runs from one is not disturbed by the next.
Gateways may share the folder: each holds a lock on the generations it uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from twisted_tyk.bundles.archive import LIMITS, Limits
from twisted_tyk.bundles.current import CURRENT, Current, read_current, write_current
from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.guard import guard
from twisted_tyk.bundles.locks import Holds, alone_in
from twisted_tyk.bundles.manifest import MANIFEST, BundleManifest
from twisted_tyk.bundles.opening import blocks_of
from twisted_tyk.bundles.problem import BundleError, disk_error
from twisted_tyk.bundles.sweep import clear_left, kept_in, places_in, remove, sweep
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.unpack import checked, unpack

#: How often another gateway may go on to the next generation while this one opens one.
_TRIES: Final = 100
_DISK: Final = Disk()


@frozen
class Unpacked:
    """A bundle that can be used.

    :ivar name: as its API has it.
    :ivar folder: the files of its ``file_list`` and ``manifest.json``.
    :ivar sha256: of its archive, as hexadecimal digits; empty when it was laid there by hand.
    :ivar etag: a :class:`~twisted_tyk.bundles.source.Version` as text, which tells this version
        from others; empty when nothing does.
    :ivar url: where it came from, for whoever looks at ``current.json``.
    """

    name: str
    folder: Path
    manifest: BundleManifest
    sha256: str
    etag: str
    url: str = ""


class Shelf:
    """The folder ``bundles`` of ``middleware_path``. Its methods may be called in any thread."""

    def __init__(
        self,
        folder: Path,
        trust: Trust,
        *,
        skip_verify: bool = False,
        limits: Limits = LIMITS,
        disk: Disk = _DISK,
    ) -> None:
        """:param folder: it is made when something is put in it.
        :param skip_verify: do not check signatures of what is there already; sums always are.
        """
        self._folder = folder
        self._trust = trust
        self._present = Trust() if skip_verify else trust
        self._limits = limits
        self._disk = disk
        self._holds = Holds()

    def place(self, name: str) -> Path:
        """The folder of all that is there of a bundle."""
        digest = hashlib.md5(name.encode("utf-8", "surrogateescape"), usedforsecurity=False)
        return self._folder / digest.hexdigest()

    def names(self) -> list[str]:
        """Of the bundles that came here; those laid there by hand have none to be read."""
        found = []
        for place in places_in(self._folder):
            with suppress(BundleError):
                current = read_current(place)
                found += [current.name] if current else []
        return sorted(found)

    def current(self, name: str) -> Unpacked | None:
        """The last good version; ``None`` when there is none. It takes as long as reading it.

        No gateway sweeps it until :meth:`sweep` of this one is called without it.

        :raises BundleError: when what is there is not what was put there, or has no good
            signature.
        """
        place = self.place(name)
        try:
            return self._current(name, place)
        except OSError as error:
            raise BundleError(f"{name}: cannot be used from {place}: {error.strerror}") from None

    def put(self, name: str, archive: Path, etag: str, url: str = "") -> Unpacked:
        """Unpack a version beside the last good one. Call it in a thread.

        No gateway sweeps it until :meth:`sweep` of this one is called without it.

        :param etag: a :class:`~twisted_tyk.bundles.source.Version` as text, or empty.
        :param url: where it came from, without what may be secret.
        :raises BundleError: when it is not good, or the disk is not; then nothing of it is
            left.
        """
        place = self.place(name)
        digest = _digest(archive, name, self._limits.archive)
        folder = place / digest
        try:
            with alone_in(place, self._disk.place):
                try:
                    guard(self._trust, name, self._folder, place)
                    clear_left(place, self._disk)
                    manifest = self._generation(name, archive, folder)
                    self._holds.hold(folder)
                finally:
                    self._disk.abandon(place)
        except OSError as error:
            raise disk_error(name, place, error) from None
        return Unpacked(name, folder, manifest, digest, etag, url)

    def keep(self, unpacked: Unpacked) -> None:
        """What was put becomes the last good one: its hooks are at work. Call it in a thread.

        :raises BundleError: when the disk is not good; the one before is then still the last
            good one.
        """
        name, place = unpacked.name, self.place(unpacked.name)
        current = Current(name, unpacked.sha256, unpacked.etag, unpacked.url)
        try:
            with alone_in(place, self._disk.place):
                clear_left(place, self._disk)
                write_current(place, current, self._disk)
        except OSError as error:
            raise disk_error(name, place, error) from None

    def sweep(self, used: Collection[Path]) -> None:
        """Remove generations that no gateway uses, and what crashes left.

        The last good version of each bundle stays, for the next start. Do not call it
        between :meth:`put` and the use of what that gave.

        :param used: the folders that this gateway goes on using.
        :raises BundleError: when something can not be removed; the rest is.
        """
        self._holds.keep_only(used)
        wrong: list[OSError] = []
        try:
            places = places_in(self._folder)
        except OSError as error:
            raise BundleError(f"{self._folder}: cannot be swept: {error.strerror}") from None
        for place in places:
            try:
                sweep(place, self._disk)
            except OSError as error:
                wrong.append(error)
        if wrong:
            shown = wrong[0].filename or self._folder
            raise BundleError(f"{shown}: cannot be removed: {wrong[0].strerror}")

    def close(self) -> None:
        """Let other gateways remove what this one used."""
        self._holds.keep_only(())

    def _current(self, name: str, place: Path) -> Unpacked | None:
        for _ in range(_TRIES):
            found = read_current(place)
            if found is None:
                return self._by_hand(name, place)
            if found.name != name:
                raise BundleError(f"{place / CURRENT}: is of another bundle than {name}")
            folder = place / found.sha256
            if self._holds.hold(folder):
                guard(self._present, name, self._folder, place, folder)
                manifest = checked(folder, BundleManifest, self._present, tidy=True)
                return Unpacked(name, folder, manifest, found.sha256, found.etag, found.url)
            if read_current(place) == found:
                raise BundleError(f"{place / CURRENT}: the folder {folder} is missing")
        raise BundleError(f"{place}: others change it all the while")

    def _by_hand(self, name: str, place: Path) -> Unpacked | None:
        if not (place / MANIFEST).exists():
            return None
        guard(self._present, name, self._folder, place)
        ours = {entry.name for entry in kept_in(place)}
        manifest = checked(place, BundleManifest, self._present, ignored=ours, tidy=True)
        return Unpacked(name, place, manifest, "", "")

    def _generation(self, name: str, archive: Path, folder: Path) -> BundleManifest:
        """One that is there already is used if it is still what it was."""
        if folder.exists():
            try:
                return checked(folder, BundleManifest, self._trust, tidy=True)
            except BundleError:
                remove(folder, self._disk)
        return unpack(
            archive,
            folder,
            BundleManifest,
            self._trust,
            self._limits,
            shown=name,
            disk=self._disk,
        )


def _digest(archive: Path, shown: str, most: int) -> str:
    digest = hashlib.sha256()
    for block in blocks_of(archive, shown, most):
        digest.update(block)
    return digest.hexdigest()
