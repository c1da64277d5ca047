"""What is in a patch's folder or archive, read with care."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from twisted_tyk.bundles.archive import LIMITS
from twisted_tyk.bundles.names import quoted_name
from twisted_tyk.bundles.opening import open_archive
from twisted_tyk.bundles.problem import BundleError

#: What Python leaves beside code; never copied, so never loaded.
_CACHES: Final = "__pycache__"
_BLOCK: Final = 1024 * 1024


def names(folder: Path) -> Iterator[str]:
    """The files of a folder, by their paths from there.

    :raises BundleError: for what is neither a file nor a folder, such as a link; and when there
        is more than a patch can need, which is not read: it may be all of a disk.
    :raises OSError: when it can not be read.
    """
    waiting = [""]
    count = size = 0
    while waiting:
        inside = waiting.pop()
        with os.scandir(folder / inside) as entries:
            for entry in entries:
                name = f"{inside}/{entry.name}" if inside else entry.name
                if not is_text(name):
                    raise BundleError(f"{folder.name}: the name {quoted_name(name)} is not UTF-8")
                status = entry.stat(follow_symlinks=False)
                mode = status.st_mode
                count += 1
                size += status.st_size if stat.S_ISREG(mode) else 0
                if count > LIMITS.members or size > LIMITS.total:
                    raise BundleError(f"{folder.name}: is too large for a patch")
                if stat.S_ISDIR(mode):
                    if entry.name != _CACHES:
                        waiting.append(name)
                elif stat.S_ISREG(mode):
                    yield name
                else:
                    text = f"{folder.name}: {quoted_name(name)} is neither a file nor a folder"
                    raise BundleError(text)


def is_text(name: str) -> bool:
    """Whether the name of a file is UTF-8; others can be put neither into JSON nor into a log."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def blocks(file: Path) -> Iterator[bytes]:
    """What a file holds. :raises BundleError: when it is too large, or can not be read."""
    with open_archive(file, file.name, LIMITS.archive) as (content, _):
        while block := content.read(_BLOCK):
            yield block


def digest_of(source: Path) -> str:
    """SHA-256 of an archive, or of a folder's names and contents, as hexadecimal digits."""
    whole = hashlib.sha256()
    if source.is_dir():
        for name in sorted(names(source)):
            digest = hashlib.sha256()
            for block in blocks(source / name):
                digest.update(block)
            whole.update(f"{len(name)}:{name}:{digest.hexdigest()}\n".encode())
    else:
        for block in blocks(source):
            whole.update(block)
    return whole.hexdigest()
