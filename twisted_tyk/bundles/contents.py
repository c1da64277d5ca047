"""The contents of files in a ZIP archive, inflated never beyond the size that it says."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from attrs import frozen

from twisted_tyk.bundles.zipform import Malformed

_BLOCK: Final = 256 * 1024


@frozen
class Member:
    """A file in an archive: what its headers say, and where its content begins and ends."""

    size: int
    crc: int
    stored: bool
    begin: int
    packed: int


def content_of(file: BinaryIO, member: Member) -> Iterator[bytes]:
    """What is in a file, block by block.

    :param file: the archive; nobody else reads it meanwhile.
    :raises Malformed: when it is not what its headers say, which is seen at its end.
    """
    size = crc = 0
    for block in _stored(file, member) if member.stored else _inflated(file, member):
        size += len(block)
        if size > member.size:
            raise Malformed(f"is larger than the {member.size} bytes that the archive says")
        crc = zlib.crc32(block, crc)
        yield block
    if size != member.size:
        raise Malformed(f"has {size} bytes, the archive says {member.size}")
    if crc != member.crc:
        raise Malformed("is damaged: its CRC-32 is not the one that the archive says")


def _stored(file: BinaryIO, member: Member) -> Iterator[bytes]:
    file.seek(member.begin)
    left = member.packed
    while left:
        block = file.read(min(left, _BLOCK))
        if not block:
            raise Malformed("is not whole")
        left -= len(block)
        yield block


def _inflated(file: BinaryIO, member: Member) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = _stored(file, member)
    while not inflate.eof:
        # What a small input swells to comes out in more than one piece.
        given = inflate.unconsumed_tail or next(packed, b"")
        try:
            block = inflate.decompress(given, _BLOCK)
        except zlib.error:
            raise Malformed("cannot be inflated") from None
        if block:
            yield block
        elif not given:
            raise Malformed("is not whole")
    if inflate.unused_data or next(packed, b""):
        raise Malformed("has bytes after the end of its content")
