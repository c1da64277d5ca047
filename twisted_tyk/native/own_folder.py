"""A folder that is this user's alone, from which libraries can be loaded."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path
from typing import Final

from twisted_tyk.plugins.driver import LoadError

#: The settings of a gateway say where it is; what is temporary elsewhere goes by the variable.
ELSEWHERE: Final = "name another with plugin_cache_path in tyk.conf, or with TMPDIR"


def own_folder(folder: Path) -> None:
    """Make it, with mode 0700, when it is not there.

    :raises LoadError: when others could write to it, or nothing in it can be loaded.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
        no_exec = os.statvfs(folder).f_flag & os.ST_NOEXEC
    except OSError as error:
        raise LoadError(
            f"{folder}: cannot be the folder for plugin copies: {error.strerror}; {ELSEWHERE}"
        ) from None
    if not stat.S_ISDIR(status.st_mode):
        raise LoadError(
            f"{folder}: is a link, expected a folder of our own for plugin copies; {ELSEWHERE}"
        )
    if status.st_uid != os.geteuid():
        raise LoadError(
            f"{folder}: belongs to user {status.st_uid}, expected a folder for plugin copies "
            f"of user {os.geteuid()}; {ELSEWHERE}"
        )
    if status.st_mode & 0o077:
        raise LoadError(
            f"{folder}: has mode {stat.S_IMODE(status.st_mode):04o}, so others could change the "
            f"plugin copies in it; type `chmod 700 {folder}`"
        )
    if no_exec:
        raise LoadError(
            f"{folder}: is on a file system mounted with noexec, so no plugin can be loaded from "
            f"it; {ELSEWHERE}"
        )


def default_directory() -> Path:
    """Where copies go unless somebody says otherwise."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    # Whoever has become another user still has the variable of the one before.
    if os.path.isabs(runtime) and os.path.isdir(runtime) and _is_ours(runtime):
        return Path(runtime, "twisted_tyk")
    return Path(tempfile.gettempdir(), f"twisted_tyk-{os.geteuid()}")


def _is_ours(folder: str) -> bool:
    return os.stat(folder).st_uid == os.geteuid()
