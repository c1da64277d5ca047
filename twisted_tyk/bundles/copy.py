"""Files of ``file://``, which are copied when they are other ones than before."""

from __future__ import annotations

import os
import stat
from hashlib import sha256
from pathlib import Path
from typing import Final

from twisted_tyk.bundles.source import SETTLED, NotFetched

_PIECE: Final = 1 << 20


def copied(file: Path, to: int, known: str, largest: int, now: float) -> str | None:
    """Copy a file, unless it is the one that is known. For a thread.

    :param to: the descriptor of the copy; it is closed.
    :param known: what this returned the last time.
    :param largest: bytes of it.
    :param now: Unix time.
    :returns: size, time and SHA-256 of it; ``None`` when it is the one that is known.
    :raises NotFetched: when it cannot be read, or the copy cannot be written.
    """
    try:
        with os.fdopen(to, "wb") as copy, open(file, "rb", opener=_opened) as source:
            about = os.fstat(source.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise NotFetched(f"{file}: expected a file, found something else")
            # Of a file that is this new, one cannot say that its time tells its content.
            time = about.st_mtime_ns if now - about.st_mtime > SETTLED else 0
            size_before, time_before, digest_before = (*known.split(":"), "", "")[:3]
            if time and (size_before, time_before) == (str(about.st_size), str(time)):
                return None
            digest, size = sha256(), 0
            while piece := source.read(_PIECE):
                size += len(piece)
                if size > largest:
                    raise NotFetched(f"it is larger than {largest} bytes, see bundle_max_size")
                digest.update(piece)
                copy.write(piece)
    except OSError as error:
        raise NotFetched(f"{error.filename or file}: {error.strerror}") from None
    if digest.hexdigest() == digest_before:
        return None
    return f"{size}:{time}:{digest.hexdigest()}"


def _opened(path: str, flags: int) -> int:
    """It never waits for a pipe, nor ends up with a terminal."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)
