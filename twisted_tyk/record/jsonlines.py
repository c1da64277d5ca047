"""Records in a file, one JSON object a line, with the names of Tyk's JSON."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from twisted.internet.defer import Deferred, succeed

from twisted_tyk.record.as_json import shown
from twisted_tyk.record.entry import Entry, entry_of_hit
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.lines import Lines
from twisted_tyk.record.writer import Unwritten

#: Files that a full set has, the one that is written included.
FILES: Final = 10


class JsonLines:
    """Appends records to a file, which is renamed and begun anew when it is large.

    The file is opened for each write, so that others may rename it as well.
    """

    def __init__(
        self,
        path: Path,
        max_bytes: int,
        max_age: float,
        in_thread: Callable[..., Deferred[Any]],
        seconds: Callable[[], float],
    ) -> None:
        """
        :param max_bytes: of all files together, about.
        :param max_age: seconds after which a file that is full is removed.
        :param in_thread: runs a callable with arguments in another thread.
        :param seconds: Unix time.
        """
        self.path = path
        self._max_bytes = max_bytes // FILES
        self._max_age = max_age
        self._in_thread = in_thread
        self._seconds = seconds
        self._line = Lines()

    def start(self) -> str:
        """Try whether the file can be written."""
        try:
            self.append([])
        except Unwritten as error:
            return error.reason
        return ""

    def take(self, hit: Hit) -> Entry | dict[str, Any]:
        """What is to be written of a hit."""
        return entry_of_hit(hit) if type(hit) is Hit else shown(hit)

    def ready(self, records: list[Any]) -> list[Any]:
        """They are made ready in the thread."""
        return records

    def write(self, records: list[Any]) -> Deferred[None]:
        """Append them, in a thread."""
        return self._in_thread(self.append, records)

    def stop(self) -> Deferred[None]:
        """Nothing is open."""
        return succeed(None)

    def append(self, records: list[Any]) -> None:
        """Append them, in the caller's thread. :raises Unwritten:"""
        data = "".join(map(self._line, records)).encode("ascii")
        try:
            # Of requests there may be more in it than everybody shall see.
            file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                size = os.fstat(file).st_size
                if size and size + len(data) > self._max_bytes:
                    os.close(file)
                    file = -1
                    self._make_room()
                    file = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                    size = 0
                _write_all(file, data, size)
            finally:
                if file >= 0:
                    os.close(file)
        except OSError as error:
            raise Unwritten(records, f"{self.path}: {error.strerror}") from None

    def _make_room(self) -> None:
        """``name`` becomes ``name.1``, that ``name.2``, and so on; old files go."""
        numbered = [self.path, *(Path(f"{self.path}.{number}") for number in range(1, FILES))]
        for number in range(FILES - 1, 0, -1):
            if numbered[number - 1].exists():
                os.replace(numbered[number - 1], numbered[number])
        for file in numbered[1:]:
            if file.exists() and self._seconds() - file.stat().st_mtime > self._max_age:
                file.unlink()


def _write_all(file: int, data: bytes, size: int) -> None:
    """Append ``data``; when that fails halfway the file is as before."""
    left = memoryview(data)
    try:
        while left:
            left = left[os.write(file, left) :]
    except OSError:
        os.ftruncate(file, size)
        raise
