"""The bytes of a file, read without being kept by a pipe or drowned by a disk image."""

from __future__ import annotations

import errno
import os
import stat
from typing import Final

#: Bytes of the largest file that is read as JSON.
LARGEST: Final = 64 * 1024 * 1024


def content_of(file: str) -> bytes:
    """Read an ordinary file whole.

    :raises OSError: when it can not be read.
    :raises ValueError: one sentence, when it is something else or larger than :data:`LARGEST`.
    """
    if "\0" in file:
        raise ValueError("cannot be read: no file has a null byte in its name")
    # Opening a pipe would wait for whoever writes into it.
    number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(number)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(status.st_mode):
            raise ValueError("cannot be read: it is a device, pipe or socket, expected a file")
        with open(number, "rb", closefd=False) as stream:
            content = stream.read(LARGEST + 1)
    finally:
        os.close(number)
    if len(content) > LARGEST:
        raise ValueError(
            f"is too large: {max(status.st_size, len(content))} bytes, expected at most {LARGEST}"
        )
    return content
