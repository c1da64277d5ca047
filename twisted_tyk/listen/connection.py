"""One client's connection: its transport, its clock and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.python.failure import Failure

from twisted_tyk.listen.chunked import ChunkedDecoder
from twisted_tyk.listen.pace import Pace
from twisted_tyk.listen.refused import Refused, refusal
from twisted_tyk.message.body import Body
from twisted_tyk.transport.deadlines import NEVER

if TYPE_CHECKING:
    from twisted_tyk.listen.factory import GatewayFactory
    from twisted_tyk.listen.request import GatewayRequest

# What the client's next byte belongs to.
HEAD = 0  # the head of the next request; the connection is idle before its first byte
BODY = 1  # the body of a request that is being answered, or was answered early
NEXT = 2  # a later request, which waits until this one is answered
NOTHING = 3  # the connection is closing, so it is thrown away


class Connection:
    """What can be done to a connection whatever is being said on it.

    Everything happens in the reactor thread.

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

    def connectionLost(self, reason: Failure) -> None:
        """The client is gone, or was cut off."""
        factory = self.factory
        factory.deadlines.forget(self)
        self._state = NOTHING
        self._buffer = b""
        request, body = self._forget()
        if request is not None:
            request.lost(reason, body)
        factory.forget(self)

    # Time

    def deadline_passed(self) -> None:
        """The client was too slow for what it was to do."""
        if self._state == NOTHING:
            self.abort()
        elif self._stalled:
            request, body = self._forget()
            self.abort()
            if request is not None:
                request.lost(Failure(TimeoutError("the client does not read its answer")), body)
        elif self._state == HEAD:
            if self._buffer:
                self._refuse(Refused(408, "head takes too long"))
            else:
                self.close_if_idle()
        elif self._state == BODY:
            self._refuse(Refused(408, "body takes too long"))

    def _wait_for_body(self) -> None:
        if not self._stalled:
            idle = self._paused or self._continue
            factory = self.factory
            self.deadline = NEVER if idle else factory.deadlines.now + factory.limits.body_timeout

    def _wait_for_nothing(self) -> None:
        if not self._stalled:
            self.deadline = NEVER

    # The transport's two directions

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self.transport.pauseProducing()

    def _resume(self) -> None:
        if self._paused:
            self._paused = False
            self.transport.resumeProducing()

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

    # Closing

    def close_if_idle(self) -> None:
        """Close the connection unless a request has begun."""
        if self._state == HEAD and not self._buffer:
            self._close(self.factory.limits.linger_timeout)

    def cut(self, request: GatewayRequest, reason: Failure) -> None:
        """The answer broke off, and the client has to see that."""
        _, body = self._forget()
        self.abort()
        if body is not None:
            body.fail(reason)
        request.ended(reason)

    def _refuse(self, refused: Refused) -> bytes:
        self.factory.log.debug("{peer}: {refused}", peer=self._peer, refused=refused)
        answered = self._state == BODY and self._body is None
        request, body = self._forget()
        if request is not None and request.begun:
            self.abort()
        else:
            if not answered:
                self.transport.write(refusal(refused.status))
            self._linger()
        if request is not None:
            request.lost(Failure(refused), body)
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

    def abort(self) -> None:
        """Cut the connection whatever it is doing."""
        self._state = NOTHING
        self._buffer = b""
        self.deadline = NEVER
        transport = self.transport
        getattr(transport, "abortConnection", transport.loseConnection)()
