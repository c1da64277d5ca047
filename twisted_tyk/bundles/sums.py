"""Checksums of a bundle's files: Tyk's over all of them, and one of each."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from attrs import field, frozen

_BLOCK: Final = 1024 * 1024


@frozen
class Sums:
    """:ivar checksum: MD5 of all contents one after the other, as hexadecimal digits.
    :ivar digest: SHA-256 of the same: what Tyk's signature is over.
    :ivar sha256: of each file, as hexadecimal digits.
    """

    checksum: str
    digest: bytes
    sha256: Mapping[str, str]


@frozen
class Summing:
    """Adds contents up while they pass by, one file after the other."""

    _md5: hashlib._Hash = field(factory=lambda: hashlib.md5(usedforsecurity=False), init=False)
    _whole: hashlib._Hash = field(factory=hashlib.sha256, init=False)
    _each: dict[str, str] = field(factory=dict, init=False)

    def passing(self, name: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """The same blocks. The file counts when all have been taken."""
        own = hashlib.sha256()
        for block in blocks:
            for digest in (self._md5, self._whole, own):
                digest.update(block)
            yield block
        self._each[name] = own.hexdigest()

    def sums(self) -> Sums:
        """Of the files so far."""
        return Sums(self._md5.hexdigest(), self._whole.digest(), dict(self._each))


def blocks_of(file: Path) -> Iterator[bytes]:
    """The content of a file. :raises OSError: when it can not be read."""
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block


def sums_of(folder: Path, names: Iterable[str]) -> Sums:
    """Of files in a folder, in this order. It takes as long as reading them does.

    :raises OSError: when one can not be read.
    """
    summing = Summing()
    for name in names:
        for _ in summing.passing(name, blocks_of(folder / name)):
            pass
    return summing.sums()
