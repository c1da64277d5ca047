"""A request body that is still coming while it is sent on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.message.body import Body

if TYPE_CHECKING:
    from twisted_tyk.proxy.connection import Connection


@implementer(IPushProducer)
class Upload:
    """Writes a body to an upstream's transport, framed, at the transport's pace."""

    __slots__ = ("_connection", "_transport", "_body", "_left", "_attached")

    def __init__(self, connection: Connection, transport: Any, body: Body) -> None:
        self._connection = connection
        # None once the upload is over.
        self._transport = transport
        self._body = body
        # Bytes to come, None when nobody knows and chunks are written.
        self._left = body.length
        self._attached = False

    # Sink, for the body.

    def attach(self, body: Body) -> None:
        # This object and not the body, so that the connection knows whether
        # the upstream is the one that keeps everybody waiting.
        self._attached = True
        self._transport.registerProducer(self, True)

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or not data:
            return
        if self._left is None:
            transport.write(b"%x\r\n%b\r\n" % (len(data), data))
            return
        self._left -= len(data)
        if self._left < 0:
            # What is too much would be taken for the next request.
            self._connection.upload_failed(ValueError("more bytes than Content-Length says"))
            return
        transport.write(data)

    def end(self) -> None:
        transport = self._transport
        if transport is None:
            return
        if self._left is None:
            transport.write(b"0\r\n\r\n")
        elif self._left:
            self._connection.upload_failed(ValueError("fewer bytes than Content-Length says"))
            return
        self._transport = None
        transport.unregisterProducer()
        self._connection.upload_ended()

    def fail(self, reason: Failure) -> None:
        if self._transport is not None:
            self._connection.upload_failed(reason.value)

    # The connection's side.

    def give_up(self) -> None:
        """The upstream wants no more of it. What still comes is thrown away."""
        transport, self._transport = self._transport, None
        if transport is not None:
            if self._attached:
                transport.unregisterProducer()
            self._body.stopProducing()

    # IPushProducer, for the transport.

    def pauseProducing(self) -> None:
        self._connection.upload_waits(True)
        self._body.pauseProducing()

    def resumeProducing(self) -> None:
        self._connection.upload_waits(False)
        self._body.resumeProducing()

    def stopProducing(self) -> None:
        self._transport = None
        self._body.stopProducing()
