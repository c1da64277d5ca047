"""Locks on folders that gateways share.

A folder itself is what is locked, so no lock outlives it or the process.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Final

from attrs import field, frozen

#: Seconds between looks at a folder that others are at, and looks before there is something wrong.
_PAUSE: Final = 0.05
_TRIES: Final = 1200


@frozen
class Holds:
    """Folders that nobody may remove, since this gateway uses them. For any thread."""

    _held: dict[Path, int] = field(factory=dict, init=False)
    _lock: Lock = field(factory=Lock, init=False)

    def hold(self, folder: Path) -> bool:
        """Whether it is there. It waits while somebody removes it.

        :raises OSError: when it can not be opened or locked.
        """
        with self._lock:
            held = self._held.get(folder)
            if held is not None and _is_at(held, folder):
                return True
            self._release([folder])
            number = _opened(folder)
            if number is None:
                return False
            try:
                fcntl.flock(number, fcntl.LOCK_SH)
                if _is_at(number, folder):
                    self._held[folder] = number
                    return True
            finally:
                if self._held.get(folder) != number:
                    os.close(number)
            return False

    def keep_only(self, used: Collection[Path]) -> None:
        """Let others remove the rest."""
        with self._lock:
            self._release(set(self._held) - set(used))

    def _release(self, folders: Collection[Path]) -> None:
        for folder in folders:
            if (number := self._held.pop(folder, None)) is not None:
                os.close(number)


@contextmanager
def alone_in(place: Path, make: Callable[[Path], None]) -> Iterator[None]:
    """Be the only one who changes a folder; it waits a minute for others who do.

    :param make: makes it when it is not there.
    :raises OSError: when it can not be made or opened, or the others do not end.
    """
    for _ in range(_TRIES):
        make(place)
        with nobody_in(place) as alone:
            if alone:
                yield
                return
        time.sleep(_PAUSE)
    raise OSError(0, "another gateway does not end with it")


@contextmanager
def nobody_in(folder: Path) -> Iterator[bool]:
    """Whether nobody holds a folder or is alone in it; then it stays so inside the ``with``.

    :raises OSError: when it can not be opened.
    """
    number = _opened(folder)
    if number is None:
        yield False
        return
    try:
        yield _locked_at_once(number) and _is_at(number, folder)
    finally:
        os.close(number)


def _locked_at_once(number: int) -> bool:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False  # it is in use, or on a file system that can not tell
    return True


def _opened(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _is_at(number: int, folder: Path) -> bool:
    """Whether the open folder is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(number), folder.stat())
    except FileNotFoundError:
        return False
