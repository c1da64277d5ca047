"""A library and the job that a worker is to do with it."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from twisted_tyk.native.copies import Copies
from twisted_tyk.native.examine import examine
from twisted_tyk.native.manifest import Function, Manifest


@frozen
class Candidate:
    """A library that is worth loading.

    :ivar shown: the path as it was typed. :ivar copy: a private copy.
    """

    shown: str
    copy: Path
    manifest: Manifest

    def job(self, config: str = "{}", threads: int = 1, **more: Any) -> dict[str, Any]:
        """For :func:`twisted_tyk.cli.child.events`."""
        return {
            "file": self.shown,
            "copy": str(self.copy),
            "manifest": self.manifest.text,
            "config": config,
            "threads": threads,
            "calls": [],
            **more,
        }


def call(function: Function, frame: bytes) -> dict[str, Any]:
    """One of the calls of a job."""
    return {
        "name": function.name,
        "number": function.number,
        "inline": function.mode == "inline",
        "frame": b64encode(frame).decode(),
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
