"""What a path leads through: where it can come to mean another folder, or none."""

from __future__ import annotations

import os
import stat
from typing import Final

from attrs import define, field

#: Links at most, as of the kernel.
_LINKS: Final = 40


@define
class Trail:
    """The way to one folder, by folders that are free of links.

    :ivar folder: it, or ``""`` when it is not there.
    :ivar through: the folders above it. When one of them is moved, so is the folder.
    :ivar names: names that decide where the way goes on, such as a link's, and the folders
        that they are in. When one of them changes the way may lead elsewhere.
    """

    folder: str = ""
    through: list[str] = field(factory=list)
    names: list[tuple[str, str]] = field(factory=list)


def trail(path: str) -> Trail:
    """Follow a path, which need not lead anywhere."""
    found = Trail()
    at, parts, links = "/", _parts(os.path.abspath(path)), 0
    while parts:
        part = parts.pop(0)
        if part == "..":
            at = os.path.dirname(at)
            continue
        step = os.path.join(at, part)
        try:
            mode = os.lstat(step).st_mode
            if stat.S_ISLNK(mode):
                target = os.readlink(step)
        except OSError:
            found.names.append((at, part))
            return found
        if stat.S_ISLNK(mode):
            found.names.append((at, part))
            links += 1
            if links > _LINKS:
                return found
            parts = _parts(target) + parts
            if os.path.isabs(target):
                at = "/"
        elif not stat.S_ISDIR(mode):
            found.names.append((at, part))
            return found
        else:
            if at != "/":
                found.through.append(at)
            at = step
    found.folder = at
    return found


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]
