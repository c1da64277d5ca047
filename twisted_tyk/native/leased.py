"""A plugin library that is loaded: what was found for it, and who uses it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from attrs import define, field, frozen
from twisted.internet.defer import Deferred

from twisted_tyk.native.contract import InlineLibrary, Library
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.stats import EntryStats


@frozen
class Found:
    """A file that can be loaded.

    :ivar path: as the entry has it.
    :ivar file: that was found for it.
    :ivar digest: its SHA-256.
    :ivar copy: what is loaded.
    :ivar missing: files that would have been taken if they were there.
    """

    path: str
    file: Path
    digest: str
    copy: Path
    manifest: Manifest
    missing: tuple[Path, ...] = ()


class InProcess(Library, Protocol):
    """A library in a process of its own."""

    def retry(self) -> None:
        """Load it once more if it could not be loaded."""

    def loaded(self) -> Deferred[None]:
        """Fires when it is, and fails with ``LoadError`` when it cannot be."""


@define(eq=False)
class Leased:
    """A library, and who uses it.

    :ivar helper: the library, when it is in a process of its own.
    :ivar entries: what is counted of each entry.
    :ivar definitions: how many entries announced a definition, by its key.
    """

    found: Found
    library: Library | InlineLibrary
    helper: InProcess | None
    entries: list[EntryStats] = field(factory=list)
    definitions: Counter[bytes] = field(factory=Counter)

    @property
    def key(self) -> tuple[str, bool]:
        """Its digest, and whether it is in a process of its own."""
        return self.found.digest, self.helper is not None

    def announce(self, key: bytes, document: Callable[[], bytes]) -> None:
        """One entry more works with this definition."""
        if not self.definitions[key]:
            self.library.define(key, b"classic", document())
        self.definitions[key] += 1

    def forget(self, key: bytes) -> None:
        """One less does; the library forgets the definition with the last."""
        self.definitions[key] -= 1
        if not self.definitions[key]:
            del self.definitions[key]
            self.library.forget(key)
