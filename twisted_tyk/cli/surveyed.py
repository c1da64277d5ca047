"""One file of a folder with plugins: what it is, and whether it loads in this gateway."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from attrs import evolve, field, frozen

from twisted_tyk.cli.facts import facts
from twisted_tyk.native.abi import ABI_MAJOR, RELEASES
from twisted_tyk.native.elf import Elf, ElfError
from twisted_tyk.native.examine import MANIFEST_LIMIT, SECTION, is_go_plugin
from twisted_tyk.native.find import Target, target_of
from twisted_tyk.native.libc import libc_of
from twisted_tyk.native.machine import machine_name, this_machine, this_system
from twisted_tyk.native.manifest import Manifest, ManifestError
from twisted_tyk.native.opening import open_library
from twisted_tyk.native.toolchain import go_build
from twisted_tyk.plugins.driver import LoadError


@frozen
class Surveyed:
    """A file, whether it can be loaded or not.

    :ivar shown: its path; in a bundle it begins with that of the archive.
    :ivar name: the end of it: from the folder that is looked at.
    :ivar target: what it is for, by its name.
    :ivar manifest: ``None`` when it is no plugin of ours.
    :ivar machine: ``GOARCH``. :ivar libc: such as ``glibc 2.34``. Both empty when unknown.
    :ivar for_tyk: Tyk itself loads it.
    :ivar bundled: how many files are in it, of a bundle.
    :ivar problem: why it does not load here, empty when it does.
    :ivar known: all that ``--json`` tells of one that loads.
    """

    shown: str
    name: str
    target: Target | None
    problem: str
    manifest: Manifest | None = None
    machine: str = ""
    libc: str = ""
    for_tyk: bool = False
    bundled: int | None = None
    known: dict[str, Any] = field(factory=dict, repr=False)

    @property
    def entry(self) -> str:
        """The shortest path, from this folder, that an entry may have for it."""
        folder = self.name.rpartition("/")[0]
        return str(PurePosixPath(folder, self.target.entry)) if self.target else self.name

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


def surveyed(file: Path, shown: str, name: str) -> Surveyed:
    """One library: all that can be said of it."""
    target = target_of(file.name)
    try:
        known = facts(file, shown)
    except (LoadError, ElfError) as error:
        return _refused(file, Surveyed(shown, name, target, str(error)))
    return Surveyed(
        shown, name, target, "", known.manifest, known.machine, str(known.libc),
        known=known.as_dict(),
    )  # fmt: skip


def _refused(file: Path, told: Surveyed) -> Surveyed:
    """What it says of itself all the same."""
    try:
        with open_library(file, told.shown) as opened:
            elf = Elf.read(opened)
            machine = machine_name(elf.machine, elf.bits, elf.order)
            libc = str(libc_of(elf))
            for_tyk = elf.content(SECTION, MANIFEST_LIMIT) is None and is_go_plugin(elf)
            build = go_build(elf) if for_tyk else None
            manifest = None if for_tyk else _manifest(elf)
    except (LoadError, ElfError, OSError):
        return told
    known = {} if build is None else {"toolchain": build.version, "module": build.module}
    return evolve(told, manifest=manifest, machine=machine, libc=libc, for_tyk=for_tyk, known=known)


def _manifest(elf: Elf) -> Manifest | None:
    content = elf.content(SECTION, MANIFEST_LIMIT) or b""
    try:
        return Manifest.parse(content.strip(b"\0").decode())
    except (ManifestError, UnicodeDecodeError, RecursionError):
        return None
