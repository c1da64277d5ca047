"""What is done on disk for a bundle, one step at a time, so that each can be the last one."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO


class Disk:
    """The file system. What it makes is this user's alone."""

    def temporary(self, parent: Path) -> Path:
        """Make a folder of a new name that starts with ``new-``."""
        return Path(tempfile.mkdtemp(prefix="new-", dir=parent))

    def folder(self, folder: Path) -> None:
        """Make it."""
        os.mkdir(folder, 0o700)

    def place(self, folder: Path) -> None:
        """Make it, and those it is in, and settle them, unless it is there."""
        if not folder.is_dir():
            self.place(folder.parent)
            with suppress(FileExistsError):
                self.folder(folder)
            self.settle_folder(folder.parent)

    def create(self, file: Path) -> BinaryIO:
        """Make it, to be written to."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.fdopen(os.open(file, flags, 0o600), "wb")

    def settle(self, file: BinaryIO) -> None:
        """See that its content outlives a power cut."""
        file.flush()
        os.fsync(file.fileno())

    def settle_folder(self, folder: Path) -> None:
        """The same for the names in it."""
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(number)
        except OSError as error:
            if error.errno != errno.EINVAL:  # file systems that know no such thing say this
                raise
        finally:
            os.close(number)

    def rename(self, old: Path, new: Path) -> None:
        """Give it another name in one step, in place of what has it, if that is a file."""
        os.rename(old, new)

    def clear(self, path: Path) -> None:
        """Remove a file, or a folder with all in it, as far as it is there."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def abandon(self, folder: Path) -> None:
        """Remove it if there is nothing in it."""
        with suppress(OSError):
            folder.rmdir()
