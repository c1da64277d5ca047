"""Bytes in a memory file that nobody can change or shorten any more."""

from __future__ import annotations

import fcntl
import os
from typing import Final

from twisted_tyk.native.process.wire import Garbage

_SEALS: Final = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def seal(data: bytes) -> int:
    """:returns: the descriptor of a new memory file with ``data``, for the caller to close.

    :raises OSError: when there is no memory or no descriptor for it.
    """
    file = os.memfd_create("message", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(file, rest) :]
        fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(file)
        raise
    return file


def unseal(file: int, size: int) -> bytes:
    """The ``size`` bytes of a memory file, which stays open.

    :raises Garbage: when it is not such a file. Only a sealed one is read:
        a pipe or a device would let the reader wait for ever.
    """
    try:
        seals = fcntl.fcntl(file, fcntl.F_GET_SEALS)
    except OSError:
        raise Garbage("a descriptor that is not of a memory file") from None
    found = os.fstat(file).st_size
    if seals & _SEALS != _SEALS or found != size:
        raise Garbage(f"a memory file of {found} bytes and seals {seals}, not of {size} bytes")
    parts = []
    while size:
        # The kernel moves no more than two GiB at once, and may move less.
        parts.append(os.pread(file, size, found - size))
        size -= len(parts[-1])
    return parts[0] if len(parts) == 1 else b"".join(parts)
