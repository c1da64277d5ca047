"""The changes that a native function gives back, taken out of their bytes.

The layout is that of ``tyk_changes`` in ``sdk/c/tyk_plugin.h``.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

from twisted_tyk.native import abi

_HEAD: Final = Struct("=4I")
_CHANGE: Final = Struct("=4I")
#: More changes than any function needs; a number that is a lie shall not cost memory.
MOST: Final = 100_000


class Malformed(Exception):
    """Bytes that are no list of changes, or a change that cannot be made; the text says why."""


class Change(NamedTuple):
    """One change, as it came. :ivar kind: of ``enum tyk_change_kind``."""

    kind: int
    number: int
    key: bytes
    value: bytes


def read(data: bytes) -> list[Change]:
    """Take the bytes of a result apart. None at all are no changes.

    :raises Malformed: when lengths and bytes do not agree.
    """
    if not data:
        return []
    if len(data) < _HEAD.size:
        raise Malformed(f"{len(data)} bytes of changes are less than their head")
    magic, size, count, _ = _HEAD.unpack_from(data)
    if magic != abi.CHANGES_MAGIC:
        raise Malformed(f"the changes begin with {magic:#x}, not with {abi.CHANGES_MAGIC:#x}")
    if size != len(data):
        raise Malformed(f"the changes say they have {size} bytes and have {len(data)}")
    offset = _HEAD.size + count * _CHANGE.size
    if count > MOST or offset > size:
        raise Malformed(f"{count} changes do not fit into {size} bytes")
    changes = []
    for index in range(count):
        kind, number, key, value = _CHANGE.unpack_from(data, 16 + 16 * index)
        middle = offset + key
        end = middle + value
        if end > size:
            raise Malformed(f"change {index} ends at byte {end} of {size}")
        changes.append(Change(kind, number, data[offset:middle], data[middle:end]))
        offset = end
    if offset != size:
        raise Malformed(f"{size - offset} bytes after the last change belong to none")
    return changes


def complaint(data: bytes) -> tuple[str, str, list[Change]]:
    """What a call that failed says of itself: what is wrong, its stack, and its log lines.

    It never raises: what failed may well have written nonsense.
    """
    try:
        changes = read(data)
    except Malformed as problem:
        return str(problem), "", []
    lines = [change for change in changes if change.kind == abi.LOG]
    for change in changes:
        if change.kind == abi.ERROR:
            return _text(change.key), _text(change.value), lines
    return "", "", lines


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
