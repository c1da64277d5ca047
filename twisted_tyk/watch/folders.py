"""Keeps what is watched in line with what matters, and makes changes out of events."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Protocol

import attrs
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from twisted_tyk.watch.problem import WatchError
from twisted_tyk.watch.trail import trail
from twisted_tyk.watch.wanted import Interest, below, temporary


class Event(Enum):
    """What happened to a name in a folder, or to the folder itself.

    ``WRITTEN`` is a file that is whole, ``WRITING`` one that is not yet. After ``LOST``
    anything may have happened anywhere.
    """

    MADE = "made"
    WRITING = "writing"
    WRITTEN = "written"
    REMOVED = "removed"
    GONE = "gone"
    LOST = "lost"


class Notifies(Protocol):
    """See :class:`twisted_tyk.watch.notifier.Notifier`."""

    def begin(self, folder: str, contents: bool) -> None: ...

    def end(self, folder: str) -> None: ...

    def close(self) -> None: ...


@attrs.define
class _Plan:
    """
    :ivar interests: by folder.
    :ivar names: that decide where paths lead, by the folder they are in.
    :ivar through: folders that paths lead through.
    """

    interests: dict[str, Interest] = attrs.field(factory=dict)
    names: dict[str, set[str]] = attrs.field(factory=dict)
    through: set[str] = attrs.field(factory=set)

    @classmethod
    def of(cls, wanted: Mapping[str, Interest]) -> _Plan:
        """As the folders are now; all of them by their names without links."""
        plan = cls()
        for path, interest in wanted.items():
            way = trail(path)
            plan.through.update(way.through)
            for folder, name in way.names:
                plan.names.setdefault(folder, set()).add(name)
            if way.folder:
                plan._add(way.folder, interest)
        return plan

    def _add(self, folder: str, interest: Interest) -> None:
        for path, each in ((folder, interest), *below(folder, interest)):
            before = self.interests.get(path)
            self.interests[path] = each if before is None else before.also(each)

    def watches(self) -> dict[str, bool]:
        """What to watch, and whether with what is in it."""
        return {
            **dict.fromkeys(self.through, False),
            **dict.fromkeys(self.names, True),
            **dict.fromkeys(self.interests, True),
        }


@attrs.define(eq=False)
class Folders:
    """In the reactor thread.

    :ivar changed: told of each file or folder that is another than before, and whole.
    :ivar writing: told of each file that somebody has begun to write.
    """

    clock: IReactorTime
    changed: Callable[[str], None]
    writing: Callable[[str], None]
    _notifier: Notifies | None = attrs.field(default=None, init=False)
    _wanted: Mapping[str, Interest] = attrs.field(factory=dict, init=False)
    _plan: _Plan = attrs.field(factory=_Plan, init=False)
    _watched: dict[str, bool] = attrs.field(factory=dict, init=False)
    _stale: set[str] = attrs.field(factory=set, init=False)
    _complaints: set[str] = attrs.field(factory=set, init=False)
    _soon: IDelayedCall | None = attrs.field(default=None, init=False)

    log = Logger()

    def start(self, notifier: Notifies) -> None:
        """Begin. :param notifier: which calls :meth:`told`."""
        self._notifier = notifier

    def stop(self) -> None:
        """End."""
        if self._soon is not None:
            self._soon.cancel()
            self._soon = None
        if self._notifier is not None:
            self._notifier.close()
            self._notifier = None

    def want(self, wanted: Mapping[str, Interest]) -> set[str]:
        """Watch these. :returns: the folders that were not watched before."""
        self._wanted = wanted
        return self._arrange()

    def told(self, folder: str, name: str, event: Event, is_folder: bool) -> None:
        """Something happened."""
        if event is Event.LOST:
            self.log.warn("more has changed at once than the kernel keeps")
            self._stale.update(self._watched)
            self._moved("something")
        elif event is Event.GONE:
            if folder in self._watched:
                self._stale.update(_with_those_below(folder, self._watched))
                self._moved(folder)
        elif name in self._plan.names.get(folder, ()):
            self._moved(os.path.join(folder, name))
        elif folder in self._plan.interests:
            self._in(folder, name, event, is_folder, self._plan.interests[folder])

    def _in(
        self, folder: str, name: str, event: Event, is_folder: bool, interest: Interest
    ) -> None:
        path = os.path.join(folder, name)
        if is_folder:
            if interest.deep and event is not Event.WRITING and not temporary(name):
                self._moved(path)
        elif interest.means(name):
            if event is Event.WRITING or (event is Event.MADE and not _is_whole(path)):
                self.writing(path)
            else:
                self.changed(path)

    def _moved(self, path: str) -> None:
        """Folders may be others than before. They are looked at when all events are told."""
        self.changed(path)
        if self._soon is None:
            self._soon = self.clock.callLater(0, self._arrange_again)

    def _arrange_again(self) -> None:
        self._soon = None
        self._arrange()

    def _arrange(self) -> set[str]:
        notifier = self._notifier
        if notifier is None:
            return set()
        self._plan = _Plan.of(self._wanted)
        watches = self._plan.watches()
        for folder, contents in list(self._watched.items()):
            if watches.get(folder) is not contents or folder in self._stale:
                notifier.end(folder)
                del self._watched[folder]
        self._stale.clear()
        new = {folder for folder in watches if folder not in self._watched}
        for folder in new:
            try:
                notifier.begin(folder, watches[folder])
            except WatchError as problem:
                self._complain(str(problem), watches[folder])
            else:
                self._watched[folder] = watches[folder]
        return new

    def _complain(self, problem: str, contents: bool) -> None:
        """Once of each. A folder that is only led through need not be readable."""
        if contents and problem not in self._complaints:
            self._complaints.add(problem)
            self.log.error("{problem}", problem=problem)


def _with_those_below(folder: str, others: Mapping[str, bool]) -> list[str]:
    return [each for each in others if each == folder or each.startswith(f"{folder}/")]


def _is_whole(path: str) -> bool:
    """Whether a file that was just made will not be told of again: a link, of either kind."""
    try:
        status = os.lstat(path)
    except OSError:
        return True
    return os.path.islink(path) or status.st_nlink > 1
