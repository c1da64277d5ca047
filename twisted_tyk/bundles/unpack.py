"""An archive made into a folder: whole, checked and safe from power cuts, or not at all."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from twisted_tyk.bundles.archive import LIMITS, Archive, Limits, opened
from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.manifest import MANIFEST, M, read_manifest
from twisted_tyk.bundles.names import quoted_name
from twisted_tyk.bundles.problem import BundleError, disk_error
from twisted_tyk.bundles.sums import Summing, sums_of
from twisted_tyk.bundles.trust import Trust
from twisted_tyk.bundles.walk import is_file, walk

_DISK: Final = Disk()


def unpack(
    archive: Path,
    into: Path,
    kind: type[M],
    trust: Trust,
    limits: Limits = LIMITS,
    *,
    shown: str = "",
    disk: Disk = _DISK,
) -> M:
    """Unpack an archive to a folder of its own, which is not there before.

    The files are written, checked and settled in a folder beside it, which then gets its
    name. So it holds everything or it is not there, also after a power cut, which may
    leave a folder ``new-…`` beside it. Folders get mode 0700, files 0600. It takes as long
    as writing does: call it in a thread.

    :param kind: of manifest.
    :param shown: what messages call the archive, by default its name.
    :raises BundleError: when the archive is not good, or the disk is not; then nothing of
        it is left.
    """
    shown = shown or archive.name
    if os.path.lexists(into):
        raise BundleError(f"{shown}: cannot be unpacked to {into}: there is something already")
    with opened(archive, shown, limits) as source:
        content = _manifest_of(source)
        manifest, document = read_manifest(content, kind, f"{shown}/{MANIFEST}")
        _match(source, manifest.file_list)
        try:
            new = disk.temporary(into.parent)
            try:
                summing = Summing()
                _write(source, new, manifest.file_list, summing, disk)
                trust.check(manifest, document, summing.sums())
                disk.rename(new, into)
                disk.settle_folder(into.parent)
            except BaseException:
                with suppress(OSError):
                    disk.clear(new)
                    disk.clear(into)
                raise
        except OSError as error:
            raise disk_error(shown, into, error) from None
    return manifest


def checked(
    folder: Path,
    kind: type[M],
    trust: Trust,
    *,
    ignored: Collection[str] = (),
    tidy: bool = False,
) -> M:
    """Look at a folder as :func:`unpack` does at an archive. It takes as long as reading does.

    :param ignored: names right in it that do not count.
    :param tidy: remove what Python compiled there, which nothing vouches for.
    :raises BundleError: when a file is missing, is not as the manifest says, or is not in it.
    """
    try:
        with open(folder / MANIFEST, "rb") as file:
            content = file.read(LIMITS.manifest + 1)
        if len(content) > LIMITS.manifest:
            raise BundleError(f"{folder / MANIFEST}: has more than {LIMITS.manifest} bytes")
        manifest, document = read_manifest(content, kind, str(folder / MANIFEST))
        found = set(_found(folder, ignored))
        if tidy:
            found -= _removed(folder, found - set(manifest.file_list))
        _compare(str(folder), found - {MANIFEST}, manifest.file_list)
        trust.check(manifest, document, sums_of(folder, manifest.file_list))
    except OSError as error:
        shown = error.filename or folder
        raise BundleError(f"{shown}: cannot be read: {error.strerror}") from None
    return manifest


def _manifest_of(source: Archive) -> bytes:
    if MANIFEST not in source.files:
        raise BundleError(f"{source.shown}: there is no {MANIFEST} in it")
    return b"".join(source.content(MANIFEST))


def _match(source: Archive, listed: Iterable[str]) -> None:
    names = frozenset(listed)
    _compare(source.shown, source.files.keys() - {MANIFEST}, names)
    needed = frozenset(_folders(names))
    for folder in sorted(source.folders - needed):
        raise BundleError(
            f"{source.shown}: {quoted_name(folder + '/')} is a folder of no listed file"
        )


def _compare(shown: str, found: Collection[str], listed: Collection[str]) -> None:
    for name in sorted(set(listed) - set(found)):
        raise BundleError(f"{shown}: {quoted_name(name)} is in file_list, but not there")
    for name in sorted(set(found) - set(listed)):
        raise BundleError(f"{shown}: {quoted_name(name)} is not in the file_list of {MANIFEST}")


def _folders(names: Iterable[str]) -> Iterator[str]:
    """The folders that files are in."""
    for name in names:
        while "/" in name:
            name = name.rpartition("/")[0]
            yield name


def _write(
    source: Archive, new: Path, listed: Collection[str], summing: Summing, disk: Disk
) -> None:
    folders = sorted(frozenset(_folders(listed)))
    for folder in folders:
        disk.folder(new / folder)
    for name in (*listed, MANIFEST):
        blocks = source.content(name)
        with disk.create(new / name) as file:
            for block in blocks if name == MANIFEST else summing.passing(name, blocks):
                file.write(block)
            disk.settle(file)
    for folder in (*reversed(folders), ""):
        disk.settle_folder(new / folder)


def _found(folder: Path, ignored: Collection[str]) -> Iterator[str]:
    """The files in a folder and in those in it. :raises BundleError: for anything else."""
    for name, status in walk(folder, lambda name, _: name in ignored):
        if is_file(name, status, str(folder)):
            yield name


def _removed(folder: Path, strays: Collection[str]) -> set[str]:
    """Remove modules that Python compiled; those that are gone."""
    compiled = {name for name in strays if PurePosixPath(name).match("__pycache__/*.pyc")}
    for name in compiled:
        (folder / name).unlink(missing_ok=True)
    return compiled
