"""Opens files that others have put there, such as archives."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from twisted_tyk.bundles.problem import BundleError

_BLOCK: Final = 1024 * 1024


@contextmanager
def open_archive(archive: Path, shown: str, most: int) -> Iterator[tuple[BinaryIO, int]]:
    """The file, open for reading, and its size; it never waits for a pipe.

    :raises BundleError: when it is no ordinary file of at most so many bytes.
    """
    try:
        number = os.open(archive, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise BundleError(f"{shown}: no such file") from None
    except OSError as error:
        raise BundleError(f"{shown}: cannot be read: {error.strerror}") from None
    status = os.fstat(number)
    if not stat.S_ISREG(status.st_mode):
        os.close(number)
        raise BundleError(f"{shown}: expected a file, found something else")
    with os.fdopen(number, "rb") as file:
        if status.st_size > most:
            raise BundleError(f"{shown}: has {status.st_size} bytes, expected at most {most}")
        yield file, status.st_size


def blocks_of(file: Path, shown: str, most: int) -> Iterator[bytes]:
    """What is in it, block by block. :raises BundleError: as :func:`open_archive` does."""
    with open_archive(file, shown, most) as (opened, _):
        while block := opened.read(_BLOCK):
            yield block
