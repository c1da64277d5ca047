"""Recorded paths with their ids folded away (``analytics_config.normalise_urls``)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from attrs import frozen

from twisted_tyk.apidef.expressions import expression, finds
from twisted_tyk.settings.sections import NormaliseUrls

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}")
_NUMBER: Final = re.compile(r"/[0-9]+")

#: Replaces what it finds in a path; the placeholder comes first.
Substitute = Callable[[str, str], str]


@frozen
class Folding:
    """Replaces what the patterns find, in Tyk's order: UUIDs, ULIDs, numbers, custom ones.

    As in Tyk a pattern is searched for anywhere in the path, so ``/2nd`` becomes
    ``/{id}nd``.
    """

    rules: tuple[tuple[Substitute, str], ...]

    def __call__(self, path: str) -> str:
        for substitute, placeholder in self.rules:
            path = substitute(placeholder, path)
        return path


def folding(settings: NormaliseUrls) -> Folding | None:
    """What folds paths as the settings say; ``None`` when nothing is to be folded.

    :raises ValueError: naming a custom pattern that is not a regular expression.
    """
    if not settings.enabled:
        return None
    rules: list[tuple[Substitute, str]] = []
    if settings.normalise_uuids:
        rules.append((_UUID.sub, "{uuid}"))
    if settings.normalise_ulids:
        rules.append((_ULID.sub, "{ulid}"))
    if settings.normalise_numbers:
        rules.append((_NUMBER.sub, "/{id}"))
    for index, pattern in enumerate(settings.custom_patterns):
        try:
            rules.append((_custom(pattern), "{var}"))
        except ValueError as error:
            raise ValueError(
                "analytics_config.normalise_urls.custom_patterns"
                f"[{index}]: expected a regular expression, found {pattern!r}: {error}"
            ) from None
    return Folding(tuple(rules)) if rules else None


def _custom(pattern: str) -> Substitute:
    found, whole = finds(pattern), expression(pattern)

    def substitute(placeholder: str, path: str) -> str:
        # To look first costs a tenth of the search for where it is.
        return whole.sub(placeholder, path) if found(path.encode()) else path

    return substitute
