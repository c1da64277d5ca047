"""Finds and loads modules below the packages of :mod:`twisted_tyk.plugins.fresh`.

Python asks every finder in ``sys.meta_path`` for a module, and tells it the ``__path__``
of the package that it is looked for in. Ours knows its own packages by the class of that.
Nothing is taken from ``__pycache__`` or from what Python remembers of folders: both are
told apart by seconds, and an edit can be quicker than that.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from importlib.abc import Loader
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    ModuleSpec,
    SourceFileLoader,
)
from importlib.util import spec_from_file_location
from types import CodeType, ModuleType
from typing import Any, Final

_INIT: Final = "__init__.py"


class FreshPath(list[str], ABC):
    """The ``__path__`` of a package of ours: its folders.

    :ivar files: told of every file that is executed, as in ``FreshModules``.
    :ivar names: told of every module that is found.
    """

    def __init__(self, folders: Iterable[str], files: dict[str, str], names: list[str]) -> None:
        super().__init__(folders)
        self.files = files
        self.names = names

    @abstractmethod
    def spec_of(self, name: str, last: str) -> ModuleSpec:
        """How to load a module of this package.

        :param last: of its name, after the last dot.
        :raises ModuleNotFoundError: when there is none.
        """


class FreshFinder:
    """Stands in ``sys.meta_path``; it keeps nothing."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """See :class:`importlib.abc.MetaPathFinder`."""
        if not isinstance(path, FreshPath):
            return None
        spec = path.spec_of(name, name.rpartition(".")[2])
        path.names.append(name)
        return spec


class FolderPath(FreshPath):
    """:ivar original: the importable package that this one stands for, if there is one."""

    def __init__(
        self,
        folders: Iterable[str],
        files: dict[str, str],
        names: list[str],
        original: str = "",
    ) -> None:
        super().__init__(folders, files, names)
        self.original = original

    def spec_of(self, name: str, last: str) -> ModuleSpec:
        """A file, a package, a folder, or what Python itself has to load, in this order."""
        for folder in self:
            file = os.path.join(folder, f"{last}.py")
            if os.path.isfile(file):
                return source_spec(name, file, self.files)
            if os.path.isfile(os.path.join(folder, last, _INIT)):
                below = self._below([os.path.join(folder, last)], last)
                return source_spec(name, os.path.join(folder, last, _INIT), self.files, below)
        folders = [os.path.join(folder, last) for folder in self]
        folders = [folder for folder in folders if os.path.isdir(folder)]
        if folders:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = self._below(folders, last)
            return spec
        if self.original and self._has_other(last):
            return ModuleSpec(name, _Alias(f"{self.original}.{last}"))
        for folder in self:
            self.files.setdefault(os.path.join(folder, f"{last}.py"), "")
        where = self.original or " or ".join(self)
        raise ModuleNotFoundError(f"No module named {last!r} in {where}", name=name)

    def _below(self, folders: list[str], last: str) -> FolderPath:
        original = f"{self.original}.{last}" if self.original else ""
        return FolderPath(folders, self.files, self.names, original)

    def _has_other(self, last: str) -> bool:
        suffixes = (*EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)
        return any(
            os.path.isfile(os.path.join(folder, last + suffix))
            for folder in self
            for suffix in suffixes
        )


class TopPath(FreshPath):
    """Has one module: what Python finds under a name without dots."""

    def __init__(self, spec: ModuleSpec, files: dict[str, str], names: list[str]) -> None:
        super().__init__([], files, names)
        self._spec = spec

    def spec_of(self, name: str, last: str) -> ModuleSpec:
        """That one; from it there is no way to others that could be imported."""
        found = self._spec
        if last != found.name:
            raise ModuleNotFoundError(
                f"No module named {last!r} beside {found.name}: import it by its full name",
                name=name,
            )
        folders = found.submodule_search_locations
        below = None
        if folders is not None:
            below = FolderPath(folders, self.files, self.names, found.name)
        if found.has_location and found.origin is not None:
            return source_spec(name, found.origin, self.files, below)
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = below
        return spec


def can_be_fresh(spec: ModuleSpec) -> bool:
    """Whether there is source for it, or it is a folder that has nothing of its own."""
    if spec.has_location and spec.origin is not None:
        return isinstance(spec.loader, SourceFileLoader) and spec.origin.endswith(".py")
    return spec.origin is None and spec.submodule_search_locations is not None


def source_spec(
    name: str, file: str, files: dict[str, str], path: FreshPath | None = None
) -> ModuleSpec:
    """How to load a file anew. :param path: of what is a package."""
    loader = _Loader(name, file, files)
    spec = spec_from_file_location(name, file, loader=loader, submodule_search_locations=path)
    assert spec is not None
    return spec


class _Loader(SourceFileLoader):
    """Executes what the file holds now, and takes note of it."""

    def __init__(self, name: str, file: str, files: dict[str, str]) -> None:
        super().__init__(name, file)
        self._files = files

    def get_code(self, fullname: str) -> CodeType:
        content = self.get_data(self.path)
        self._files[self.path] = hashlib.sha256(content).hexdigest()
        code: Any = self.source_to_code(content, self.path)
        assert isinstance(code, CodeType)
        return code


class _Alias(Loader):
    """Gives the module that Python has under another name."""

    def __init__(self, original: str) -> None:
        self._original = original

    def create_module(self, spec: ModuleSpec) -> None:
        """Python makes an empty one, which nobody sees."""

    def exec_module(self, module: ModuleType) -> None:
        """Put the real one in its place."""
        sys.modules[module.__name__] = importlib.import_module(self._original)
