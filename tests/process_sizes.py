"""What a process holds of the system, as ``/proc`` tells it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from attrs import frozen


@frozen
class Sizes:
    """:ivar resident: bytes of memory.

    :ivar descriptors: that are no sockets.
    :ivar mapped: files of certain folders that are mapped.
    :ivar files: in those folders.
    """

    resident: int
    descriptors: int
    sockets: int
    threads: int
    children: int
    mapped: int
    files: int


def sizes(pid: int, folders: Iterable[Path]) -> Sizes:
    """:param folders: with what the process keeps for itself."""
    place = Path("/proc", str(pid))
    status = dict(
        line.split(":", 1) for line in (place / "status").read_text().splitlines() if ":" in line
    )
    maps = {line.split(maxsplit=5)[-1] for line in (place / "maps").read_text().splitlines()}
    opened = [_target(each) for each in (place / "fd").iterdir()]
    sockets = sum(target.startswith("socket:") for target in opened)
    folders = [folder.resolve() for folder in folders]
    return Sizes(
        resident=int(status["VmRSS"].split()[0]) * 1024,
        descriptors=len(opened) - sockets,
        sockets=sockets,
        threads=int(status["Threads"]),
        children=sum(_parent(each) == pid for each in Path("/proc").glob("[0-9]*")),
        mapped=sum(any(path.startswith(f"{folder}/") for folder in folders) for path in maps),
        files=sum(_count(folder) for folder in folders),
    )


def slope(values: Sequence[float]) -> float:
    """By how much they grow from one to the next, by least squares."""
    middle = (len(values) - 1) / 2
    mean = sum(values) / len(values)
    rise = sum((at - middle) * (value - mean) for at, value in enumerate(values))
    return rise / sum((at - middle) ** 2 for at in range(len(values)))


def _target(descriptor: Path) -> str:
    with suppress(OSError):
        return os.readlink(descriptor)
    return ""


def _parent(process: Path) -> int:
    with suppress(OSError, IndexError):
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    return 0


def _count(folder: Path) -> int:
    return sum(1 for path in folder.rglob("*") if path.is_file())
