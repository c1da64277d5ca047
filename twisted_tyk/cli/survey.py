"""The plugins of a folder: which would load in this gateway, and which an entry would get."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from attrs import field, frozen

from twisted_tyk.cli.facts import facts
from twisted_tyk.native.abi import ABI_MAJOR, RELEASES
from twisted_tyk.native.elf import Elf, ElfError
from twisted_tyk.native.examine import MANIFEST_LIMIT, SECTION, is_go_plugin
from twisted_tyk.native.find import Target, in_order, target_of
from twisted_tyk.native.libc import libc_of
from twisted_tyk.native.machine import machine_name, this_machine, this_system
from twisted_tyk.native.manifest import Manifest, ManifestError
from twisted_tyk.native.opening import open_library
from twisted_tyk.native.toolchain import go_build
from twisted_tyk.plugins.driver import LoadError


@frozen
class Surveyed:
    """A file, whether it can be loaded or not.

    :ivar target: what it is for, by its name.
    :ivar manifest: ``None`` when it is no plugin of ours.
    :ivar machine: ``GOARCH``. :ivar libc: such as ``glibc 2.34``. Both empty when unknown.
    :ivar for_tyk: Tyk itself loads it.
    :ivar problem: why it does not load here, empty when it does.
    :ivar known: all that ``--json`` tells of one that loads.
    """

    file: Path
    target: Target | None
    problem: str
    manifest: Manifest | None = None
    machine: str = ""
    libc: str = ""
    for_tyk: bool = False
    known: dict[str, Any] = field(factory=dict, repr=False)

    @property
    def entry(self) -> str:
        """The shortest path, from this folder, that an entry may have for it."""
        return self.target.entry if self.target else self.file.name

    @property
    def language(self) -> str:
        """As the manifest has it."""
        return "go" if self.for_tyk else self.manifest.language if self.manifest else ""

    def is_for(self, version: str) -> bool:
        """Whether its name is one that a gateway on this system looks for.

        :param version: of Tyk, with ``v``.
        """
        here = (version, this_system(), this_machine())
        target = self.target
        return target is None or (target.version, target.system, target.machine) == here

    def since(self) -> str:
        """The release of this package that loads it first; empty when no known one does."""
        return "" if self.manifest is None else RELEASES.get(self.manifest.abi, "")

    def loads_in(self) -> str:
        """Which gateways load it, in words."""
        if self.for_tyk:
            return f"Tyk {self.target.version} alone" if self.target else "one release of Tyk"
        if self.manifest is None:
            return ""
        if self.since():
            return f"{self.since()} and later"
        return "newer ones" if self.manifest.abi[0] >= ABI_MAJOR else "older ones"


@frozen
class Entry:
    """What an entry of a definition gets that names a path in this folder.

    :ivar path: such as ``plugin.so``.
    :ivar gets: the file, ``None`` when there is none for this gateway.
    :ivar hidden: files that would be taken if it were not there.
    :ivar problem: why it gets none.
    """

    path: str
    gets: Path | None
    hidden: tuple[Path, ...]
    problem: str


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
        return good and all(entry.gets is not None for entry in self.entries)


def survey(folder: Path, version: str) -> Survey:
    """Look at each ``.so`` of a folder and run nothing of it.

    :param version: of Tyk, whose file names are looked for; with or without ``v``.
    """
    files = [surveyed(file) for file in folder.glob("*.so") if not os.path.isdir(file)]
    files.sort(key=lambda each: (each.entry, each.target is not None, each.file.name))
    names: dict[str, list[str]] = {}
    for each in files:
        names.setdefault(each.entry, []).append(each.file.name)
    version = "v" + version.removeprefix("v").partition("-")[0]
    entries = tuple(_entry(path, folder, version, named) for path, named in names.items())
    return Survey(folder, version, tuple(files), entries)


def folders(top: Path) -> Iterator[Path]:
    """The folder and those below it that have a ``.so`` in them, in their order."""
    for place, inner, names in os.walk(top):
        inner.sort()
        if any(name.endswith(".so") for name in names):
            yield Path(place)


def surveyed(file: Path) -> Surveyed:
    """One file: all that can be said of it."""
    target = target_of(file.name)
    try:
        known = facts(file)
    except (LoadError, ElfError) as error:
        return _refused(file, target, str(error))
    return Surveyed(
        file, target, "", known.manifest, known.machine, str(known.libc), known=known.as_dict()
    )


def _refused(file: Path, target: Target | None, problem: str) -> Surveyed:
    """What it says of itself all the same."""
    try:
        with open_library(file, str(file)) as opened:
            elf = Elf.read(opened)
            machine = machine_name(elf.machine, elf.bits, elf.order)
            libc = str(libc_of(elf))
            for_tyk = elf.content(SECTION, MANIFEST_LIMIT) is None and is_go_plugin(elf)
            build = go_build(elf) if for_tyk else None
            manifest = None if for_tyk else _manifest(elf)
    except (LoadError, ElfError, OSError):
        return Surveyed(file, target, problem)
    known = {} if build is None else {"toolchain": build.version, "module": build.module}
    return Surveyed(file, target, problem, manifest, machine, libc, for_tyk, known)


def _manifest(elf: Elf) -> Manifest | None:
    content = elf.content(SECTION, MANIFEST_LIMIT) or b""
    try:
        return Manifest.parse(content.strip(b"\0").decode())
    except (ManifestError, UnicodeDecodeError, RecursionError):
        return None


def _entry(path: str, folder: Path, version: str, named: list[str]) -> Entry:
    """:param named: names of files that are for this path in some gateway."""
    found = [file for file in in_order(path, folder, version) if not os.path.isdir(file)]
    if found:
        return Entry(path, found[0], tuple(found[1:]), "")
    return Entry(
        path,
        None,
        (),
        f"{folder / path}: no gateway of Tyk {version} on {this_system()}/{this_machine()} finds a "
        f"file for it; there is {', '.join(named)}; build one with `tyk plugin build`, under this "
        "name for all versions",
    )
