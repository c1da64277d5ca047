"""The changes that a native function gives back, taken out of their bytes.

The layout is that of ``tyk_changes`` in ``sdk/c/tyk_plugin.h``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from struct import Struct
from typing import Final, NamedTuple

from twisted_tyk.native import abi

_four = Struct("=4I").unpack_from
_HEAD: Final = 16
_CHANGE: Final = 16
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


# Quicker by half than calling the class.
_change: Callable[[tuple[int, int, bytes, bytes]], Change] = partial(tuple.__new__, Change)


def read(data: bytes) -> list[Change]:
    """Take the bytes of a result apart. None at all are no changes.

    :raises Malformed: when lengths and bytes do not agree.
    """
    size = len(data)
    if not size:
        return []
    if size < _HEAD:
        raise Malformed(f"{size} bytes of changes are less than their head")
    magic, said, count, _ = _four(data)
    if magic != abi.CHANGES_MAGIC:
        raise Malformed(f"the changes begin with {magic:#x}, not with {abi.CHANGES_MAGIC:#x}")
    if said != size:
        raise Malformed(f"the changes say they have {said} bytes and have {size}")
    offset = _HEAD + count * _CHANGE
    if count > MOST or offset > size:
        raise Malformed(f"{count} changes do not fit into {size} bytes")
    changes: list[Change] = []
    for start in range(_HEAD, offset, _CHANGE):
        kind, number, key, value = _four(data, start)
        middle = offset + key
        end = middle + value
        if end > size:
            raise Malformed(f"change {len(changes)} ends at byte {end} of {size}")
        changes.append(_change((kind, number, data[offset:middle], data[middle:end])))
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
