"""Whether a file is still what it was, without reading it again."""

from __future__ import annotations

import hashlib
import os
import time
from typing import Final

#: Nanoseconds after which a file that was written has a new time when it is written again.
_SETTLED: Final = 2_000_000_000
#: Files at most that need not be read again.
_KNOWN: Final = 10_000

#: Device, inode, size, and nanoseconds of the last change to content and to all else.
Identity = tuple[int, int, int, int, int]


def identity(descriptor: int) -> Identity:
    """Of an open file."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


class Known:
    """What was found in files that have not been written since. Used in one thread at a time.

    A clock of the file system ticks slowly, so a file that is so new that it may change
    unseen is only known until :meth:`again`: all that one reload reads is one version.
    """

    def __init__(self) -> None:
        self._digests: dict[Identity, str] = {}
        self._new: dict[Identity, str] = {}

    def again(self) -> None:
        """A reload begins."""
        self._new.clear()

    def get(self, identity: Identity) -> str | None:
        """The digest that was kept."""
        return self._digests.get(identity) or self._new.get(identity)

    def keep(self, identity: Identity, digest: str, begun: int) -> None:
        """:param begun: when the file was opened, in nanoseconds of Unix time."""
        if begun - max(identity[-2:]) <= _SETTLED:
            self._new[identity] = digest
            return
        self._digests[identity] = digest
        if len(self._digests) > _KNOWN:
            del self._digests[next(iter(self._digests))]

    def forget(self, digest: str) -> None:
        """No file is known to have it any more."""
        for known in (self._digests, self._new):
            for key in [key for key, used in known.items() if used == digest]:
                del known[key]


class Digests:
    """SHA-256 of files. Used in one thread at a time."""

    def __init__(self) -> None:
        self._known = Known()

    def again(self) -> None:
        """A reload begins; see :class:`Known`."""
        self._known.again()

    def of(self, file: str) -> str:
        """In hexadecimal digits; ``""`` when the file can not be read."""
        begun = time.time_ns()
        try:
            with open(file, "rb") as stream:
                now = identity(stream.fileno())
                digest = self._known.get(now)
                if digest is None:
                    digest = hashlib.sha256(stream.read()).hexdigest()
                    if identity(stream.fileno()) == now:
                        self._known.keep(now, digest, begun)
        except OSError:
            return ""
        return digest
