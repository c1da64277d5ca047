"""Private copies of plugin libraries, named by their hash.

What is loaded must not change afterwards: writing over a library that is
mapped kills the process, and a name that was loaded before gives the old code.
So a copy is loaded, which nobody else writes to. Gateways may share a folder:
each holds a lock on the copies it uses.
"""

from __future__ import annotations

import fcntl
import os
import re
import tempfile
import time
from pathlib import Path
from threading import RLock
from typing import BinaryIO, Final

from twisted_tyk.native.locked import hash_of, locked, remove_unused
from twisted_tyk.native.opening import open_library
from twisted_tyk.native.own_folder import ELSEWHERE, own_folder
from twisted_tyk.plugins.driver import LoadError
from twisted_tyk.plugins.identity import Known, identity

_OURS: Final = re.compile(r"[0-9a-f]{64}\.so|new-\w+")
_TRIES: Final = 5
#: The same when sweeps of other gateways come between.
_SWEPT: Final = 100


class Copies:
    """The copies in one folder. May be used in several threads, which wait for each other."""

    def __init__(self, directory: Path) -> None:
        """:param directory: it is made, with mode 0700, when it is not there."""
        self._directory = directory
        self._locks: dict[str, BinaryIO] = {}
        #: Which copy a file was found to be.
        self._sources = Known()
        self._alone = RLock()

    def again(self) -> None:
        """A reload begins; see :class:`~twisted_tyk.plugins.identity.Known`."""
        with self._alone:
            self._sources.again()

    def copy(self, file: Path, shown: str = "") -> tuple[str, Path]:
        """Copy a library: its SHA-256, as hexadecimal digits, and the copy.

        It takes as long as reading and writing the file does.

        :param shown: what messages call the file, by default its path.
        :raises LoadError: when it can not be read, changes all the while, or
            the folder can not be used.
        """
        with self._alone:
            return self._copied(file, shown or str(file))

    def _copied(self, file: Path, shown: str) -> tuple[str, Path]:
        own_folder(self._directory)
        changed = swept = 0
        while changed < _TRIES and swept < _SWEPT:
            held = set(self._locks)
            with open_library(file, shown) as source:
                before = identity(source.fileno())
                known = self._sources.get(before)
                if known is not None:
                    return known, self._path(known)
                begun = time.time_ns()
                try:
                    found = self._written(source)
                except OSError as error:
                    raise LoadError(
                        f"{shown}: cannot be copied to {self._directory}: {error.strerror}"
                    ) from None
                after = identity(source.fileno())
            if found is None:
                swept += 1
            elif before == after:
                self._sources.keep(before, found[0], begun)
                return found
            else:
                changed += 1
                if found[0] not in held:
                    self.drop(found[0])  # half of the old file and half of the new one
        if swept == _SWEPT:
            raise LoadError(
                f"{shown}: its copies in {self._directory} are changed or removed by others; "
                f"{ELSEWHERE}"
            )
        raise LoadError(f"{shown}: changes while it is read; try again when it is written")

    def drop(self, digest: str) -> None:
        """This gateway does not use the copy any more; the last one to do so removes it."""
        with self._alone:
            lock = self._locks.pop(digest, None)
            if lock is not None:
                lock.close()
                self._sources.forget(digest)
                remove_unused(self._path(digest))

    def held(self) -> list[str]:
        """The digests of all copies that this gateway holds."""
        return list(self._locks)

    def sweep(self) -> list[Path]:
        """Remove what gateways left that ended without a word; the files removed."""
        with self._alone:
            return self._swept()

    def _swept(self) -> list[Path]:
        try:
            files = [file for file in self._directory.iterdir() if _OURS.fullmatch(file.name)]
        except FileNotFoundError:
            return []
        mine = {self._path(digest) for digest in self._locks}
        return [file for file in sorted(files) if file not in mine and remove_unused(file)]

    def close(self) -> None:
        """:meth:`drop` all."""
        for digest in self.held():
            self.drop(digest)

    def _path(self, digest: str) -> Path:
        return self._directory / f"{digest}.so"

    def _written(self, source: BinaryIO) -> tuple[str, Path] | None:
        """``None`` when another gateway's sweep came between."""
        number, name = tempfile.mkstemp(prefix="new-", dir=self._directory)
        new = Path(name)
        try:
            with os.fdopen(number, "wb") as target:
                fcntl.flock(target, fcntl.LOCK_SH)
                digest = hash_of(source, target)
                os.fchmod(target.fileno(), 0o500)
            path = self._path(digest)
            lock = locked(path, digest)
            if lock is None:
                new.replace(path)
                lock = locked(path, digest)
            if lock is None:
                return None
            previous = self._locks.pop(digest, None)
            self._locks[digest] = lock
            if previous is not None:
                previous.close()
            return digest, path
        except FileNotFoundError:
            return None
        finally:
            new.unlink(missing_ok=True)
