"""A patch that can be used."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import WeakSet

from attrs import define, field

from twisted_tyk.patches.counts import Counts
from twisted_tyk.patches.held import HeldCode
from twisted_tyk.patches.manifest import PatchManifest
from twisted_tyk.patches.places import place_of
from twisted_tyk.plugins.lives import HookLife


@define(eq=False, slots=False)
class Patch:
    """One version of a patch, whichever APIs it stands in.

    :ivar file: its folder or archive, as it is called in ``patches_path``.
    :ivar folder: the copy that it runs from; nobody writes to it.
    :ivar sha256: of the archive, or of the names and contents of the folder.
    :ivar signed: it was proved with the key of ``public_key_path``.
    :ivar code: what it runs from.
    :ivar make: what makes its step for an API: see :class:`~twisted_tyk.interfaces.IPatch`;
        ``None`` when it is native.
    :ivar lives: of what it has made, for as long as that can be called.
    :ivar unmade: why it does not stand in an API where it should, by the id of that.
    """

    manifest: PatchManifest
    file: str
    folder: Path
    sha256: str
    signed: bool
    code: HeldCode = field(repr=False)
    make: Callable[..., Any] | None = field(default=None, repr=False)
    lives: WeakSet[HookLife] = field(factory=WeakSet, init=False, repr=False)
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
