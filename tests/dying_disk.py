"""A disk whose power fails after any step, and which then has what disks have after that.

What was written and not settled may be lost: contents become empty files, and of the
changes to names the last ones, however many, never came to be.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from attrs import define, field

from twisted_tyk.bundles.disk import Disk


class PowerCut(BaseException):
    """Nothing runs after this."""


@define
class _Change:
    """A change to the names of a folder that may be lost."""

    folder: Path
    undo: Callable[[], object]


@define
class DyingDisk(Disk):
    """:ivar steps: how many more are done.
    :ivar trash: where it keeps what is removed, to undo that.
    """

    trash: Path
    steps: int
    done: int = 0
    changes: list[_Change] = field(factory=list)
    unsettled: dict[int, int] = field(factory=dict)

    def _step(self) -> None:
        if self.done == self.steps:
            raise PowerCut
        self.done += 1

    def _aside(self) -> Path:
        return Path(tempfile.mkdtemp(dir=self.trash)) / "it"

    def _made(self, path: Path) -> None:
        self.changes.append(_Change(path.parent, lambda: path.rename(self._aside())))

    def temporary(self, parent: Path) -> Path:
        self._step()
        made = super().temporary(parent)
        self._made(made)
        return made

    def folder(self, folder: Path) -> None:
        self._step()
        super().folder(folder)
        self._made(folder)

    def create(self, file: Path) -> BinaryIO:
        self._step()
        made = super().create(file)
        self._made(file)
        kept = os.dup(made.fileno())
        self.unsettled[kept] = os.fstat(kept).st_ino
        stream: Any = _Stream(made, self._step)
        return stream  # type: ignore[no-any-return]

    def settle(self, file: BinaryIO) -> None:
        self._step()
        file.flush()
        inode = os.fstat(file.fileno()).st_ino
        for kept in [kept for kept, other in self.unsettled.items() if other == inode]:
            os.close(kept)
            del self.unsettled[kept]

    def settle_folder(self, folder: Path) -> None:
        self._step()
        self.changes = [change for change in self.changes if change.folder != folder]

    def rename(self, old: Path, new: Path) -> None:
        self._step()
        before = self._aside()
        if new.exists():
            os.link(new, before)

        def undo() -> None:
            new.rename(old)
            if before.exists():
                before.rename(new)

        super().rename(old, new)
        self.changes.append(_Change(new.parent, undo))

    def clear(self, path: Path) -> None:
        for inside in sorted(path.rglob("*"), reverse=True):
            self._remove(inside)
        self._step()
        if path.exists():
            self._remove(path)

    def _remove(self, path: Path) -> None:
        self._step()
        aside = self._aside()
        path.rename(aside)
        self.changes.append(_Change(path.parent, lambda: aside.rename(path)))

    def abandon(self, folder: Path) -> None:
        self._step()
        if not any(folder.iterdir()):
            self._remove(folder)

    def outage(self, undone: int, *, contents: bool) -> None:
        """Lose the last so many changes of names; and what files held, unless it was settled."""
        for kept in self.unsettled:
            if contents:
                os.ftruncate(kept, 0)
            os.close(kept)
        self.unsettled.clear()
        for change in self.changes[::-1][:undone]:
            change.undo()


@define
class _Stream:
    """A file where each block that is written is a step."""

    _file: BinaryIO
    _step: Callable[[], None]

    def write(self, block: bytes) -> None:
        self._step()
        self._file.write(block)

    def __enter__(self) -> _Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
