"""What a build keeps for the next one of the same folder."""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from twisted_tyk.build.contract import BuildError


def with_home(environ: Mapping[str, str]) -> Mapping[str, str]:
    """With ``HOME``, which services often lack: compilers keep things in it.

    :raises BuildError: when there is none.
    """
    if environ.get("HOME"):
        return environ
    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        home = environ.get("XDG_CACHE_HOME", "")
    if not home:
        raise BuildError("HOME is not set; set it to a folder that can be written")
    return {**environ, "HOME": home}


@contextmanager
def held_cache(folder: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """The folder of ours for these sources, held against other builds of the same.

    What was kept for folders that are gone is removed.

    :param environ: with ``HOME``.
    :raises BuildError: when there is no place for it.
    """
    base = environ.get("XDG_CACHE_HOME") or os.path.join(environ["HOME"], ".cache")
    sources = os.fsencode(folder.resolve())
    cache = Path(base, "twisted-tyk", "build", hashlib.sha256(sources).hexdigest()[:16])
    try:
        cache.mkdir(parents=True, exist_ok=True)
        held = _held(cache, fcntl.LOCK_EX)
        (cache / "folder").write_bytes(sources)
    except OSError as error:
        raise BuildError(
            f"{cache}: {error.strerror}; set XDG_CACHE_HOME to a folder that can be written"
        ) from error
    try:
        _prune(cache.parent)
        yield cache
    finally:
        os.close(held)


def _held(cache: Path, how: int) -> int:
    held = os.open(cache / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, how)
    except BaseException:
        os.close(held)
        raise
    return held


def _prune(base: Path) -> None:
    for note in base.glob("*/folder"):
        # Another build may do the same at this moment, or build a folder that is back.
        with suppress(OSError):
            if not os.path.lexists(note.read_bytes()):
                held = _held(note.parent, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(note.parent, ignore_errors=True)
                os.close(held)
