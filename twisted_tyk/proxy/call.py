"""One request on its way to an upstream, whichever connection has it."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred

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


class Receiver(Protocol):
    """Who makes of an answer what the caller gets; one receiver serves many calls.

    It comes before the Deferred, since a callback of its own would cost each
    request more than what it does.
    """

    def answered(self, call: Call, code: int, phrase: bytes, fields: Headers, body: Body) -> Any:
        """The head is there. What is returned is the result of the call's Deferred."""

    def failed(self, call: Call, error: Exception) -> None:
        """There is going to be no answer; the Deferred fails with ``error`` next."""


class Call:
    """A request, and the Deferred of its answer.

    :ivar fields: the fields to send, without ``Host`` and those that frame
        the body.
    :ivar receiver: told first of what becomes of it.
    :ivar context: whatever the receiver wants to find again.
    :ivar answer: called once, with what the receiver makes of the response
        when its head is there, or with an ``UpstreamError``. Cancelling it
        drops the connection.
    :ivar holder: who is at work on it now.
    """

    __slots__ = ("method", "url", "fields", "body", "receiver", "context", "answer", "holder")

    def __init__(
        self,
        method: bytes,
        url: UpstreamURL,
        fields: list[Pair],
        body: Body,
        receiver: Receiver,
        context: Any = None,
    ) -> None:
        self.method = method
        self.url = url
        self.fields = fields
        self.body = body
        self.receiver = receiver
        self.context = context
        self.answer: Deferred[Any] = Deferred(self._cancelled)
        self.holder: Holder | None = None

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
        """The head of the answer is there."""
        self.holder = None
        self.answer.callback(self.receiver.answered(self, code, phrase, fields, body))

    def fail(self, error: Exception) -> None:
        """There is not going to be an answer."""
        self.holder = None
        self.receiver.failed(self, error)
        self.answer.errback(error)

    def _cancelled(self, answer: Deferred[Any]) -> None:
        holder, self.holder = self.holder, None
        if holder is not None:
            holder.abandon()
