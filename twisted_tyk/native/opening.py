"""Opens a file that should be a plugin library."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

from twisted_tyk.plugins.driver import LoadError


def open_library(file: Path, shown: str) -> BinaryIO:
    """The file, open for reading; it never waits for a pipe.

    :param shown: what messages call it.
    :raises LoadError: when it is no ordinary file with something in it, or can not be read.
    """
    try:
        number = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise LoadError(f"{shown}: no such file") from None
    except PermissionError:
        raise LoadError(
            f"{shown}: cannot be read by user {os.geteuid()}; it needs mode 444, and the "
            "folders it is in need 555"
        ) from None
    except OSError as error:
        raise LoadError(f"{shown}: cannot be read: {error.strerror}") from None
    except ValueError:
        raise LoadError(f"{shown}: no file has a null byte in its name") from None
    wrong = _wrong(os.fstat(number))
    if wrong:
        os.close(number)
        raise LoadError(f"{shown}: {wrong}")
    return os.fdopen(number, "rb")


def _wrong(status: os.stat_result) -> str:
    if stat.S_ISDIR(status.st_mode):
        return (
            "is a folder, expected a plugin library; if its sources are in it, "
            "type `tyk plugin build` with its name"
        )
    if not stat.S_ISREG(status.st_mode):
        return "is a device, pipe or socket, expected a plugin library"
    if not status.st_size:
        return "is empty, expected a plugin library; was it copied whole?"
    return ""
