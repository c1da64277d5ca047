"""An answer whose body leaves piece by piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted.python.failure import Failure

from twisted_tyk.listen.refused import AnswerBroken
from twisted_tyk.message.body import Body

if TYPE_CHECKING:
    from twisted_tyk.listen.request import GatewayRequest

#: How far a request's answer is: nothing sent, some of it, all of it, or it
#: can not be sent any more.
OPEN, BEGUN, ANSWERED, LOST = range(4)


class Answer:
    """The sink of an answer's body; it adds the framing that the head told of."""

    __slots__ = ("_request", "_head", "_left", "_chunked", "_source")

    def __init__(
        self, request: GatewayRequest, head: bytes, length: int | None, chunked: bool
    ) -> None:
        """
        :param head: leaves with the first piece, or with :meth:`flush`.
        :param length: that the head announced, ``None`` when it did not.
        """
        self._request: GatewayRequest | None = request
        self._head = head
        self._left = length
        self._chunked = chunked
        self._source: Body | None = None

    def attach(self, body: Body) -> None:
        """Take ``body`` at the pace of the client."""
        request = self._request
        if request is not None:
            self._source = body
            request.channel.register(body, True)

    def write(self, data: bytes) -> None:
        """Send a piece; nothing happens once the answer is over."""
        request = self._request
        if request is None or not data:
            return
        if self._left is not None:
            if len(data) > self._left:
                self.fail(Failure(AnswerBroken("longer than announced")))
                return
            self._left -= len(data)
        if self._chunked:
            data = b"%x\r\n%b\r\n" % (len(data), data)
        if self._head:
            data = self._head + data
            self._head = b""
        request.channel.transport.write(data)

    def flush(self) -> None:
        """Send the head if no piece has taken it along."""
        request = self._request
        if request is not None and self._head:
            head, self._head = self._head, b""
            request.channel.transport.write(head)

    def end(self) -> None:
        """All pieces were written."""
        request = self._request
        if request is None:
            return
        if self._left:
            self.fail(Failure(AnswerBroken("shorter than announced")))
            return
        last = self._head + b"0\r\n\r\n" if self._chunked else self._head
        if last:
            request.channel.transport.write(last)
        self._detach()
        request.complete()

    def fail(self, reason: Failure) -> None:
        """The body broke off: cut the connection, so that nobody takes it for whole."""
        request = self._request
        if request is not None:
            self.drop()
            request.cut(reason)

    def drop(self) -> None:
        """The client is gone: want no more of the body."""
        source = self._source
        self._detach()
        if source is not None:
            source.stopProducing()

    def _detach(self) -> None:
        request, self._request = self._request, None
        if request is not None and self._source is not None:
            self._source = None
            request.channel.unregister()
