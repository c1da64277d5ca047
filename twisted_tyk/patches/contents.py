"""What is in a patch's folder or archive, read with care."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from twisted_tyk.bundles.archive import LIMITS
from twisted_tyk.bundles.names import quoted_name
from twisted_tyk.bundles.opening import blocks_of
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.walk import is_file, walk

#: What Python leaves beside code; never copied, so never loaded.
_CACHES: Final = "__pycache__"


def names(folder: Path) -> Iterator[str]:
    """The files of a folder, by their paths from there.

    :raises BundleError: for what is neither a file nor a folder, such as a link; and when there
        is more than a patch can need, which is not read: it may be all of a disk.
    :raises OSError: when it can not be read.
    """
    size = 0
    for count, (name, status) in enumerate(walk(folder, _is_cache), 1):
        if not is_text(name):
            raise BundleError(f"{folder.name}: the name {quoted_name(name)} is not UTF-8")
        regular = is_file(name, status, folder.name)
        size += status.st_size if regular else 0
        if count > LIMITS.members or size > LIMITS.total:
            raise BundleError(f"{folder.name}: is too large for a patch")
        if regular:
            yield name


def _is_cache(_: str, entry: os.DirEntry[str]) -> bool:
    return entry.name == _CACHES and entry.is_dir(follow_symlinks=False)


def is_text(name: str) -> bool:
    """Whether the name of a file is UTF-8; others can be put neither into JSON nor into a log."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def blocks(file: Path) -> Iterator[bytes]:
    """What a file holds. :raises BundleError: when it is too large, or can not be read."""
    return blocks_of(file, file.name, LIMITS.archive)


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
