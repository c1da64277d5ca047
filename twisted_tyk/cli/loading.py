"""A plugin, native or in Python, and the job that a worker is to do with it."""

from __future__ import annotations

import json
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen
from cattrs.preconf.json import make_converter

from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.output import title_of
from twisted_tyk.native.assemble import plugin_config
from twisted_tyk.native.copies import Copies
from twisted_tyk.native.examine import examine
from twisted_tyk.native.functions import known
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.opening import open_library
from twisted_tyk.settings import Settings


class Subject(Protocol):
    """What is to be tried. :ivar shown: the path as it was typed."""

    @property
    def shown(self) -> str: ...

    def what(self) -> str:
        """A few words."""

    def describes(self, loaded: dict[str, Any]) -> bool:
        """Whether it says the same of itself once it is loaded."""

    def job(self, names: list[str] | None, asked: Asked, config: str = "") -> dict[str, Any]:
        """For :func:`twisted_tyk.cli.child.events`: call these functions, ``None`` for all.

        :param config: JSON for ``tyk_plugin_init``, by default that of a gateway with the
            default settings.
        :raises LoadError: when there is none of such a name.
        :raises ValueError: when the request can not be.
        """


@frozen
class Candidate:
    """A library that is worth loading. :ivar copy: a private copy."""

    shown: str
    copy: Path
    manifest: Manifest

    def what(self) -> str:
        major, minor = self.manifest.abi
        return f"{title_of(self.manifest.language)} plugin, interface {major}.{minor}"

    def describes(self, loaded: dict[str, Any]) -> bool:
        return bool(loaded["described"] == self.manifest.text)

    def job(self, names: list[str] | None, asked: Asked, config: str = "") -> dict[str, Any]:
        functions = list(self.manifest.functions.values())
        if names is not None:
            functions = [known(self.manifest, name, self.shown) for name in names]
        calls = [
            {
                "name": function.name,
                "kind": function.kind,
                "number": function.number,
                "inline": function.mode == "inline",
                "frame": b64encode(asked.frame(function, asked.exchange(function.kind))).decode(),
            }
            for function in functions
        ]
        return {
            "file": self.shown,
            "copy": str(self.copy),
            "manifest": self.manifest.text,
            "config": config or json.dumps(plugin_config(Settings())),
            "threads": 1,
            "definition": asked.definition,
            "calls": calls,
        }


@frozen
class Script:
    """A file with hooks in Python."""

    shown: str

    def what(self) -> str:
        return "hooks in Python"

    def describes(self, loaded: dict[str, Any]) -> bool:
        return True

    def job(self, names: list[str] | None, asked: Asked, config: str = "") -> dict[str, Any]:
        return {
            "python": self.shown,
            "names": names,
            "asked": make_converter().unstructure(asked),
        }


@contextmanager
def candidate(file: Path) -> Iterator[Candidate]:
    """Copy a library and examine the copy. :raises LoadError: when it can not be loaded."""
    shown = str(file)
    with tempfile.TemporaryDirectory(prefix="tyk-plugin-") as folder:
        copies = Copies(Path(folder))
        try:
            _, copy = copies.copy(file, shown)
            yield Candidate(shown, copy, examine(copy, shown))
        finally:
            copies.close()


@contextmanager
def subject(file: Path) -> Iterator[Subject]:
    """The same, also for hooks in Python. :raises LoadError: when it can not be loaded."""
    if file.suffix == ".py":
        open_library(file, str(file)).close()
        yield Script(str(file))
    else:
        with candidate(file) as found:
            yield found
