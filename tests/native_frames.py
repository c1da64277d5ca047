"""Frames and changes, read and written plainly, to compare with."""

from __future__ import annotations

import struct
from typing import NamedTuple

from twisted_tyk.native import abi


class Frame(NamedTuple):
    """What a plugin finds in a frame."""

    flags: int
    status: int
    port: int
    slices: list[bytes]
    fields: list[tuple[bytes, bytes]]
    response_fields: list[tuple[bytes, bytes]]
    reply_fields: list[tuple[bytes, bytes]]

    def slice(self, number: int) -> bytes:
        """Slices beyond those that are sent are empty."""
        return self.slices[number] if number < len(self.slices) else b""


def read_frame(frame: bytes) -> Frame:
    """Take a frame apart as ``tyk_plugin.h`` says."""
    head = struct.unpack_from("=10I", frame)
    magic, size, flags, status, port, slices, fields, response, reply, reserved = head
    assert (magic, size, reserved) == (abi.FRAME_MAGIC, len(frame), 0)
    count = slices + 2 * (fields + response + reply)
    lengths = struct.unpack_from(f"={count}I", frame, 40)
    parts, offset = [], 40 + 4 * count
    for length in lengths:
        parts.append(frame[offset : offset + length])
        offset += length
    assert offset == size
    pairs = list(zip(parts[slices::2], parts[slices + 1 :: 2], strict=True))
    return Frame(
        flags,
        status,
        port,
        parts[:slices],
        pairs[:fields],
        pairs[fields : fields + response],
        pairs[fields + response :],
    )


def changes(*made: tuple[int, int, bytes, bytes]) -> bytes:
    """The bytes of changes: kind, number, key, value."""
    head = b"".join(
        struct.pack("=4I", kind, number, len(key), len(value)) for kind, number, key, value in made
    )
    data = b"".join(key + value for _, _, key, value in made)
    size = 16 + len(head) + len(data)
    return struct.pack("=4I", abi.CHANGES_MAGIC, size, len(made), 0) + head + data
