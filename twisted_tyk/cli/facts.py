"""What is known of a library without loading it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from attrs import frozen

from twisted_tyk.native.elf import Elf
from twisted_tyk.native.examine import examine
from twisted_tyk.native.functions import signature
from twisted_tyk.native.libc import Libc, libc_of
from twisted_tyk.native.machine import machine_name, this_system
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.opening import open_library
from twisted_tyk.native.toolchain import GoBuild, compilers, go_build, go_build_id


@frozen
class Facts:
    """:ivar shown: the path as it was typed. :ivar machine: ``GOARCH``.

    :ivar libraries: that it needs from the system.
    :ivar libc: the C library that it needs.
    :ivar compilers: as they left their names in it.
    """

    shown: str
    manifest: Manifest
    machine: str
    bits: int
    size: int
    sha256: str
    libraries: tuple[str, ...]
    libc: Libc
    compilers: tuple[str, ...]
    go: GoBuild | None
    go_build_id: str

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        manifest = self.manifest
        return {
            "file": self.shown,
            "ok": True,
            "language": manifest.language,
            "toolchain": manifest.toolchain,
            "sdk": manifest.sdk,
            "interface": "{}.{}".format(*manifest.abi),
            "name": manifest.name,
            "version": manifest.version,
            "system": this_system(),
            "machine": self.machine,
            "bits": self.bits,
            "size": self.size,
            "sha256": self.sha256,
            "libraries": list(self.libraries),
            "libc": str(self.libc),
            "compilers": list(self.compilers),
            "go": self._go(),
            "functions": [
                {
                    "name": function.name,
                    "kind": function.kind,
                    "needs": sorted(function.needs),
                    "mode": function.mode,
                    "signature": signature(manifest.language, function.name, function.kind),
                }
                for function in manifest.functions.values()
            ],
        }

    def _go(self) -> dict[str, Any] | None:
        if self.go is None:
            return None
        return {
            "version": self.go.version,
            "module": self.go.module,
            "build_id": self.go_build_id,
            "settings": self.go.settings,
        }


def facts(file: Path, shown: str = "") -> Facts:
    """
    :param shown: what messages call it, by default its path.
    :raises LoadError: when it is no library that could be loaded, or can not be read.
    """
    shown = shown or str(file)
    manifest = examine(file, shown)
    with open_library(file, shown) as opened:
        elf = Elf.read(opened)
        opened.seek(0)
        digest = hashlib.sha256()
        while block := opened.read(1024 * 1024):
            digest.update(block)
        return Facts(
            shown=shown,
            manifest=manifest,
            machine=machine_name(elf.machine, elf.bits, elf.order),
            bits=elf.bits,
            size=file.stat().st_size,
            sha256=digest.hexdigest(),
            libraries=elf.needed,
            libc=libc_of(elf),
            compilers=tuple(compilers(elf)),
            go=go_build(elf),
            go_build_id=go_build_id(elf),
        )
