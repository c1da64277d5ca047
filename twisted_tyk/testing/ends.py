"""The two ends of a gateway: clients that ask it, and the upstream that it asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httptools
from attrs import frozen
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from twisted.web.resource import Resource

from twisted_tyk.message.headers import Headers


@frozen
class Seen:
    """A request that the upstream got."""

    method: str
    target: str
    headers: Headers
    body: bytes


@frozen
class Answer:
    """A response that the client got."""

    status: int
    headers: Headers
    body: bytes


class Upstream(Resource):
    """An upstream that answers as told, and remembers what it was asked.

    :ivar requests: in the order they came.
    :ivar answer: called with each Twisted request; returns the body, or
        ``NOT_DONE_YET`` when the test itself goes on with it.
    :ivar reachable: connections to it are accepted.
    """

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()
        self.reachable = True
        self.requests: list[Seen] = []
        self.answer: Callable[[Any], Any] = lambda request: b'{"message":"from upstream"}'

    def render(self, request: Any) -> Any:
        """Remember the request, and answer it."""
        raw = [
            (name, value)
            for name, values in request.requestHeaders.getAllRawHeaders()
            for value in values
        ]
        self.requests.append(
            Seen(
                request.method.decode(), request.uri.decode(), Headers(raw), request.content.read()
            )
        )
        return self.answer(request)


class Client(Protocol):
    """The client's end of a connection.

    :ivar answers: in the order they came.
    :ivar raw: all bytes that came.
    :ivar closed: why the connection ended, once it has.
    :ivar asks_heads: it sends ``HEAD`` requests, whose answers have no bodies.
    """

    def __init__(self) -> None:
        self.asks_heads = False
        self.answers: list[Answer] = []
        self.raw = b""
        self.closed: Failure | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._fields = Headers()
        self._chunks: list[bytes] = []

    def dataReceived(self, data: bytes) -> None:
        """Take some bytes of an answer."""
        self.raw += data
        self._parser.feed_data(data)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]
        """The gateway closed the connection, or the test did."""
        self.closed = reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields.raw.append((name, value))

    def on_headers_complete(self) -> None:
        if self.asks_heads:
            self.answers.append(Answer(self._parser.get_status_code(), self._fields, b""))
            self._fields = Headers()
            self._parser = httptools.HttpResponseParser(self)

    def on_body(self, data: bytes) -> None:
        self._chunks.append(data)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status >= 200:
            self.answers.append(Answer(status, self._fields, b"".join(self._chunks)))
        self._fields, self._chunks = Headers(), []
