"""One client's connection: finds where each message ends, and lets one at a time through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure
from twisted.web.error import UnsupportedMethod
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.exchange import Exchange
from twisted_tyk.listen.chunked import ChunkedDecoder
from twisted_tyk.listen.pace import Pace
from twisted_tyk.listen.refused import BodyNotWanted, Refused, refusal
from twisted_tyk.listen.request import GatewayRequest
from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.transport.deadlines import NEVER

if TYPE_CHECKING:
    from twisted_tyk.listen.factory import GatewayFactory

#: Bytes of later messages kept while one is being answered.
PIPELINE_BYTES = 65536

# What the client's next byte belongs to.
HEAD = 0  # the head of the next request; the connection is idle before its first byte
BODY = 1  # the body of a request that is being answered, or was answered early
NEXT = 2  # a later request, which waits until this one is answered
NOTHING = 3  # the connection is closing, so it is thrown away


@implementer(IProtocol)
class Channel:
    """Reads requests from a transport and hands them to the factory's resource.

    Everything happens in the reactor thread. It is also the source of the
    request's body, which pauses and resumes it, and has a deadline.

    :ivar deadline: see :class:`twisted_tyk.transport.deadlines.Waiter`.
    """

    __slots__ = ("factory", "transport", "deadline", "_peer", "_peer_port", "_state", "_buffer",
                 "_running", "_started", "_request", "_body", "_decoder", "_count", "_paused",
                 "_stalled", "_continue", "_late")  # fmt: skip

    def __init__(self, factory: GatewayFactory) -> None:
        self.factory = factory
        self.transport: Any = None
        self.deadline = NEVER
        self._peer = ""
        self._peer_port = 0
        self._state = HEAD
        #: Input that could not be used yet; a bytearray when there is any.
        self._buffer: bytes | bytearray = b""
        self._running = False
        #: When the head that is coming in pieces began, else 0.
        self._started = 0.0
        self._request: GatewayRequest | None = None
        #: Where the bytes of the body go; ``None`` for those nobody wants.
        self._body: Body | None = None
        self._decoder: ChunkedDecoder | None = None
        #: Bytes still to come of a body of known length, bytes come of a chunked one.
        self._count = 0
        self._paused = False
        #: The client takes nothing of the answer at the moment.
        self._stalled = False
        #: The client waits for "100 Continue" before it sends the body.
        self._continue = False
        #: Input that came while earlier input was being used.
        self._late = b""

    # IProtocol

    def makeConnection(self, transport: Any) -> None:
        """The client has connected."""
        self.transport = transport
        peer = transport.getPeer()
        self._peer = getattr(peer, "host", "")
        self._peer_port = getattr(peer, "port", 0)
        if hasattr(transport, "setTcpNoDelay"):
            transport.setTcpNoDelay(True)
        factory = self.factory
        factory.connections.add(self)
        self.deadline = factory.deadlines.now + factory.limits.idle_timeout
        factory.deadlines.watch(self)

    def connectionMade(self) -> None:
        """Part of the interface only: transports call :meth:`makeConnection`."""

    def logPrefix(self) -> str:
        return "gateway"

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

    def connectionLost(self, reason: Failure) -> None:
        """The client is gone, or was cut off."""
        factory = self.factory
        factory.deadlines.forget(self)
        self._state = NOTHING
        self._buffer = b""
        request, body = self._forget()
        if request is not None:
            request.lost(reason, body)
        elif body is not None:
            body.fail(reason)
        factory.forget(self)

    # Reading

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
            # Twisted's own rules for it; the resource raises once more.
            request.render(resource)
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

    def _wait_for_body(self) -> None:
        if not self._stalled:
            idle = self._paused or self._continue
            factory = self.factory
            self.deadline = NEVER if idle else factory.deadlines.now + factory.limits.body_timeout

    def _wait_for_nothing(self) -> None:
        if not self._stalled:
            self.deadline = NEVER

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pauseProducing()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resumeProducing()

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

    # The answer's side, for GatewayRequest and its helpers

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
        return not whole or self._decoder is not None or self._count <= self._drain_bytes()

    def register(self, producer: Any, streaming: bool) -> None:
        """Let the transport tell ``producer`` when to go on, as in ``IConsumer``."""
        self.transport.registerProducer(Pace(self, producer, streaming), streaming)

    def unregister(self) -> None:
        """The producer is done."""
        self.transport.unregisterProducer()
        self.answer_stalled(False)

    def answer_stalled(self, stalled: bool) -> None:
        """The client does, or does not, have to take something before more is sent."""
        if self._request is None:
            return
        self._stalled = stalled
        if stalled:
            self.deadline = self.factory.deadlines.now + self.factory.limits.write_timeout
        elif self._state == BODY:
            self._wait_for_body()
        else:
            self.deadline = NEVER

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

    def cut(self, request: GatewayRequest, reason: Failure) -> None:
        """The answer broke off, and the client has to see that."""
        _, body = self._forget()
        self._abort()
        if body is not None:
            body.fail(reason)
        request.ended(reason)

    def _next_request(self) -> None:
        self._state = HEAD
        if self._paused:
            self._resume()
        factory = self.factory
        self.deadline = factory.deadlines.now + factory.limits.idle_timeout

    def _leave_body(self, keep: bool) -> None:
        """The request was answered before its body had come."""
        body, self._body = self._body, None
        limit = self._drain_bytes()
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

    def _drain_bytes(self) -> int:
        return self.factory.limits.drain_bytes

    # Closing

    def deadline_passed(self) -> None:
        """The client was too slow for what it was to do."""
        if self._state == NOTHING:
            self._abort()
        elif self._stalled:
            request, body = self._forget()
            self._abort()
            if request is not None:
                request.lost(Failure(TimeoutError("the client does not read its answer")), body)
        elif self._state == HEAD:
            if self._buffer:
                self._refuse(Refused(408, "head takes too long"))
            else:
                self.close_if_idle()
        elif self._state == BODY:
            self._refuse(Refused(408, "body takes too long"))

    def close_if_idle(self) -> None:
        """Close the connection unless a request has begun."""
        if self._state == HEAD and not self._buffer:
            self._close(self.factory.limits.linger_timeout)

    def abort(self) -> None:
        """Cut the connection whatever it is doing."""
        self._abort()

    def _refuse(self, refused: Refused) -> bytes:
        self.factory.log.debug("{peer}: {refused}", peer=self._peer, refused=refused)
        answered = self._state == BODY and self._body is None
        request, body = self._forget()
        if request is not None and request.begun:
            self._abort()
        else:
            if not answered:
                self.transport.write(refusal(refused.status))
            self._linger()
        if request is not None:
            request.lost(Failure(refused), body)
        elif body is not None:
            body.fail(Failure(refused))
        return b""

    def _forget(self) -> tuple[GatewayRequest | None, Body | None]:
        request, body = self._request, self._body
        self._request = self._body = self._decoder = None
        self._stalled = False
        return request, body

    def _close(self, timeout: float) -> None:
        """Close once everything written has left; the client is to send nothing."""
        self._state = NOTHING
        self.deadline = self.factory.deadlines.now + timeout
        self.transport.loseConnection()

    def _linger(self) -> None:
        """Close our side only: data that meets a closed socket would make the
        client's system throw the answer away before the client has read it."""
        self._state = NOTHING
        self._buffer = b""
        self.deadline = self.factory.deadlines.now + self.factory.limits.linger_timeout
        self._resume()
        transport = self.transport
        if self.factory.secure or not hasattr(transport, "loseWriteConnection"):
            # TLS waits for the other side's goodbye by itself.
            transport.loseConnection()
        else:
            transport.loseWriteConnection()

    def _abort(self) -> None:
        self._state = NOTHING
        self._buffer = b""
        self.deadline = NEVER
        transport = self.transport
        getattr(transport, "abortConnection", transport.loseConnection)()
