"""One request on its way to an upstream, whichever connection has it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Protocol

from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers, Pair
from twisted_tyk.proxy.origin import UpstreamURL

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


class Call(ABC):
    """A request, and whoever waits for its answer.

    It is told once: :meth:`answered` or :meth:`failed`, in the reactor thread.

    :ivar fields: the fields to send, without ``Host`` and those that frame
        the body.
    :ivar holder: who is at work on it now.
    """

    __slots__ = ("method", "url", "fields", "body", "holder")

    def __init__(self, method: bytes, url: UpstreamURL, fields: list[Pair], body: Body) -> None:
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.holder: Holder | None = None

    @abstractmethod
    def answered(self, code: int, phrase: bytes, fields: Headers, body: Body) -> None:
        """The head of the answer is there, and as much of the body as came with it."""

    @abstractmethod
    def failed(self, error: Exception) -> None:
        """There is not going to be an answer. :param error: an ``UpstreamError``, mostly."""

    def cancel(self) -> None:
        """Nobody waits any more: the connection is dropped, and nobody is told."""
        holder, self.holder = self.holder, None
        if holder is not None:
            holder.abandon()

    def may_retry(self) -> bool:
        """It can be sent again: harmless to repeat, and all of it at hand."""
        return self.body.ended and self.method in IDEMPOTENT

    def write_to(self, transport: Any, last: bool) -> None:
        """Write the request, mostly in one piece; of a body that still comes the head only.

        :param last: say that the connection is not used again.
        """
        _, host, target = self.url
        lines = [b"%b %b HTTP/1.1\r\nHost: %b" % (self.method, target, host)]
        lines += map(_line, self.fields)
        if last:
            lines.append(b"Connection: close")
        body = self.body
        if body.ended:
            data = b"" if body is NO_BODY else body.join()
            if not data and self.method not in _SAYS_EMPTY:
                lines.append(b"\r\n")
            else:
                lines.append(b"Content-Length: %d\r\n" % len(data))
                if len(data) > _ONE_WRITE:
                    lines.append(b"")
                    transport.write(b"\r\n".join(lines))
                    transport.write(data)
                    return
                lines.append(data)
        elif body.length is None:
            lines.append(b"Transfer-Encoding: chunked\r\n\r\n")
        else:
            lines.append(b"Content-Length: %d\r\n\r\n" % body.length)
        transport.write(b"\r\n".join(lines))

    def succeed(self, code: int, phrase: bytes, fields: Headers, body: Body) -> None:
        """For the holder: here is the answer."""
        self.holder = None
        self.answered(code, phrase, fields, body)

    def fail(self, error: Exception) -> None:
        """For the holder: here is why there is none."""
        self.holder = None
        self.failed(error)
