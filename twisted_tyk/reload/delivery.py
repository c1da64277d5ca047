"""A definition with the hooks that its bundles bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from attrs import field, frozen

from twisted_tyk.apidef.model import ApiDefinition


@frozen
class Delivered:
    """
    :ivar definition: with the hooks of the bundles in the place of its own.
    :ivar folders: where the bundles lie, by their names.
    :ivar versions: SHA-256 of the archives, by the same names.
    :ivar problems: why bundles are not the newest there are, a sentence each.
    """

    definition: ApiDefinition
    folders: Mapping[str, Path] = field(factory=dict)
    versions: Mapping[str, str] = field(factory=dict)
    problems: tuple[str, ...] = ()

    def stamp(self, sha256: str) -> str:
        """:param sha256: of the definition alone."""
        return " ".join((sha256, *self.versions.values()))


def without_bundles(definitions: Iterable[ApiDefinition]) -> Deliver:
    return Delivered


#: Gives each definition what its bundles bring; raises ``ValueError`` when one is not there.
Deliver = Callable[[ApiDefinition], Delivered]
