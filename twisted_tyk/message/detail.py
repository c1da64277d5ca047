"""Copies of whole requests and responses, for records (``enable_detailed_recording``)."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange
    from twisted_tyk.message.body import Body

_CHUNKED: Final = b"\r\ntransfer-encoding: chunked\r\n"


class Copy:
    """The beginning of a body, taken while it passes.

    :ivar whole: nothing was left out so far.
    """

    __slots__ = ("_left", "_pieces", "whole")

    def __init__(self, limit: int) -> None:
        """:param limit: bytes to keep."""
        self._left = limit
        self._pieces: list[bytes] = []
        self.whole = True

    def __call__(self, data: bytes) -> None:
        """Some bytes pass."""
        if len(data) > self._left:
            data = data[: self._left]
            self.whole = False
        if data:
            self._pieces.append(data)
            self._left -= len(data)

    @property
    def size(self) -> int:
        """Bytes kept."""
        return sum(map(len, self._pieces))

    def join(self) -> bytes:
        """What was kept."""
        return b"".join(self._pieces)


class Detail:
    """Copies of one request and its response. It belongs to the reactor thread."""

    __slots__ = ("_asked", "_body", "_head", "_limit", "_sent")

    def __init__(self, limit: int) -> None:
        """:param limit: bytes of each body."""
        self._limit = limit
        self._body: Body | None = None
        self._asked = self._sent = Copy(0)
        self._head = b""

    def follow(self, body: Body) -> None:
        """Copy the body of the request while it is sent on."""
        if body is not self._body:
            self._body = body
            self._asked = Copy(self._limit)
            body.copy_to(self._asked)

    def answered(self, head: bytes, body: bytes | Body) -> None:
        """The client is being sent this; called before the body goes on its way."""
        self._head = head
        self._sent = Copy(self._limit)
        if isinstance(body, bytes):
            self._sent(body)
        else:
            body.copy_to(self._sent)

    @property
    def cut(self) -> bool:
        """Whether something was left out."""
        return not (self._asked.whole and self._sent.whole)

    def size(self) -> int:
        """Bytes that it holds, about."""
        return len(self._head) + self._asked.size + self._sent.size

    def request(self, exchange: Exchange) -> str:
        """In base64: the request as it is now, with what was copied of its body."""
        self.follow(exchange.body)
        fields = [b"%b: %b\r\n" % pair for pair in exchange.headers.raw]
        line = b"%b %b HTTP/1.1\r\nHost: %b\r\n" % (
            exchange.method, exchange.path_and_query(), exchange.host,
        )  # fmt: skip
        return b64encode(b"".join([line, *fields, b"\r\n", self._asked.join()])).decode("ascii")

    def response(self) -> str:
        """In base64: the response with what was copied of its body; ``""`` when there is none.

        Chunks are left out, and so is the field that tells of them.
        """
        if not self._head:
            return ""
        at = self._head.lower().find(_CHUNKED)
        head = self._head
        if at >= 0:
            head = head[: at + 2] + head[at + len(_CHUNKED) :]
        return b64encode(head + self._sent.join()).decode("ascii")


def begin(exchange: Exchange, limit: int) -> None:
    """Copy an exchange from now on, but never an upgrade, nor a stream of gRPC."""
    if exchange.detail is None and not _streams(exchange):
        exchange.detail = Detail(limit)
        exchange.detail.follow(exchange.body)


def _streams(exchange: Exchange) -> bool:
    """Whether Tyk would take it for a stream [internal/httputil/streaming.go]."""
    first = exchange.headers.first
    if (first(b"connection") or b"").strip().lower() == b"upgrade" and first(b"upgrade"):
        return True
    return exchange.body.length is None and first(b"content-type") == b"application/grpc"
