"""What a ZIP archive holds, read without believing it.

:mod:`zipfile` reads the central directory. Everything it says is compared with
the rest of the archive.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from attrs import frozen

from twisted_tyk.bundles.contents import Member, content_of
from twisted_tyk.bundles.manifest import MANIFEST
from twisted_tyk.bundles.members import wrong_kind
from twisted_tyk.bundles.names import clash, plain, quoted_name, wrong_name
from twisted_tyk.bundles.opening import open_archive
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.zipform import Malformed, find_content, find_directory

#: Bytes up to which any compression is believed.
_SMALL: Final = 1024 * 1024


@frozen
class Limits:
    """What is more than a bundle can need.

    :ivar archive: bytes of it.
    :ivar members: files and folders in it.
    :ivar file: bytes of one file.
    :ivar total: bytes of all files.
    :ivar manifest: bytes of the manifest.
    :ivar ratio: how many times as large as in the archive a file of more than 1 MiB is.
    """

    archive: int = 1024 * 1024 * 1024
    members: int = 10_000
    file: int = 512 * 1024 * 1024
    total: int = 1024 * 1024 * 1024
    manifest: int = 1024 * 1024
    ratio: int = 200


LIMITS: Final = Limits()


@frozen
class Archive:
    """An open archive whose form, names and sizes are good.

    :ivar shown: what messages call it.
    :ivar files: by their plain names.
    :ivar folders: that are named themselves.
    """

    shown: str
    files: Mapping[str, Member]
    folders: frozenset[str]
    _file: BinaryIO

    def content(self, name: str) -> Iterator[bytes]:
        """What is in a file, block by block; one at a time of an archive.

        :raises BundleError: when it is not what its headers say, which is seen at its end.
        """
        try:
            yield from content_of(self._file, self.files[name])
        except Malformed as error:
            raise BundleError(f"{self.shown}: {quoted_name(name)} {error}") from None
        except OSError as error:
            raise BundleError(f"{self.shown}: cannot be read: {error.strerror}") from None


@contextmanager
def opened(archive: Path, shown: str, limits: Limits = LIMITS) -> Iterator[Archive]:
    """Open an archive, and look at all of it but the contents.

    :raises BundleError: when anything is not as a bundle should be.
    """
    with open_archive(archive, shown, limits.archive) as (file, size):
        yield _examined(file, size, shown, limits)


def _examined(file: BinaryIO, size: int, shown: str, limits: Limits) -> Archive:
    try:
        directory = find_directory(file, size, limits.members)
        infos = _infos(file)
    except Malformed as error:
        raise BundleError(f"{shown}: {error}") from None
    except OSError as error:
        raise BundleError(f"{shown}: cannot be read: {error.strerror}") from None
    if len(infos) != directory.count:
        raise BundleError(f"{shown}: has {len(infos)} members, its end says {directory.count}")
    files: list[tuple[str, Member]] = []
    folders: list[str] = []
    place = total = 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        try:
            begin, end = find_content(file, info, place)
            if end > directory.start:
                raise Malformed("is not whole")
            _check_size(info, limits)
        except Malformed as error:
            raise BundleError(f"{shown}: {quoted_name(info.orig_filename)} {error}") from None
        place = end
        total += info.file_size
        if total > limits.total:
            raise BundleError(
                f"{shown}: its files have more than {limits.total} bytes up to "
                f"{quoted_name(info.orig_filename)}"
            )
        name = _name(info, shown)
        if info.orig_filename.endswith("/"):
            folders.append(name)
        else:
            stored = info.compress_type == ZIP_STORED
            member = Member(info.file_size, info.CRC, stored, begin, info.compress_size)
            files.append((name, member))
    if place != directory.start:
        raise BundleError(f"{shown}: has bytes between its last member and its directory")
    name, reason = clash((name for name, _ in files), folders)
    if reason:
        raise BundleError(f"{shown}: {quoted_name(name)} {reason}")
    return Archive(shown, dict(files), frozenset(folders), file)


def _infos(file: BinaryIO) -> list[ZipInfo]:
    try:
        return ZipFile(file).infolist()
    except (BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise Malformed("has a name in it that is not the UTF-8 it says it is") from None
        raise Malformed(f"has a damaged directory: {error}") from None


def _name(info: ZipInfo, shown: str) -> str:
    given = info.orig_filename
    name = plain(given.removesuffix("/"))
    if reason := wrong_name(name):
        raise BundleError(f"{shown}: invalid file path in archive: {quoted_name(given)}: {reason}")
    if reason := wrong_kind(info):
        raise BundleError(f"{shown}: {quoted_name(given)}: {reason}")
    return name


def _check_size(info: ZipInfo, limits: Limits) -> None:
    most = limits.manifest if plain(info.orig_filename) == MANIFEST else limits.file
    if info.file_size > most:
        raise Malformed(f"has {info.file_size} bytes, expected at most {most}")
    if info.compress_type == ZIP_STORED and info.file_size != info.compress_size:
        raise Malformed("is stored as it is with another size than its own")
    if info.file_size > max(_SMALL, info.compress_size * limits.ratio):
        raise Malformed(
            f"grows from {info.compress_size} to {info.file_size} bytes, "
            f"expected at most {limits.ratio} times the size"
        )
