"""Modules that are loaded anew with each load of an API, beside those of the load before.

Python keeps a module under its name in ``sys.modules`` and gives it to whoever asks
again. So each load has names of its own: ``twisted_tyk_hooks_<api>_<number>`` is a
package that stands for a folder, or for what the name of an importable module begins
with, and relative imports find the modules of the same load. What is imported by its
full name stays Python's, one for the process.
"""

from __future__ import annotations

import importlib
import importlib.util
import linecache
import os
import re
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from twisted_tyk.plugins.fresh_path import (
    FolderPath,
    FreshFinder,
    FreshPath,
    TopPath,
    can_be_fresh,
    source_spec,
)


class FreshModules:
    """The modules of one load. Used in the reactor thread, but for :meth:`close`.

    :ivar files: that were executed, each with the SHA-256 of what it held then; and,
        with ``""``, those that were looked for and are not there.
    """

    def __init__(self, api_id: str) -> None:
        self.files: dict[str, str] = {}
        self._owner = re.sub(r"\W", "_", api_id)
        #: The packages of this load by what they stand for.
        self._packages: dict[str, str] = {}
        #: Everything that was put into ``sys.modules``.
        self._names: list[str] = []

    def of_file(self, file: Path) -> ModuleType:
        """Execute a file, or give the module of it that this load has already.

        :raises Exception: what executing it raises; then nothing of it is left.
        """
        before = len(self._names)
        path = os.path.abspath(file)
        folder = os.path.dirname(path)
        try:
            package = self._package(folder, FolderPath([folder], self.files, self._names))
            name = f"{package}.{file.stem.replace('.', '_')}"
            while name in sys.modules:
                if getattr(sys.modules[name], "__file__", None) == path:
                    return sys.modules[name]
                name += "_"
            return self._execute(source_spec(name, path, self.files), package)
        except BaseException:
            self._forget(before)
            raise

    def of_name(self, name: str) -> ModuleType:
        """Import a module by its name, and the packages that it is in, all of them anew.

        What has no source, such as a module written in C, is the one that Python has.

        :raises Exception: what importing it raises; then nothing of it is left.
        """
        before = len(self._names)
        # Files that were made since Python looked into their folders last.
        importlib.invalidate_caches()
        top = name.partition(".")[0]
        try:
            spec = importlib.util.find_spec(top)
            if spec is None:
                raise ModuleNotFoundError(f"No module named {top!r}", name=top)
            if not can_be_fresh(spec):
                return importlib.import_module(name)
            package = self._package(f"{top}.", TopPath(spec, self.files, self._names))
            return importlib.import_module(f"{package}.{name}")
        except BaseException:
            self._forget(before)
            raise

    def close(self) -> None:
        """Take the modules out of ``sys.modules``; what still runs their code may go on.

        In any thread.
        """
        self._forget(0)
        for file in self.files:
            # What tracebacks of its code have read of it. Each version may have a path of its own.
            linecache.cache.pop(file, None)

    def _package(self, key: str, path: FreshPath) -> str:
        """The name of the package for a folder or a beginning; it is made when it is new."""
        if self._packages.get(key) not in sys.modules:
            if FreshFinder not in sys.meta_path:
                sys.meta_path.insert(0, FreshFinder)
            number = 1
            while (name := f"twisted_tyk_hooks_{self._owner}_{number}") in sys.modules:
                number += 1
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = path
            sys.modules[name] = importlib.util.module_from_spec(spec)
            self._names.append(name)
            self._packages[key] = name
        return self._packages[key]

    def _execute(self, spec: ModuleSpec, package: str) -> ModuleType:
        module = importlib.util.module_from_spec(spec)
        # Dataclasses and pickle look a module up by its name while it runs.
        sys.modules[spec.name] = module
        self._names.append(spec.name)
        assert spec.loader is not None
        spec.loader.exec_module(module)
        setattr(sys.modules[package], spec.name.rpartition(".")[2], module)
        return module

    def _forget(self, first: int) -> None:
        for name in self._names[first:]:
            sys.modules.pop(name, None)
        del self._names[first:]
