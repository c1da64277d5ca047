"""What is said on a connection: one request, its answer, the next request."""

from __future__ import annotations

from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure
from twisted.web.error import UnsupportedMethod
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.exchange import Exchange
from twisted_tyk.listen.chunked import ChunkedDecoder
from twisted_tyk.listen.connection import BODY, HEAD, NEXT, NOTHING, Connection
from twisted_tyk.listen.refused import BodyNotWanted, Refused
from twisted_tyk.listen.request import GatewayRequest
from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.transport.deadlines import NEVER

#: Bytes of later messages kept while one is being answered.
PIPELINE_BYTES = 65536


@implementer(IProtocol)
class Channel(Connection):
    """Finds where each message ends, and hands one request at a time to the resource.

    It is also the source of that request's body, which pauses and resumes it.
    """

    __slots__ = ()

    def dataReceived(self, data: bytes) -> None:
        """Some bytes have come."""
        if self._running:
            self._late += data
            return
        buffer = self._buffer
        if not isinstance(buffer, bytearray):
            self._run(data)
            return
        scanned = max(0, len(buffer) - 3)
        buffer += data
        if self._state == NEXT:
            if len(buffer) > PIPELINE_BYTES:
                self._pause()
        elif (
            self._state != HEAD
            or buffer.find(b"\r\n\r\n", scanned) >= 0
            or buffer.find(b"\n\n", scanned) >= 0
            or len(buffer) >= self.factory.limits.head_bytes
        ):
            self._run(b"")

    def _run(self, data: bytes) -> None:
        """Use up what has come, as far as that can be done now."""
        if self._buffer:
            data = bytes(self._buffer) + data
            self._buffer = b""
        self._running = True
        try:
            while data:
                state = self._state
                if state == HEAD:
                    data = self._read_head(data)
                elif state == BODY:
                    data = self._read_body(data)
                else:
                    if state == NEXT:
                        self._buffer = bytearray(data)
                        if len(data) > PIPELINE_BYTES:
                            self._pause()
                    break
        finally:
            self._running = False
        if self._late:
            late, self._late = self._late, b""
            self.dataReceived(late)

    def _read_head(self, data: bytes) -> bytes:
        factory = self.factory
        if data[0] == 13:
            # Some clients end a message with a line too much.
            while data[:2] == b"\r\n":
                data = data[2:]
            if not data:
                self._started = 0.0
                return data
        end = data.find(b"\r\n\r\n") + 4
        if end > factory.limits.head_bytes or (end < 4 and len(data) >= factory.limits.head_bytes):
            return self._refuse(Refused(431, "head is too long"))
        if end < 4:
            if b"\n\n" in data:
                return self._refuse(Refused(400, "lines end without CR"))
            self._buffer = bytearray(data)
            if not self._started:
                self._started = factory.monotonic()
                self.deadline = factory.deadlines.now + factory.limits.head_timeout
            return b""
        if end == len(data):
            head = data
            rest = b""
        else:
            head = data[:end]
            rest = data[end:]
        parsed = factory.heads
        try:
            parsed.parse(head)
        except Refused as refused:
            return self._refuse(refused)
        body = NO_BODY
        # Bytes that wait for the answer are not the client's fault.
        self.deadline = NEVER
        self._state = NEXT
        if parsed.length != 0:
            opened = self._open_body(parsed.length, parsed.expects_continue, rest)
            if opened is None:
                return b""
            body, rest = opened
        request = GatewayRequest(
            self,
            Exchange(
                parsed.method,
                parsed.target,
                parsed.host,
                Headers(parsed.headers),
                body,
                self._peer,
                self._peer_port,
                self._started or factory.monotonic(),
                factory.secure,
            ),
            parsed.http10,
            parsed.keep_alive,
        )
        self._started = 0.0
        self._request = request
        resource = factory.resource
        try:
            result = resource.render(request)
            if result != NOT_DONE_YET:
                request.rendered(result)
        except UnsupportedMethod:
            request.refuse_method(resource)
        except Exception:
            request.processingFailed(Failure())
        return rest

    def _open_body(
        self, length: int | None, expects_continue: bool, data: bytes
    ) -> tuple[Body, bytes] | None:
        """The body that begins with ``data``, and what follows it; ``None`` when refused."""
        limit = self.factory.limits.body_bytes
        if length is None:
            self._decoder = ChunkedDecoder()
            self._count = 0
        elif limit and length > limit:
            self._refuse(Refused(413, "body is too long"))
            return None
        elif len(data) >= length:
            return Body.of(data[:length]), data[length:]
        else:
            self._count = length
        self._continue = expects_continue
        self._state = BODY
        self._body = body = Body(self, length, held=expects_continue)
        if data:
            data = self._read_body(data)
            if self._state == NOTHING:
                return None
        else:
            self._wait_for_body()
        return body, data

    def _read_body(self, data: bytes) -> bytes:
        """Pass a piece of the body on; what follows the body is returned."""
        rest = b""
        decoder = self._decoder
        if decoder is not None:
            try:
                data = decoder.feed(data)
            except Refused as refused:
                return self._refuse(refused)
            self._count += len(data)
            limit = self.factory.limits.body_bytes
            if limit and self._count > limit:
                return self._refuse(Refused(413, "body is too long"))
            last = decoder.rest is not None
            rest = decoder.rest or b""
        else:
            last = len(data) >= self._count
            if last:
                rest = data[self._count :]
                data = data[: self._count]
            self._count -= len(data)
        body = self._body
        if last:
            # Before the body's reader hears of it: it may answer at once.
            self._body = self._decoder = None
            if body is None:
                self._next_request()
            else:
                self._state = NEXT
                self._resume()
                self._wait_for_nothing()
        elif body is not None:
            self._wait_for_body()
        elif decoder is not None and self._count > self.factory.limits.drain_bytes:
            self._linger()
            return b""
        if body is not None:
            if self._continue:
                # The client did not wait for it.
                self._continue = False
                body.started()
            if data:
                body.feed(data)
            if last:
                body.end()
        return rest

    # The source of the request's body

    def pauseProducing(self) -> None:
        """The body's reader cannot keep up."""
        if self._state == BODY:
            self._pause()
            self._wait_for_body()

    def resumeProducing(self) -> None:
        """Someone wants the body, or more of it."""
        if self._state != BODY:
            return
        if self._continue:
            self._continue = False
            request = self._request
            if request is None or not request.begun:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._resume()
        self._wait_for_body()

    # For the request, when it is answered

    def keeps_alive(self, whole: bool) -> bool:
        """After the answer that is about to leave another request can be read.

        :param whole: the answer leaves at once, so the rest of the request's
            body is not going to be read before its end.
        """
        if self.factory.draining:
            return False
        if self._state != BODY:
            return True
        if self._continue:
            # The client may or may not send the body: its next byte has no meaning.
            return False
        return (
            not whole or self._decoder is not None or self._count <= self.factory.limits.drain_bytes
        )

    def answered(self, request: GatewayRequest, keep: bool) -> None:
        """The last byte of the answer was handed to the transport.

        :param keep: the answer said that the connection stays open.
        """
        self._request = None
        self._stalled = False
        if self._state == BODY:
            self._leave_body(keep)
        elif keep and not self.factory.draining:
            self._next_request()
        elif self._buffer:
            self._linger()
        else:
            self._close(self.factory.limits.write_timeout)
        request.ended(None)
        if self._buffer and not self._running:
            self._run(b"")

    def _next_request(self) -> None:
        self._state = HEAD
        if self._paused:
            self._resume()
        factory = self.factory
        self.deadline = factory.deadlines.now + factory.limits.idle_timeout

    def _leave_body(self, keep: bool) -> None:
        """The request was answered before its body had come."""
        body, self._body = self._body, None
        limit = self.factory.limits.drain_bytes
        if keep and not self._continue and (self._decoder is not None or self._count <= limit):
            if self._decoder is not None:
                self._count = 0
            self._resume()
            self.deadline = self.factory.deadlines.now + self.factory.limits.drain_timeout
        else:
            self._linger()
        self._continue = False
        if body is not None:
            body.fail(Failure(BodyNotWanted("answered before the body was read")))
