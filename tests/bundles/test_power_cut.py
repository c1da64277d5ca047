"""Given that the power fails at any step, the next start finds a whole bundle or none."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from attrs import frozen
from bundle_archives import bundle, laid_down
from dying_disk import DyingDisk, PowerCut

from twisted_tyk.bundles.disk import Disk
from twisted_tyk.bundles.manifest import MANIFEST
from twisted_tyk.bundles.problem import BundleError
from twisted_tyk.bundles.shelf import Shelf, Unpacked
from twisted_tyk.bundles.trust import Trust

NAME = "foo.zip"
OLD = {"a.py": b"old", "lib/b.py": b"old, too"}
NEW = {"a.py": b"new", "lib/b.py": b"new, too"}


class QuickDisk(Disk):
    """Waits for no disk: here the power does not fail."""

    def settle(self, file: BinaryIO) -> None:
        file.flush()

    def settle_folder(self, folder: Path) -> None:
        pass


@frozen
class Place:
    """Where one cut is tried."""

    folder: Path

    def shelf(self, disk: Disk | None = None) -> Shelf:
        return Shelf(self.folder / "bundles", Trust(), disk=disk or QuickDisk())

    def archive(self, files: dict[str, bytes]) -> Path:
        file = self.folder / "archive"
        file.write_bytes(bundle(files))
        return file

    def put(self, shelf: Shelf, files: dict[str, bytes]) -> Unpacked:
        unpacked = shelf.put(NAME, self.archive(files), '"1"')
        shelf.keep(unpacked)
        return unpacked

    def content(self) -> dict[str, bytes] | None:
        """What the next start finds."""
        shelf = self.shelf()
        found = shelf.current(NAME)
        shelf.close()
        return found and {name: (found.folder / name).read_bytes() for name in OLD}

    def is_harmed(self) -> bool:
        """Whether the next start finds something that is no bundle."""
        try:
            return self.content() not in (None, NEW)
        except BundleError:
            return True

    def names(self) -> list[str]:
        """What is in the folder of the bundle, once nobody uses any of it."""
        shelf = self.shelf()
        shelf.sweep([])
        place = shelf.place(NAME)
        return sorted(entry.name for entry in place.iterdir()) if place.exists() else []


def cuts(
    tmp_path: Path,
    before: Callable[[Place], object],
    work: Callable[[Place, Shelf], object],
) -> Iterator[Place]:
    """The work, cut after every step, and of each every way of losing what was not settled."""
    number = itertools.count()
    for steps in itertools.count():
        whole = False
        # Names that are lost, the last ones first; and what is written.
        ways = [(0, False)]
        for way in ways:
            place = Place(tmp_path / str(next(number)))
            (place.folder / "trash").mkdir(parents=True)
            before(place)
            disk = DyingDisk(place.folder / "trash", steps)
            shelf = place.shelf(disk)
            try:
                work(place, shelf)
                whole = True
            except PowerCut:
                pass
            shelf.close()
            if way == (0, False):
                losses = [False, True] if disk.unsettled else [False]
                ways += list(itertools.product(range(len(disk.changes) + 1), losses))[1:]
            undone, contents = way
            disk.outage(undone, contents=contents)
            yield place
            shutil.rmtree(place.folder)
        if whole:
            assert steps > 10
            return


def nothing(place: Place) -> None:
    """No bundle is there."""


def an_old_one(place: Place) -> None:
    shelf = place.shelf()
    place.put(shelf, OLD)
    shelf.close()


def an_old_one_by_hand(place: Place) -> None:
    laid_down(place.shelf().place(NAME), OLD)


def unpacking(place: Place, shelf: Shelf) -> None:
    place.put(shelf, NEW)


def replacing(place: Place, shelf: Shelf) -> None:
    """As a reload does it: the new one is used, and the old one swept."""
    shelf.current(NAME)
    shelf.sweep([place.put(shelf, NEW).folder])


@pytest.mark.parametrize(
    ("before", "work", "good"),
    [
        (nothing, unpacking, (None, NEW)),
        (an_old_one, replacing, (OLD, NEW)),
        (an_old_one_by_hand, replacing, (OLD, NEW)),
    ],
)
def test_the_next_start_finds_a_whole_one_or_the_one_before(
    tmp_path: Path,
    before: Callable[[Place], object],
    work: Callable[[Place, Shelf], object],
    good: tuple[object, object],
) -> None:
    found = []
    for place in cuts(tmp_path, before, work):
        found.append(place.content())
        assert found[-1] in good
        # What the cut left is gone with the first sweep.
        assert not [name for name in place.names() if name.startswith(("new-", "old-"))]
        assert place.content() == found[-1]
        # And nothing of it is in the way.
        shelf = place.shelf()
        place.put(shelf, NEW)
        shelf.close()
        assert place.content() == NEW
        assert len([name for name in place.names() if name not in (*OLD, "lib", MANIFEST)]) == 2
    assert found.index(good[1]) > found.index(good[0])
    assert found[-1] == NEW


class Careless(DyingDisk):
    """One that is told to settle things, and does not."""

    def settle(self, file: object) -> None:
        self._step()

    def settle_folder(self, folder: Path) -> None:
        self._step()


def test_the_drill_sees_what_is_not_settled(tmp_path: Path) -> None:
    """Or it would say nothing of what is."""
    found = []
    for undone in range(10):
        place = Place(tmp_path / str(undone))
        (place.folder / "trash").mkdir(parents=True)
        disk = Careless(place.folder / "trash", 1000)
        shelf = place.shelf(disk)
        place.put(shelf, NEW)
        shelf.close()
        disk.outage(undone, contents=True)
        found.append(place.is_harmed())
    assert any(found)
