"""What is asked of a builder, and what it gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen

from twisted_tyk.native.manifest import Manifest

#: Told, in one line each, what takes long.
Progress = Callable[[str], None]


class BuildError(Exception):
    """A plugin could not be built; the text is one sentence for the user.

    :ivar lines: what the compiler says, pointing at the user's own files.
    """

    def __init__(self, text: str, lines: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.lines = tuple(lines)


@frozen
class Order:
    """:ivar folder: of the sources; nothing is written there.

    :ivar cache: a folder of ours for this folder of sources alone; it is there, locked, and
        keeps what makes the next build quick.
    :ivar environ: of the compiler.
    """

    folder: Path
    cache: Path
    environ: Mapping[str, str]
    progress: Progress


@frozen
class Made:
    """What a builder hands over.

    :ivar library: the file, in the cache; it is put at the output later.
    :ivar warnings: sentences for the user.
    """

    library: Path
    manifest: Manifest
    warnings: tuple[str, ...] = ()


class Builder(Protocol):
    """The builder of one language: a module with these three."""

    #: What people call the language.
    TITLE: str

    def claims(self, folder: Path) -> bool:
        """Whether the folder holds sources of this language."""

    def make(self, order: Order) -> Made:
        """:raises BuildError: saying what is wrong and what to do."""


@frozen
class Built:
    """A finished plugin.

    :ivar seconds: that it took.
    :ivar warnings: sentences for the user.
    """

    file: Path
    manifest: Manifest
    seconds: float
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "file": str(self.file),
            "language": self.manifest.language,
            "functions": list(self.manifest.functions),
            "seconds": round(self.seconds, 3),
            "warnings": list(self.warnings),
        }
