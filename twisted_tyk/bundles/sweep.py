"""What is on a shelf of bundles and in the folder of one, and which of it may go."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from twisted_tyk.bundles.current import CURRENT, read_current
from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.locks import nobody_in
from twisted_tyk.bundles.problem import BundleError

_PLACE: Final = re.compile(r"[0-9a-f]{32}")
_GENERATION: Final = re.compile(r"[0-9a-f]{64}")
#: What a gateway that ended without a word left half made or half removed.
_LEFT: Final = re.compile(r"(new|old)-\w+")


def places_in(shelf: Path) -> list[Path]:
    """The folders of its bundles; none when there is no such shelf yet.

    :raises OSError: when it can not be read.
    """
    try:
        return [place for place in shelf.iterdir() if _PLACE.fullmatch(place.name)]
    except FileNotFoundError:
        return []


def kept_in(place: Path) -> list[Path]:
    """What is in it and was not laid there by hand."""
    return [
        entry
        for entry in sorted(place.iterdir())
        if entry.name == CURRENT or _GENERATION.fullmatch(entry.name) or _LEFT.fullmatch(entry.name)
    ]


def sweep(place: Path, disk: Disk) -> None:
    """Remove generations that no gateway holds, but for the last good one, and what was left.

    It does nothing while another gateway is at it, or when nobody knows which is the last
    good one.

    :raises OSError: when something can not be removed.
    """
    with nobody_in(place) as alone:
        if not alone:
            return
        clear_left(place, disk)
        try:
            current = read_current(place)
        except BundleError:
            return
        for folder in kept_in(place):
            if _GENERATION.fullmatch(folder.name) and (
                current is None or folder.name != current.sha256
            ):
                with nobody_in(folder) as unused:
                    if unused:
                        remove(folder, disk)


def remove(folder: Path, disk: Disk) -> None:
    """It loses its name in one step, so that nobody sees half of it."""
    old = folder.with_name(f"old-{folder.name}")
    disk.rename(folder, old)
    disk.clear(old)


def clear_left(place: Path, disk: Disk) -> None:
    """Remove what crashes left. Call it when nobody else is at it."""
    for entry in kept_in(place):
        if _LEFT.fullmatch(entry.name):
            disk.clear(entry)
