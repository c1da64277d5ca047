"""One request on its way to an upstream, whichever connection has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from twisted.internet.defer import Deferred

from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Pair
from twisted_tyk.proxy.origin import UpstreamURL

if TYPE_CHECKING:
    from twisted_tyk.proxy.response import UpstreamResponse

#: Methods of requests that may be repeated without asking anyone (RFC 9110, 9.2.2).
IDEMPOTENT = frozenset({b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"})
# Methods that mean something by an empty body, so its length is written.
_SAYS_EMPTY = frozenset({b"POST", b"PUT", b"PATCH"})
# Up to here copying a body behind its head costs less than a second write.
_ONE_WRITE = 65536

_line = b": ".join


class Holder(Protocol):
    """Who works on a call: a connection, or the attempt to get one."""

    def abandon(self) -> None:
        """Nobody waits for the answer any more."""


class Call:
    """A request, and the Deferred of its answer.

    :ivar fields: the fields to send, without ``Host`` and those that frame
        the body.
    :ivar answer: called once, with the response when its head is there, or
        with an ``UpstreamError``. Cancelling it drops the connection.
    :ivar holder: who is at work on it now.
    """

    __slots__ = ("method", "url", "fields", "body", "answer", "holder")

    def __init__(self, method: bytes, url: UpstreamURL, fields: list[Pair], body: Body) -> None:
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.answer: Deferred[UpstreamResponse] = Deferred(self._cancelled)
        self.holder: Holder | None = None

    def may_retry(self) -> bool:
        """It can be sent again: harmless to repeat, and all of it at hand."""
        return self.body.ended and self.method in IDEMPOTENT

    def pieces(self, last: bool) -> tuple[bytes, ...]:
        """The bytes to write, mostly in one piece; of a body that still comes the head only.

        :param last: say that the connection is not used again.
        """
        _, host, target = self.url
        lines = [b"%b %b HTTP/1.1\r\nHost: %b" % (self.method, target, host)]
        lines += map(_line, self.fields)
        if last:
            lines.append(b"Connection: close")
        body = self.body
        if not body.ended:
            if body.length is None:
                lines.append(b"Transfer-Encoding: chunked\r\n\r\n")
            else:
                lines.append(b"Content-Length: %d\r\n\r\n" % body.length)
            return (b"\r\n".join(lines),)
        data = body.join()
        if data:
            lines.append(b"Content-Length: %d\r\n" % len(data))
            if len(data) > _ONE_WRITE:
                lines.append(b"")
                return b"\r\n".join(lines), data
            lines.append(data)
        else:
            lines.append(b"Content-Length: 0\r\n\r\n" if self.method in _SAYS_EMPTY else b"\r\n")
        return (b"\r\n".join(lines),)

    def succeed(self, response: UpstreamResponse) -> None:
        self.holder = None
        self.answer.callback(response)

    def fail(self, error: Exception) -> None:
        self.holder = None
        self.answer.errback(error)

    def _cancelled(self, answer: Deferred[Any]) -> None:
        holder, self.holder = self.holder, None
        if holder is not None:
            holder.abandon()
