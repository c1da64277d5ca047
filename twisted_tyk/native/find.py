"""Which file is meant by the ``path`` of an entry.

Tyk's documents: the path itself, then ``{name}_{gateway version}_{os}_{arch}.so``
beside it. Tyk 5 itself looks for the versioned names first, with and without a
``v`` (``goplugin/plugin_name_builder.go``); a plugin of ours is not bound to
one version, so the path that is written counts first, as documented.
"""

from __future__ import annotations

import errno
import os
import re
from pathlib import Path
from typing import Final

from attrs import frozen

from twisted_tyk.native.machine import this_machine, this_system
from twisted_tyk.plugins.driver import LoadError

_VERSIONED: Final = re.compile(r"(.+)_v?(\d+\.\d+\.\d+)_([a-z0-9]+)_([a-z0-9]+)\.so")


def find(path: str, base: Path, version: str) -> Path:
    """The file that is there.

    :param base: the folder at which a relative path starts.
    :param version: of Tyk, such as ``v5.3.0``; with or without ``v``.
    :raises LoadError: when there is none; it names every file that was tried.
    """
    found = in_order(path, base, version)
    if found:
        return found[0]
    folder = "" if Path(path).is_absolute() else f" in {base.absolute()}"
    tried = candidates(path, version)
    names = [path, *(Path(name).name for name in tried[1:])]
    text = f"{path}: no such file{folder}; tried {_or(names)}{_beside(base / path)}"
    raise LoadError(text, "hook-file-missing")


def in_order(path: str, base: Path, version: str) -> list[Path]:
    """The files that :func:`find` knows for a path: the one that is meant, and what it hides."""
    files = [base / name for name in candidates(path, version)]
    # The folder of the sources may have the name of the plugin.
    return sorted(filter(_is_there, files), key=os.path.isdir)


def before(path: str, base: Path, version: str, found: Path) -> tuple[Path, ...]:
    """The files that :func:`find` would have preferred to what it has found."""
    tried = [base / name for name in candidates(path, version)]
    return tuple(tried[: tried.index(found)])


def candidates(path: str, version: str) -> list[str]:
    """The names to try, in their order, each once."""
    name = versioned(path, version)
    plain = versioned(path, version, prefix="")
    return list(dict.fromkeys([path, name, plain]))


@frozen
class Target:
    """What a file is for, by its name.

    :ivar entry: the name that an entry may give for it: ``plugin.so``.
    :ivar version: of Tyk, with ``v``. :ivar system: ``GOOS``. :ivar machine: ``GOARCH``.
    """

    entry: str
    version: str
    system: str
    machine: str


def target_of(name: str) -> Target | None:
    """The reverse of :func:`versioned`; ``None`` for a name that is not of that form."""
    found = _VERSIONED.fullmatch(name)
    return found and Target(f"{found[1]}.so", f"v{found[2]}", found[3], found[4])


def versioned(
    path: str, version: str, system: str = "", machine: str = "", prefix: str = "v"
) -> str:
    """``dir/plugin.so`` as ``dir/plugin_v5.3.0_linux_amd64.so``.

    :param version: of Tyk; what follows a hyphen, such as ``-rc1``, is left out.
    :param system: ``GOOS``, by default of this system; the same for ``machine``.
    """
    folder, name = os.path.split(path)
    number = version.removeprefix("v").partition("-")[0]
    target = f"{system or this_system()}_{machine or this_machine()}"
    return os.path.join(folder, f"{name.removesuffix('.so')}_{prefix}{number}_{target}.so")


def _is_there(file: Path) -> bool:
    """Also when it can not be looked at: then that is what is to be told of it."""
    try:
        file.stat()
    except ValueError:
        return False
    except OSError as error:
        return error.errno not in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)
    return True


def _beside(file: Path) -> str:
    """What else is in that folder."""
    try:
        names = sorted(other.name for other in file.parent.iterdir() if other.suffix == ".so")
    except (OSError, ValueError):
        return ""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"; there is {', '.join(names[:5])}{more}" if names else ""


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
