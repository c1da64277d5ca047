"""Recorded paths with their ids folded away (``analytics_config.normalise_urls``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

from attrs import frozen

from twisted_tyk.settings.sections import NormaliseUrls

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}")
_ULID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}")
_NUMBER: Final = re.compile(r"/[0-9]+")


@frozen
class Folding:
    """Replaces what the patterns find, in Tyk's order: UUIDs, ULIDs, numbers, custom ones.

    As in Tyk a pattern is searched for anywhere in the path, so ``/2nd`` becomes
    ``/{id}nd``.
    """

    rules: tuple[tuple[Callable[[str, str], str], str], ...]

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
    rules: list[tuple[re.Pattern[str], str]] = []
    if settings.normalise_uuids:
        rules.append((_UUID, "{uuid}"))
    if settings.normalise_ulids:
        rules.append((_ULID, "{ulid}"))
    if settings.normalise_numbers:
        rules.append((_NUMBER, "/{id}"))
    rules += [(pattern, "{var}") for pattern in compiled(settings.custom_patterns)]
    if not rules:
        return None
    return Folding(tuple((pattern.sub, placeholder) for pattern, placeholder in rules))


def compiled(patterns: Iterable[str]) -> list[re.Pattern[str]]:
    """:raises ValueError: naming the first that is not a regular expression."""
    made = []
    for index, pattern in enumerate(patterns):
        try:
            made.append(re.compile(pattern))
        except re.error as error:
            raise ValueError(
                "analytics_config.normalise_urls.custom_patterns"
                f"[{index}]: expected a regular expression, found {pattern!r}: {error}"
            ) from None
    return made
