"""The plugins of a folder: which would load in this gateway, and which an entry would get."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from attrs import frozen

from twisted_tyk.cli.survey_bundle import in_bundle
from twisted_tyk.cli.survey_entry import Entry, entries_of, in_their_order
from twisted_tyk.cli.surveyed import Surveyed, surveyed


@frozen
class Survey:
    """Of one folder.

    :ivar version: of Tyk, with ``v``.
    """

    folder: Path
    version: str
    files: tuple[Surveyed, ...]
    entries: tuple[Entry, ...]

    def is_good(self) -> bool:
        """Whether each entry gets a file, and all files that are for this gateway load."""
        good = all(not each.problem for each in self.files if each.is_for(self.version))
        return good and not any(entry.problem for entry in self.entries)


def survey(folder: Path, version: str) -> Survey:
    """Look at each ``.so`` and bundle of a folder and run nothing of them.

    :param version: of Tyk, whose file names are looked for; with or without ``v``.
    """
    version = "v" + version.removeprefix("v").partition("-")[0]
    files = [
        surveyed(file, str(file), file.name)
        for file in folder.glob("*.so")
        if not os.path.isdir(file)
    ]
    entries = entries_of(files, folder, "", version)
    for archive in sorted(folder.glob("*.zip")):
        more, asked = in_bundle(archive, version)
        files += more
        entries += asked
    return Survey(folder, version, tuple(in_their_order(files)), tuple(entries))


def folders(top: Path) -> Iterator[Path]:
    """The folder and those below it that have a plugin in them, in their order."""
    for place, inner, names in os.walk(top):
        inner.sort()
        if any(name.endswith((".so", ".zip")) for name in names):
            yield Path(place)
