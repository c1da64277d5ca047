"""Copies of patches, which nobody writes to: one folder for each gateway that runs."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from twisted_tyk.native.own_folder import own_folder
from twisted_tyk.plugins.driver import LoadError

_PREFIX: Final = "patches-"


class Copies:
    """The folder of one gateway. Used in one thread at a time.

    It is locked for as long as the gateway runs; what gateways left that ended without a word
    is removed by the next one.
    """

    def __init__(self, directory: Path) -> None:
        """:param directory: that gateways of this user share; made when a patch is copied."""
        self._directory = directory
        self._folder: Path | None = None
        self._lock = -1
        self._closed = False

    def folder(self) -> Path:
        """Of this gateway. :raises LoadError: when there can be none."""
        if self._closed:
            raise LoadError("the gateway has stopped")
        if self._folder is None:
            own_folder(self._directory)
            self._sweep()
            self._take()
        assert self._folder is not None
        return self._folder

    def new(self) -> Path:
        """A path for a copy, beside which nothing else will be."""
        return Path(tempfile.mkdtemp(prefix="new-", dir=self.folder()), "patch")

    def drop(self, copy: Path) -> None:
        """Remove a copy, which nothing runs from any more."""
        shutil.rmtree(copy.parent, ignore_errors=True)

    def close(self) -> None:
        """Remove all."""
        self._closed = True
        folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
            os.close(self._lock)

    def _take(self) -> None:
        while self._folder is None:
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=self._directory))
            # Another gateway's sweep may come between.
            with suppress(FileNotFoundError):
                lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                fcntl.flock(lock, fcntl.LOCK_SH)
                if folder.is_dir():
                    self._folder, self._lock = folder, lock
                else:
                    os.close(lock)

    def _sweep(self) -> None:
        for left in self._directory.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                lock = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(left)
                finally:
                    os.close(lock)
