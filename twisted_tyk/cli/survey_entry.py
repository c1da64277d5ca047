"""Which file of a folder an entry of a definition gets."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from twisted_tyk.cli.surveyed import Surveyed
from twisted_tyk.native.find import in_order
from twisted_tyk.native.machine import this_machine, this_system


@frozen
class Entry:
    """What an entry of a definition gets that names a path in this folder.

    :ivar path: such as ``plugin.so``; in a bundle it begins with the archive's name.
    :ivar gets: the file, empty when there is none for this gateway.
    :ivar hidden: files that would be taken if it were not there.
    :ivar problem: why it gets none.
    """

    path: str
    gets: str
    hidden: tuple[str, ...] = ()
    problem: str = ""


def in_their_order(files: Iterable[Surveyed]) -> list[Surveyed]:
    """Those that stand for one path together, the one without a version first."""
    return sorted(files, key=lambda each: (each.entry, each.target is not None, each.name))


def entries_of(files: Iterable[Surveyed], folder: Path, inside: str, version: str) -> list[Entry]:
    """What the paths get that these files stand for.

    :param folder: where they are.
    :param inside: what their names begin with.
    """
    named: dict[str, list[str]] = {}
    for each in in_their_order(files):
        named.setdefault(each.entry.removeprefix(inside), []).append(each.name)
    return [entry(path, folder, inside, version, names) for path, names in named.items()]


def entry(path: str, folder: Path, inside: str, version: str, there: Iterable[str]) -> Entry:
    """What one path gets.

    :param there: names of files that are for it in some gateway.
    """
    found = [
        inside + file.relative_to(folder).as_posix()
        for file in in_order(path, folder, version)
        if not os.path.isdir(file)
    ]
    if found:
        return Entry(inside + path, found[0], tuple(found[1:]))
    beside = ", ".join(there)
    return Entry(
        inside + path,
        "",
        problem=f"{inside}{path}: no gateway of Tyk {version} on {this_system()}/{this_machine()} "
        f"finds a file for it{f'; there is {beside}' if beside else ''}; build one with "
        "`tyk plugin build`, under this name for all versions",
    )
