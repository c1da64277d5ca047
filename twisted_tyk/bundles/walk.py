"""What is in a folder and in those in it, no link followed."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from twisted_tyk.bundles.names import quoted_name
from twisted_tyk.bundles.problem import BundleError


def walk(
    folder: Path, passed_by: Callable[[str, os.DirEntry[str]], bool]
) -> Iterator[tuple[str, os.stat_result]]:
    """Files, folders and all else, each by its path from there, with what it is.

    :param passed_by: whether an entry, given with its path, is neither told of nor looked into.
    :raises OSError: when a folder can not be read.
    """
    waiting = [""]
    while waiting:
        inside = waiting.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                name = f"{inside}/{entry.name}" if inside else entry.name
                if passed_by(name, entry):
                    continue
                status = entry.stat(follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    waiting.append(name)
                yield name, status


def is_file(name: str, status: os.stat_result, shown: str) -> bool:
    """Whether it is an ordinary file, and not a folder.

    :param shown: what messages call the folder that was walked.
    :raises BundleError: when it is neither, such as a link.
    """
    if stat.S_ISREG(status.st_mode):
        return True
    if stat.S_ISDIR(status.st_mode):
        return False
    raise BundleError(f"{shown}: {quoted_name(name)} is neither a file nor a folder")
