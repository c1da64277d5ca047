"""A patch that can be used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import define, field

from twisted_tyk.patches.counts import Counts
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.patches.places import place_of


@define(eq=False, slots=False)
class Patch:
    """One version of a patch, whichever APIs it stands in.

    :ivar file: its folder or archive, as it is called in ``patches_path``.
    :ivar folder: the copy that it runs from; nobody writes to it.
    :ivar sha256: of the archive, or of the names and contents of the folder.
    :ivar signed: it was proved with the key of ``public_key_path``.
    :ivar make: what makes its step for an API: see :class:`~twisted_tyk.interfaces.IPatch`;
        ``None`` when it is native.
    :ivar unmade: why it does not stand in an API where it should, by the id of that.
    """

    manifest: PatchManifest
    file: str
    folder: Path
    sha256: str
    signed: bool
    make: Callable[..., Any] | None = field(default=None, repr=False)
    unmade: dict[str, str] = field(factory=dict, init=False)
    counts: Counts = field(factory=Counts, init=False, repr=False)

    @property
    def place(self) -> str:
        """The name in the ordered table of what it replaces."""
        return place_of(self.manifest)

    @property
    def title(self) -> str:
        """What messages call it: ``ip-list 1.2``."""
        return f"{self.manifest.name} {self.manifest.version}".rstrip()

    @cached_property
    def files(self) -> frozenset[str]:
        """Its Python files, by which log lines find its frames."""
        return frozenset(str(file) for file in self.folder.rglob("*.py"))
