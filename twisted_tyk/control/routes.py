"""The table of endpoints: what serves requests, and what describes the API.

An area of the API is a class with a method ``routes()``; :mod:`twisted_tyk.parts.control`
hands all areas to :class:`~twisted_tyk.control.root.Control`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import unquote_to_bytes

from attrs import define, field, frozen
from twisted.internet.defer import Deferred

from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.errors import Refusal


@frozen
class Schema:
    """A JSON Schema with a name; others refer to it by holding it as a value."""

    name: str
    value: Mapping[str, Any]


@frozen
class Parameter:
    """A field of the query.

    :ivar schema: of its value, a JSON Schema.
    """

    name: str
    text: str
    schema: Mapping[str, Any] = {"type": "string"}
    required: bool = False


@frozen
class Outcome:
    """An answer that can be.

    :ivar schema: of its JSON; ``None`` for other media.
    """

    text: str
    schema: Schema | Mapping[str, Any] | None = None
    media: str = "application/json"


@frozen
class Route:
    """One method of one path.

    :ivar path: a template such as ``/tyk/apis/{api_id}``; a name stands for one segment.
    :ivar handler: called in the reactor thread. It may raise a ``Refusal``, or fail with
        one, which becomes a status object; anything else is answered 500 and logged.
        It is cancelled when the client leaves.
    :ivar body: the schema of what is sent, if something is.
    :ivar responses: by status. 403, 405, 413, 500 and 503 go without saying.
    :ivar open: needs no secret.
    """

    method: str
    path: str
    handler: Callable[[Asked], Answer | Deferred[Answer]]
    summary: str
    query: Sequence[Parameter] = ()
    body: Schema | Mapping[str, Any] | None = None
    body_media: str = "application/json"
    responses: Mapping[int, Outcome] = {}
    open: bool = False


class Area(Protocol):
    """A part of the control API."""

    def routes(self) -> Iterable[Route]:
        """Its endpoints."""


@define
class _Node:
    """A segment of all templates that begin alike."""

    literal: dict[str, _Node] = field(factory=dict)
    named: _Node | None = None
    methods: dict[str, Route] = field(factory=dict)


class Routes:
    """Every endpoint. :ivar all: in the order they were given."""

    def __init__(self, routes: Iterable[Route]) -> None:
        """:raises ValueError: when two have the same method and path."""
        self.all = tuple(routes)
        self._root = _Node()
        for route in self.all:
            node = self._root
            for segment in route.path.strip("/").split("/"):
                if is_name(segment):
                    node.named = node.named or _Node()
                    node = node.named
                else:
                    node = node.literal.setdefault(segment, _Node())
            if node.methods.setdefault(route.method, route) is not route:
                raise ValueError(f"{route.method} {route.path} is there twice")
        self._open = frozenset(route.path.encode() for route in self.all if route.open)

    def is_open(self, path: bytes) -> bool:
        """Whether a path, decoded, is that of a route without a name that needs no secret."""
        return path in self._open

    def find(self, raw_path: bytes, method: str) -> tuple[Route, dict[str, str]] | set[str]:
        """The route of a request and its parameters, else the methods that its path has.

        :param raw_path: as it was sent, so that an encoded slash is part of a segment.
        :raises Refusal: when it is not UTF-8.
        """
        try:
            segments = [unquote_to_bytes(part).decode() for part in raw_path.split(b"/")]
        except UnicodeDecodeError:
            raise Refusal(400, "Request malformed: the path is not UTF-8") from None
        allowed: set[str] = set()
        for node in _reached(self._root, segments[1:]):
            route = node.methods.get(method)
            if route is not None:
                names = [part[1:-1] if is_name(part) else "" for part in _parts(route.path)]
                pairs = zip(names, segments[1:], strict=True)
                return route, {name: value for name, value in pairs if name}
            allowed |= node.methods.keys()
        return allowed


def is_name(segment: str) -> bool:
    """Whether a segment of a template stands for a parameter."""
    return segment[:1] == "{" and segment[-1:] == "}"


def _parts(path: str) -> list[str]:
    return path.strip("/").split("/")


def _reached(node: _Node, segments: Sequence[str]) -> Iterable[_Node]:
    """Where a path leads, what is literal first."""
    if not segments:
        yield node
        return
    first, rest = segments[0], segments[1:]
    if first in node.literal:
        yield from _reached(node.literal[first], rest)
    if first and node.named is not None:
        yield from _reached(node.named, rest)
