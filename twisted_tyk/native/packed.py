"""Packed strings, the form in which services take and give: a count, lengths, bytes.

Numbers are 32 bits in the byte order of the machine; see ``sdk/c/tyk_plugin.h``.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import Struct, pack_into, unpack_from
from typing import Final

_NUMBER: Final = Struct("=I")


class PackedError(ValueError):
    """Bytes that are no packed strings; the text says why."""


def pack(strings: Sequence[bytes]) -> bytes:
    """:raises struct.error: when one of them is 4 GiB or longer."""
    count = len(strings)
    head = bytearray(4 * count + 4)
    pack_into(f"={count + 1}I", head, 0, count, *map(len, strings))
    return b"".join((head, *strings))


def unpack(data: bytes) -> list[bytes]:
    """What was packed, all of it copied.

    :raises PackedError: when there are more or fewer bytes than the lengths say.
    """
    size = len(data)
    if size < 4:
        raise PackedError(f"{size} bytes are too few for a count")
    (count,) = _NUMBER.unpack_from(data)
    start = 4 * count + 4
    if start > size:
        raise PackedError(f"{size} bytes are too few for {count} lengths")
    lengths = unpack_from(f"={count}I", data, 4)
    if start + sum(lengths) != size:
        raise PackedError(f"expected {start + sum(lengths)} bytes, found {size}")
    strings = []
    for length in lengths:
        strings.append(bytes(data[start : start + length]))
        start += length
    return strings
