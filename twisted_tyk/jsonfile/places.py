"""Where the keys and items of a JSON text stand: line and column of each."""

from __future__ import annotations

import json
import re
from array import array
from bisect import bisect_right
from collections.abc import Iterator

from attrs import define, field, frozen

from twisted_tyk.jsonfile.problem import Path

#: One token of JSON that is known to be valid.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')
_CLOSERS = frozenset("}]")
_NEWLINE = re.compile("\n")


@define
class _Container:
    """An object or a list.

    :ivar starts: offset of each member; keys are kept as they are written.
    :ivar inner: the members that are objects or lists themselves.
    """

    starts: dict[str | int, int] = field(factory=dict)
    items: array[int] = field(factory=lambda: array("Q"))
    inner: dict[str | int, _Container] = field(factory=dict)

    def add(self, step: str | int, offset: int) -> None:
        if isinstance(step, int):
            self.items.append(offset)
        else:
            self.starts.setdefault(step, offset)

    def find(self, step: str | int) -> tuple[str | int, int] | None:
        """The member as it is written, and its offset. Case counts only where it must."""
        if isinstance(step, int):
            return (step, self.items[step]) if 0 <= step < len(self.items) else None
        if step not in self.starts:
            lower = step.lower()
            same = (key for key in self.starts if isinstance(key, str) and key.lower() == lower)
            step = next(same, step)
        return (step, self.starts[step]) if step in self.starts else None


@frozen
class Place:
    """:ivar line: counted from 1, as is ``column``, in characters.

    :ivar path: what was looked for, its keys as they are written in the text.
    """

    line: int
    column: int
    path: Path


@frozen
class Places:
    """An index of a text, made in one pass and kept for all that is to be found in it."""

    root: _Container
    newlines: array[int] = field(repr=False)

    @classmethod
    def of(cls, text: str) -> Places:
        """:param text: valid JSON."""
        root = _Container()
        containers, steps = [root], list[str | int]()
        for depth, step, offset in walk(text):
            del steps[depth - 1 :]
            del containers[depth:]
            if len(containers) < depth:
                parent = containers[-1]
                containers.append(parent.inner.setdefault(steps[-1], _Container()))
            containers[-1].add(step, offset)
            steps.append(step)
        return cls(root, array("Q", (match.start() for match in _NEWLINE.finditer(text))))

    def find(self, path: Path) -> Place:
        """The key or list item at ``path``; of one that is not there, what is nearest around it."""
        container: _Container | None = self.root
        written, offset = list(path), 0
        for number, step in enumerate(path):
            found = None if container is None else container.find(step)
            if container is None or found is None:
                break
            written[number], offset = found
            container = container.inner.get(found[0])
        line = bisect_right(self.newlines, offset - 1)
        before = self.newlines[line - 1] if line else -1
        return Place(line + 1, offset - before, tuple(written))


def members(text: str) -> Iterator[tuple[Path, int]]:
    """Walk valid JSON: the path and offset of every key and every list item, in order."""
    path: list[str | int] = []
    for depth, step, offset in walk(text):
        path[depth - 1 :] = [step]
        yield tuple(path), offset


def walk(text: str) -> Iterator[tuple[int, str | int, int]]:
    """The same, with the depth (1 for a member of the whole) and the last step of each path."""
    path: list[str | int] = []
    fresh = False  # the next token starts a member of the innermost object or list
    for match in TOKEN.finditer(text):
        token = match.group()
        if token in _CLOSERS:
            path.pop()
            fresh = False
        elif token == ",":
            fresh = True
        elif token != ":":
            if fresh:
                last = path[-1]
                path[-1] = last + 1 if isinstance(last, int) else json.loads(token)
                fresh = False
                yield len(path), path[-1], match.start()
            if token in ("{", "["):
                path.append("" if token == "{" else -1)
                fresh = True
