"""A folder of JSON files, one thing with an id in each, that are written whole or not at all."""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from attrs import frozen

#: What may be the name of a file. Nothing of it leads out of a folder, or hides the file.
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9_.~-]{0,199}")


class Occupied(Exception):
    """The file that an id would go to holds another one. The text says so."""


def is_file_name(text: str) -> bool:
    """Whether an id can be the name of a file."""
    return _FILE_NAME.fullmatch(text) is not None


@frozen
class Folder:
    """Everything here blocks: call it in a thread, one call at a time.

    :ivar members: that hold the id of a document; the first that is not empty counts.
    """

    path: str
    members: Sequence[str]

    def file_of(self, id: str) -> str | None:
        """The name of the file that holds an id, whatever the file is called."""
        usual = f"{id}.json"
        names = self._names()
        for name in sorted(names, key=lambda name: name != usual):
            if self._id_in(name) == id:
                return name
        return None

    def put(self, id: str, value: Mapping[str, Any]) -> None:
        """Write a document over the one with its id, else into ``<id>.json``.

        It is there as soon as this returns, whatever becomes of the machine.

        :raises Occupied: when that file holds another id.
        :raises OSError: when it can not be written; then nothing has changed.
        """
        os.makedirs(self.path, exist_ok=True)
        name = self.file_of(id)
        if name is None:
            name = f"{id}.json"
            other = self._id_in(name)
            if other:
                raise Occupied(f"{name} holds {other}, so {id} can not be written there")
        text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
        self._write(os.path.join(self.path, name), text.encode())

    def remove(self, id: str) -> bool:
        """Take the file of an id away. Whether there was one. :raises OSError: when it stays."""
        name = self.file_of(id)
        if name is None:
            return False
        os.unlink(os.path.join(self.path, name))
        self._sync()
        return True

    def _names(self) -> list[str]:
        with suppress(FileNotFoundError):
            return sorted(name for name in os.listdir(self.path) if name.endswith(".json"))
        return []

    def _id_in(self, name: str) -> str:
        try:
            with open(os.path.join(self.path, name), "rb") as stream:
                value = json.loads(stream.read())
        except (OSError, ValueError, RecursionError):
            return ""
        return id_in(value, self.members)

    def _write(self, file: str, data: bytes) -> None:
        # Another ending, so that a reload does not read it.
        new = f"{file}.{uuid4().hex}.new"
        mode = None
        with suppress(FileNotFoundError):
            mode = stat.S_IMODE(os.stat(file).st_mode)
        try:
            # There are secrets in definitions; a file that there was keeps its mode.
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with open(handle, "wb") as stream:
                if mode is not None:
                    os.fchmod(handle, mode)
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(new, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(new)
            raise
        self._sync()

    def _sync(self) -> None:
        handle = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def id_in(value: object, members: Sequence[str]) -> str:
    """The id in a document, ``""`` without one. Names of members are compared as Go does."""
    for member in members:
        for _, found in _called(value, member):
            if isinstance(found, str) and found:
                return found
    return ""


def with_member(value: Mapping[str, Any], member: str, given: Any) -> dict[str, Any]:
    """A document with a member, in place of any of its name that it had."""
    others = {name for name, _ in _called(value, member)}
    return {member: given, **{name: each for name, each in value.items() if name not in others}}


def _called(value: object, member: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, found in value.items():
            if name.lower() == member:
                yield name, found
