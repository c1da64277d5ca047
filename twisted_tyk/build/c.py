"""Plugins in C and C++: all the files of one folder, made into one library."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from attrs import frozen

from twisted_tyk.build.checked import checked
from twisted_tyk.build.contract import BuildError, Made, Order
from twisted_tyk.build.run import run

TITLE = "C"

_C: Final = frozenset({".c"})
_PLUS: Final = frozenset({".cc", ".cpp", ".cxx"})
_WARNING: Final = re.compile(r"\bwarning: ")


def claims(folder: Path) -> bool:
    return bool(_sources(folder))


def make(order: Order) -> Made:
    """Compile every file, and link; see :class:`twisted_tyk.build.contract.Builder`.

    The compilers are those of ``CC`` and ``CXX``. ``CPPFLAGS``, ``CFLAGS``, ``CXXFLAGS`` and
    ``LDFLAGS`` are added to what is needed.
    """
    return _Building(order, _sources(order.folder)).make()


@frozen
class _Building:
    order: Order
    sources: Sequence[Path]

    def make(self) -> Made:
        objects = []
        warnings: list[str] = []
        for number, source in enumerate(self.sources):
            made = self.order.cache / f"{number}.o"
            plus = source.suffix in _PLUS
            warnings += self._run(
                *_compiler(self.order.environ, plus),
                *("-c", "-fPIC", "-O2", "-fvisibility=hidden", "-pthread"),
                f"-I{files('twisted_tyk') / 'sdk' / 'c'}",
                *_flags(self.order.environ, "CPPFLAGS"),
                *_flags(self.order.environ, "CXXFLAGS" if plus else "CFLAGS"),
                *(str(source), "-o", str(made)),
                notice=f"compiling {source.name}",
            )
            objects.append(str(made))
        library = self.order.cache / "plugin.so"
        # A name that is nowhere defined is better told now than when it is loaded.
        warnings += self._run(
            *_compiler(self.order.environ, any(s.suffix in _PLUS for s in self.sources)),
            *("-shared", "-pthread", *objects, "-Wl,-z,defs"),
            *_flags(self.order.environ, "LDFLAGS"),
            *("-o", str(library)),
            notice="linking",
        )
        lacking = "no file of it says TYK_PLUGIN(...); see tyk_hook.h"
        manifest = checked(library, self.order.folder, lacking)
        return Made(library, manifest, tuple(warnings))

    def _run(self, *command: str, notice: str) -> list[str]:
        """:returns: warnings. :raises BuildError: with what the compiler says."""
        # The files are given as the user would name them, and so they are told.
        ran = run(command, Path(), self.order.environ, self.order.progress, notice)
        if ran.status:
            text = f"{self.order.folder}: it does not compile"
            raise BuildError(text, ran.said.splitlines())
        return [line for line in ran.said.splitlines() if _WARNING.search(line)]


def _sources(folder: Path) -> list[Path]:
    return sorted(file for file in folder.iterdir() if file.suffix in _C | _PLUS)


def _flags(environ: Mapping[str, str], name: str) -> list[str]:
    try:
        return shlex.split(environ.get(name, ""))
    except ValueError as error:
        raise BuildError(f"{name}: {error}; found {environ[name]!r}") from error


def _compiler(environ: Mapping[str, str], plus: bool) -> list[str]:
    variable, names = ("CXX", ("c++", "g++", "clang++")) if plus else ("CC", ("cc", "gcc", "clang"))
    path = environ.get("PATH")
    given = _flags(environ, variable)
    if given:
        if shutil.which(given[0], path=path) is None:
            raise BuildError(f"{variable}: there is no program {given[0]}; name a compiler")
        return given
    for name in names:
        if shutil.which(name, path=path) is not None:
            return [name]
    language, package = ("C++", "g++") if plus else ("C", "gcc")
    raise BuildError(
        f"there is no {language} compiler; install {package} or clang, "
        f"or set {variable} to one that you have"
    )
