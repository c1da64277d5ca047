"""Go sources, as they were written for Tyk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import attrs
from attrs import frozen

from twisted_tyk.build.contract import BuildError, Made, Order
from twisted_tyk.build.discovery import Found, Sources, discover
from twisted_tyk.build.goerrors import explained
from twisted_tyk.build.gomod import LOGRUS, TYK, Module, read_module, written
from twisted_tyk.build.gosdk import check_imports, own_modules
from twisted_tyk.build.overlay import (
    copies_of,
    manifest_source,
    manifest_text,
    sources_overlay,
    vendored_overlay,
    write_overlay,
)
from twisted_tyk.build.run import Ran, run
from twisted_tyk.build.toolchain import Go, find_go
from twisted_tyk.native.machine import this_machine, this_system
from twisted_tyk.native.manifest import Manifest

TITLE = "Go"

#: What a function may be sent when a package that we do not read imports Tyk's ``ctx``.
ALL_OF_CONTEXT = frozenset({"session", "definition", "context"})


def claims(folder: Path) -> bool:
    return any(file.suffix == ".go" for file in folder.iterdir())


def make(order: Order) -> Made:
    """Compile the package; see :class:`twisted_tyk.build.contract.Builder`."""
    go = find_go(order.environ)
    sources = discover(order, go)
    building = _Building(order, go, sources, read_module(order.folder.resolve(), go))
    return building.make()


@frozen
class _Building:
    order: Order
    go: Go
    sources: Sources
    module: Module

    def make(self) -> Made:
        real_logrus = self.module.wants_logrus()
        try:
            return self._make(real_logrus)
        except BuildError as error:
            # A library that somebody else wrote for logrus may use more than ours offers.
            if real_logrus or not any("logrus." in line for line in error.lines):
                raise
            if not self.module.names_logrus():
                raise BuildError(
                    f"{error}; the SDK has a small logrus, and with"
                    f" `go get {LOGRUS}` there the real one is used",
                    error.lines,
                ) from error
            return self._make(True)

    def _make(self, real_logrus: bool) -> Made:
        own = own_modules()
        check_imports(self.order.folder, self.sources.imports, own)
        if real_logrus:
            del own[LOGRUS]
        cache = self.order.cache
        self._write_modules(own)
        contents = sources_overlay(self.order.folder.resolve(), self.sources)
        contents |= vendored_overlay(self.module.vendored)
        if self.module.file is None:
            contents[self.module.root / "go.mod"] = (cache / "go.mod").read_text("utf-8")
        write_overlay(cache / "overlay.json", contents)
        functions = self._functions(own)
        text = manifest_text(self._name(), self.go.version, functions)
        contents[own[TYK] / "rt" / "manifest.c"] = manifest_source(text)
        write_overlay(cache / "overlay.json", contents)
        library = cache / "plugin.so"
        self._go(
            "build",
            *("-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w"),
            *("-o", str(library)),
        )
        return Made(library, Manifest.parse(text), self.sources.warnings)

    def _write_modules(self, own: Mapping[str, Path]) -> None:
        """Lay ``go.mod`` and ``go.sum`` into the cache, unless those there are of the same.

        Go adds to them what it finds out, which the next build need not find out again.
        """
        cache = self.order.cache
        text = written(self.module, own)
        try:
            sums = (self.module.root / "go.sum").read_text(encoding="utf-8")
        except FileNotFoundError:
            sums = ""
        state = hashlib.sha256(f"{self.go.version}\0{text}\0{sums}".encode()).hexdigest()
        kept = cache / "modules"
        if kept.is_file() and kept.read_text(encoding="utf-8") == state:
            return
        kept.unlink(missing_ok=True)
        (cache / "go.mod").write_text(text, encoding="utf-8")
        (cache / "go.sum").write_text(sums, encoding="utf-8")
        kept.write_text(state, encoding="utf-8")

    def _functions(self, own: Mapping[str, Path]) -> tuple[Found, ...]:
        """The functions, with the needs of what we do not read taken into account."""
        functions = self.sources.functions
        if not self.sources.foreign:
            return functions
        listed = self._go(
            "list",
            "-deps",
            "-f",
            '{{if not .Standard}}{{.ImportPath}} {{join .Imports " "}}{{end}}',
        )
        for line in listed.out.splitlines():
            package, *imports = line.split()
            ours = any(package.startswith(f"{path}/") for path in own)
            if f"{TYK}/ctx" in imports and not ours and package != self._package():
                return tuple(
                    each
                    if each.asked or each.kind == "analytics"
                    else attrs.evolve(each, needs=each.needs | ALL_OF_CONTEXT)
                    for each in functions
                )
        return functions

    def _package(self) -> str:
        """The import path of the folder."""
        inner = self.order.folder.resolve().relative_to(self.module.root).as_posix()
        return self.module.path if inner == "." else f"{self.module.path}/{inner}"

    def _name(self) -> str:
        if self.module.file is None:
            return self.order.folder.resolve().name
        return self._package().rpartition("/")[2]

    def _go(self, command: str, *arguments: str) -> Ran:
        """:raises BuildError: with what the compiler says."""
        cache = self.order.cache
        ran = run(
            [
                *(self.go.command, command, "-tags", ",".join(self.go.tags)),
                *("-modfile", str(cache / "go.mod"), "-overlay", str(cache / "overlay.json")),
                *(*arguments, "."),
            ],
            self.order.folder.resolve(),
            self.go.environ,
            self.order.progress,
            "building; the first time of all takes about 20 s, as Go's own packages are compiled"
            if command == "build"
            else "looking for modules and downloading those that are new",
        )
        if ran.status:
            copies = copies_of(cache / "overlay.json")
            error = explained(self.order.folder, ran.said, self.sources.imports, copies)
            raise BuildError(f"{error}{_elsewhere(self.go.environ)}", error.lines)
        return ran


def _elsewhere(environ: Mapping[str, str]) -> str:
    """What else may be wrong when it is to be built for another machine."""
    system = environ.get("GOOS") or this_system()
    machine = environ.get("GOARCH") or this_machine()
    if (system, machine) == (this_system(), this_machine()):
        return ""
    return f"; GOOS and GOARCH ask for {system}/{machine}, and CC must be a compiler for that"
