"""The parts of a ZIP archive, and that there is nothing before, between or after them.

Programs differ in which parts they believe. Here all have to agree, and to lie
one after the other without a gap, so that every program sees the same files.
"""

from __future__ import annotations

import struct
from typing import BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipInfo

from attrs import frozen

_END: Final = struct.Struct("<4s4H2LH")
_HEADER: Final = struct.Struct("<4s5H3L2H")
_AFTER: Final = struct.Struct("<3L")
_END_MARK: Final = b"PK\x05\x06"
_HEADER_MARK: Final = b"PK\x03\x04"
_AFTER_MARK: Final = b"PK\x07\x08"
_LARGE_MARK: Final = b"PK\x06\x07"
_LARGE_MARK_SIZE: Final = 20
#: Flags: encrypted; sizes follow the content; the name is UTF-8; how deflate went about it.
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_SIZES_FOLLOW: Final = 0x8
_UTF8: Final = 0x800
_KNOWN: Final = _SIZES_FOLLOW | _UTF8 | 0x6
#: Bytes from the end in which it can be told from another file.
_TAIL: Final = 65536 + _END.size
#: Bytes of one member in the directory, for a bound on it.
_ENTRY: Final = 4096


class Malformed(Exception):
    """Not a ZIP archive as it should be. The text starts with what it is about."""


@frozen
class Directory:
    """:ivar start: where the central directory is.
    :ivar count: of its members.
    """

    start: int
    count: int


def find_directory(file: BinaryIO, size: int, most: int) -> Directory:
    """Find the central directory of an archive of ``size`` bytes.

    :param most: members that it may have.
    :raises Malformed: when there is something else than one archive.
    """
    file.seek(0)
    start = file.read(4)
    if not start:
        raise Malformed("is empty, expected a ZIP archive")
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    here = tail.rfind(_END_MARK)
    if here < 0 or len(tail) - here < _END.size:
        if start == _HEADER_MARK[: len(start)]:
            raise Malformed("is not whole: the end of the ZIP archive is missing")
        raise Malformed("is not a ZIP archive")
    if len(tail) - here > _END.size:
        raise Malformed(f"has {len(tail) - here - _END.size} bytes after its end")
    _, disk, disk_of, count, total, length, offset, _ = _END.unpack(tail[here:])
    if tail[here - _LARGE_MARK_SIZE : here].startswith(_LARGE_MARK) or 0xFFFFFFFF in (
        length,
        offset,
    ):
        raise Malformed("has the ZIP64 form, which nothing of this size needs")
    if disk or disk_of or count != total:
        raise Malformed("is one of several parts of an archive")
    if count > most or length > most * _ENTRY:
        raise Malformed(f"has {count} members, expected at most {most}")
    end = size - _END.size
    if offset + length != end:
        raise Malformed(
            "has bytes before its start or between its parts"
            if offset + length < end
            else "is not whole: parts of the ZIP archive are missing"
        )
    return Directory(offset, count)


def find_content(file: BinaryIO, info: ZipInfo, start: int) -> tuple[int, int]:
    """Where the content of a member begins, and where the next member does.

    :param info: what the central directory says, believed nowhere.
    :param start: where its own header has to be.
    :raises Malformed: when it is not there, or says something else.
    """
    if info.header_offset != start:
        raise Malformed("has bytes before it that no member has, or shares some with another")
    if info.flag_bits & _ENCRYPTED:
        raise Malformed("is encrypted")
    if info.flag_bits & ~_KNOWN:
        raise Malformed(f"has unknown flags {info.flag_bits:#06x}")
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise Malformed(
            f"has the compression method {info.compress_type}, expected 0 (stored) or 8 (deflated)"
        )
    header = _read(file, start, _HEADER.size)
    mark, _, flags, method, _, _, crc, packed, size, name_length, extra = _HEADER.unpack(header)
    if mark != _HEADER_MARK:
        raise Malformed("has no header of its own where the directory says")
    name = _read(file, start + _HEADER.size, name_length)
    wanted = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
    if name != wanted:
        raise Malformed("has another name in its own header")
    if (flags, method) != (info.flag_bits, info.compress_type):
        raise Malformed("has another compression or other flags in its own header")
    told = (info.CRC, info.compress_size, info.file_size)
    follow = bool(flags & _SIZES_FOLLOW)
    if (crc, packed, size) != told and not (follow and (crc, packed, size) == (0, 0, 0)):
        raise Malformed("has other sizes or another checksum in its own header")
    begin = start + _HEADER.size + name_length + extra
    end = begin + info.compress_size
    if follow:
        end += _length_after(file, end, told)
    return begin, end


def _length_after(file: BinaryIO, place: int, told: tuple[int, int, int]) -> int:
    """Of the sizes that follow a content; a mark before them is usual and not required."""
    file.seek(place)
    found = file.read(4 + _AFTER.size)
    for mark in (_AFTER_MARK, b""):
        if found.startswith(mark + _AFTER.pack(*told)):
            return len(mark) + _AFTER.size
    raise Malformed("has other sizes or another checksum after its content")


def _read(file: BinaryIO, place: int, length: int) -> bytes:
    file.seek(place)
    content = file.read(length)
    if len(content) < length:
        raise Malformed("is not whole")
    return content
