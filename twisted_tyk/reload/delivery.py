"""A definition with the hooks that its bundles bring."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from attrs import field, frozen
from twisted.internet.defer import Deferred

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.bundles.asked import bundles_of
from twisted_tyk.bundles.bringing import Arrived
from twisted_tyk.bundles.bundles import Bundles
from twisted_tyk.bundles.merge import with_bundles
from twisted_tyk.bundles.problem import BundleError, NotHad
from twisted_tyk.bundles.shelf import Unpacked


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


#: Gives each definition what its bundles bring; raises ``ValueError`` when one is not there.
Deliver = Callable[[ApiDefinition], Delivered]


class Deliveries:
    """The bundles of definitions. In the reactor thread."""

    def __init__(self, bundles: Bundles) -> None:
        self._bundles = bundles

    def at_hand(self, definitions: Iterable[ApiDefinition]) -> Deliver:
        """Those on disk, at once."""
        found = self._bundles.at_hand(_wanted(definitions))
        return partial(
            _deliver,
            {
                name: each if isinstance(each, BundleError) else Arrived(each)
                for name, each in found.items()
            },
        )

    def ask(self, definitions: Iterable[ApiDefinition]) -> Deferred[None]:
        """Ask for newer ones; it fires when all are there or can not be had, and never fails."""
        return self._bundles.ask(_wanted(definitions))

    def arrived(self, definitions: Iterable[ApiDefinition], older: bool = False) -> Deliver:
        """Those that have come by now. See :meth:`.Bundles.arrived`."""
        return partial(_deliver, self._bundles.arrived(_wanted(definitions), older))


def _wanted(definitions: Iterable[ApiDefinition]) -> list[str]:
    return [name for definition in definitions for name in bundles_of(definition)]


def _deliver(found: Mapping[str, Arrived | BundleError], definition: ApiDefinition) -> Delivered:
    bundles: list[Unpacked] = []
    problems: list[str] = []
    for name in bundles_of(definition):
        each = found[name]
        if isinstance(each, BundleError):
            raise each
        if each.unpacked is None:
            raise NotHad(each.problem)
        bundles.append(each.unpacked)
        if each.problem:
            problems.append(f"{each.problem}; the last good version is kept")
    return Delivered(
        with_bundles(definition, bundles),
        {bundle.name: bundle.folder for bundle in bundles},
        {bundle.name: bundle.sha256 for bundle in bundles},
        tuple(problems),
    )
