"""One copy of a plugin library: locked while somebody uses it, and removed when nobody does."""

from __future__ import annotations

import fcntl
import hashlib
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

#: Bytes that a library may have.
LIMIT: Final = 1024 * 1024 * 1024
_BLOCK: Final = 1024 * 1024


def hash_of(source: BinaryIO, target: BinaryIO | None = None) -> str:
    """SHA-256 of what is left to be read, as hexadecimal digits.

    :param target: what is read is written there as well.
    :raises OSError: also when it is larger than a library may be.
    """
    digest = hashlib.sha256()
    size = 0
    while block := source.read(_BLOCK):
        size += len(block)
        if size > LIMIT:
            raise OSError(0, f"it has more than {LIMIT} bytes")
        digest.update(block)
        if target is not None:
            target.write(block)
    return digest.hexdigest()


def locked(path: Path, digest: str) -> BinaryIO | None:
    """The copy, open, so that others do not remove it; ``None`` when there is no good one.

    :param digest: what it has to be by its content, too.
    """
    try:
        copy = _opened(path)
    except OSError:
        return None
    try:
        fcntl.flock(copy, fcntl.LOCK_SH)
        # It may have been removed before it was locked.
        if os.path.samestat(os.fstat(copy.fileno()), path.lstat()) and _holds(copy, digest):
            return copy
    except OSError:
        pass
    copy.close()
    return None


def _opened(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb")


def _holds(copy: BinaryIO, digest: str) -> bool:
    """Whether it is ours and still what its name says."""
    status = os.fstat(copy.fileno())
    ours = stat.S_ISREG(status.st_mode) and status.st_uid == os.geteuid()
    copy.seek(0)
    return ours and stat.S_IMODE(status.st_mode) == 0o500 and hash_of(copy) == digest


def remove_unused(path: Path) -> bool:
    """Remove a copy unless somebody has it locked. Whether it is gone."""
    try:
        with _opened(path) as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Another may have taken its place before it was locked.
            if not os.path.samestat(os.fstat(file.fileno()), path.lstat()):
                return False
            path.unlink()
    except OSError:
        return False
    return True
