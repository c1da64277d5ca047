"""Which patches come into force: those that are good, and of others the last good ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, product

from attrs import define, frozen

from twisted_tyk.patches.patch import Patch
from twisted_tyk.patches.places import conflict


@frozen
class Listed:
    """What there is to say of one folder or archive.

    :ivar patch: in force, if any.
    :ivar refused: why what is there now is not, empty when it is.
    :ivar elsewhere: it is refused because it is for other versions of the gateway.
    """

    file: str
    name: str = ""
    version: str = ""
    replaces: str = ""
    patch: Patch | None = None
    refused: str = ""
    elsewhere: bool = False

    @property
    def state(self) -> str:
        """``applied``, ``kept`` (the last good version) or ``refused``."""
        if not self.refused:
            return "applied"
        return "refused" if self.patch is None else "kept"


@frozen
class PatchesReport:
    """What a load of all patches came to.

    :ivar problems: of patches of which nothing is in force; ``/ready`` is not ready.
    :ivar held: of those whose last good version goes on.
    :ivar warnings: of those that are for other versions, and of keys nobody knows.
    """

    listed: tuple[Listed, ...] = ()
    problems: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def in_force(self) -> tuple[Patch, ...]:
        """Those that stand wherever they can."""
        return tuple(each.patch for each in self.listed if each.patch is not None)

    def unmade(self, api_id: str, standing: Iterable[Patch]) -> Iterator[str]:
        """Why patches do not stand in an API, in no version, a sentence each.

        :param standing: those that do.
        """
        names = {patch.manifest.name for patch in standing}
        for patch in self.in_force:
            if api_id in patch.unmade and patch.manifest.name not in names:
                yield f"API {api_id}: patch {patch.title} is not used: {patch.unmade[api_id]}"


@define
class Candidate:
    """One folder or archive on its way.

    :ivar patch: what is there now, when it is good.
    :ivar last: what was in force before.
    """

    file: str
    name: str = ""
    version: str = ""
    replaces: str = ""
    patch: Patch | None = None
    last: Patch | None = None
    refused: str = ""
    elsewhere: bool = False

    def refuse(self, reason: str) -> None:
        """It is not to come into force."""
        self.patch = None
        self.refused = reason

    def listed(self) -> Listed:
        """What came of it."""
        shown = self.patch or self.last
        known = shown.manifest if shown is not None else None
        return Listed(
            self.file,
            self.name or (known.name if known else ""),
            self.version or (known.version if known else ""),
            self.replaces or (known.replaces if known else ""),
            shown,
            self.refused,
            self.elsewhere,
        )


def settle(candidates: Sequence[Candidate]) -> None:
    """Refuse what can not be beside each other.

    All that come into conflict are refused: which of them was meant, nobody can tell. What was
    in force before never was in conflict, so it can go on.
    """
    good = [each for each in candidates if each.patch is not None]
    against = [
        (each, reason)
        for one, other in combinations(good, 2)
        if (reason := _conflict(one.patch, other.patch))
        for each in (one, other)
    ]
    while True:
        for each, reason in against:
            each.refuse(each.refused or reason)
        against = [
            (each, reason)
            for each, kept in product(good, candidates)
            if kept.patch is None and (reason := _conflict(each.patch, kept.last))
        ]
        if not against:
            return


def _conflict(one: Patch | None, other: Patch | None) -> str:
    """Why two can not both be in force; empty when they can."""
    if one is None or other is None:
        return ""
    return conflict(one.file, one.manifest, other.file, other.manifest)
