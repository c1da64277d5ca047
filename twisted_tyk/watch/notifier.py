"""The kernel's events of folders, by Twisted's inotify. It can be imported on Linux only."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from twisted.internet import fdesc
from twisted.internet.inotify import (
    IN_CLOSE_WRITE,
    IN_CREATE,
    IN_DELETE,
    IN_DELETE_SELF,
    IN_IGNORED,
    IN_ISDIR,
    IN_MODIFY,
    IN_MOVE_SELF,
    IN_MOVED_FROM,
    IN_MOVED_TO,
    IN_ONLYDIR,
    IN_Q_OVERFLOW,
    IN_UNMOUNT,
    INotify,
    INotifyError,
)
from twisted.python.filepath import FilePath

from twisted_tyk.watch.folders import Event
from twisted_tyk.watch.problem import WatchError

_LIMITS: Final = Path("/proc/sys/fs/inotify")
_SELF: Final = IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR
_ALL: Final = (
    _SELF
    | IN_CLOSE_WRITE
    | IN_MODIFY
    | IN_CREATE
    | IN_DELETE
    | IN_MOVED_FROM
    | IN_MOVED_TO
)  # fmt: skip
_MEANINGS: Final = (
    (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED, Event.GONE),
    (IN_CREATE, Event.MADE),
    (IN_CLOSE_WRITE | IN_MOVED_TO, Event.WRITTEN),
    (IN_DELETE | IN_MOVED_FROM, Event.REMOVED),
    (IN_MODIFY, Event.WRITING),
)
#: What the kernel says when there were more events than its queue holds.
_OVERFLOW: Final = struct.pack("=iLLL", -1, IN_Q_OVERFLOW, 0, 0)


class Notifier(INotify):
    """Tells of folders and what is directly in them, in the reactor thread."""

    def __init__(self, reactor: Any, told: Callable[[str, str, Event, bool], None]) -> None:
        """
        :param told: called with the folder, the name in it or ``""`` for itself, what
            happened, and whether it happened to a folder.
        :raises WatchError: when there are too many already.
        """
        try:
            super().__init__(reactor)
        except INotifyError:
            raise WatchError(
                "nothing can be watched: the limit fs.inotify.max_user_instances "
                f"({_limit('max_user_instances')}) or that of open files is reached"
            ) from None
        self._told = told
        self.startReading()

    def begin(self, folder: str, contents: bool) -> None:
        """Watch a folder. :param contents: and what is in it.

        :raises WatchError: when it can not be; not when it is not there.
        """
        try:
            self.watch(
                FilePath(os.fsencode(folder)),
                mask=_ALL if contents else _SELF,
                callbacks=[self._happened],
            )
        except INotifyError:
            if not os.path.isdir(folder):
                return
            if not os.access(folder, os.R_OK):
                raise WatchError(f"{folder}: is not watched, it may not be read") from None
            raise WatchError(
                f"{folder}: is not watched, the limit fs.inotify.max_user_watches "
                f"({_limit('max_user_watches')}) is reached"
            ) from None

    def end(self, folder: str) -> None:
        """Watch it no more. Not to be called while an event is told of."""
        with suppress(KeyError):  # it was deleted
            self.ignore(FilePath(os.fsencode(folder)))

    def close(self) -> None:
        """Watch nothing any more."""
        super().loseConnection()

    def loseConnection(self) -> None:
        """Called by Twisted when one folder of all is deleted: the others are still there."""

    def doRead(self) -> Any:
        """See :class:`twisted.internet.interfaces.IReadDescriptor`."""
        return fdesc.readFromFD(self.fileno(), self._received)

    def _received(self, data: bytes) -> None:
        self._doRead(data)
        if _OVERFLOW in data:
            self._told("", "", Event.LOST, False)

    def _happened(self, watch: Any, path: FilePath[bytes], mask: int) -> None:
        folder = watch.path.path
        name = b"" if path.path == folder else path.basename()
        for bits, event in _MEANINGS:
            if mask & bits:
                self._told(os.fsdecode(folder), os.fsdecode(name), event, bool(mask & IN_ISDIR))
                return


def _limit(name: str) -> str:
    try:
        return (_LIMITS / name).read_text().strip()
    except OSError:
        return "of this system"
