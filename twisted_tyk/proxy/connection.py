"""One connection to an upstream: requests go out, answers come in, one at a time."""

from __future__ import annotations

from socket import MSG_PEEK, socket
from typing import TYPE_CHECKING, Any

from httptools import HttpParserError, HttpParserUpgrade
from twisted.internet.error import ConnectionAborted, ConnectionDone
from twisted.internet.interfaces import ITCPTransport
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from twisted_tyk.errors import Refusal, UpstreamTimeout
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.proxy.answer import BODY, DONE, HEAD, IDLE, AnswerReader
from twisted_tyk.proxy.call import Call
from twisted_tyk.proxy.failures import failure_of
from twisted_tyk.proxy.headers import content_length, response_fields
from twisted_tyk.proxy.upload import Upload
from twisted_tyk.transport.deadlines import NEVER

if TYPE_CHECKING:
    from collections.abc import Callable

    from twisted_tyk.proxy.origin import Origin
    from twisted_tyk.proxy.pool import Pool

#: The most bytes that come before a body, interim answers included.
MAX_HEAD = 1024 * 1024

# Seconds an orderly end may take: TLS waits for the other side to agree.
_FAREWELL = 10.0


class Connection(Protocol):
    """Sends a :class:`Call`, reads its answer, and goes back to the pool.

    Reactor thread only. What the parser reports is handed on when it is done
    with the bytes at hand, so an answer that came in one piece leaves in one.

    :ivar deadline: see :class:`~twisted_tyk.transport.deadlines.Deadlines`.
    :ivar retire_at: when it is too old to be used again, in the same seconds.
    """

    def __init__(
        self, pool: Pool, origin: Origin, made: Callable[[Connection], None] | None = None
    ) -> None:
        """:param made: called once, when the connection is there."""
        self.origin = origin
        self.deadline = NEVER
        self.retire_at = NEVER
        self._made = made
        self._pool = pool
        self._answer = AnswerReader()
        self._call: Call | None = None
        self._upload: Upload | None = None
        self._body: StreamedBody | None = None
        self._head_size = 0
        # An answer has been read to its end on this connection before.
        self._reused = False
        # Bytes of the answer at hand have come.
        self._heard = False
        self._until_close = False
        self._paused = False
        self._socket: socket | None = None

    def connectionMade(self) -> None:
        if ITCPTransport.providedBy(self.transport):
            self.transport.setTcpNoDelay(True)
            handle = self.transport.getHandle()  # type: ignore[attr-defined]
            if isinstance(handle, socket):
                self._socket = handle
        made, self._made = self._made, None
        if made is not None:
            made(self)

    # What callers ask for.

    def send(self, call: Call) -> None:
        """Send a request; ``call`` is told what becomes of it."""
        pool = self._pool
        self._call = call
        call.holder = self
        self._answer.expect(call.method)
        self._heard = False
        self._head_size = 0
        transport: Any = self.transport
        if call.body.ended:
            self.deadline = pool.deadlines.now + pool.patience
            call.write_to(transport, not pool.keep_alive)
            return
        # While the client takes its time with the body no one here is late.
        self.deadline = NEVER
        call.write_to(transport, not pool.keep_alive)
        self._upload = upload = Upload(self, transport, call.body)
        call.body.pipe(upload)

    def has_ended(self) -> bool:
        """The upstream has left this idle connection, as far as the kernel knows.

        The loop may not have had its turn to read that yet. With TLS it is
        not known before.
        """
        if self._socket is None:
            return False
        try:
            self._socket.recv(1, MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def abandon(self) -> None:
        """Nobody waits for the answer, or what is left of it, any more."""
        self._call = None
        self._body = None
        self._end_upload()
        self.abort()

    def abort(self) -> None:
        """End the connection at once, whatever is under way."""
        self._answer.stage = IDLE
        self.deadline = NEVER
        self._paused = False
        transport: Any = self.transport
        transport.abortConnection()

    def cut_off(self) -> None:
        """End the connection because the gateway ends; whoever waits is told."""
        self._fail(failure_of(ConnectionAborted()))

    def close(self) -> None:
        """End the connection in good order."""
        self._answer.stage = IDLE
        self.deadline = self._pool.deadlines.now + _FAREWELL
        transport: Any = self.transport
        transport.loseConnection()

    def deadline_passed(self) -> None:
        if self._answer.stage == HEAD:
            self._fail(UpstreamTimeout())
        elif self._pool.discard(self):
            self.close()
        else:
            self.abort()

    # Source, for the answer's body.

    def pauseProducing(self) -> None:
        self._paused = True
        transport: Any = self.transport
        transport.pauseProducing()

    def resumeProducing(self) -> None:
        if self._paused:
            self._paused = False
            transport: Any = self.transport
            transport.resumeProducing()

    # What the upload reports.

    def upload_waits(self, waits: bool) -> None:
        """The upstream takes no more bytes for now, or takes them again."""
        if self._answer.stage == HEAD:
            pool = self._pool
            self.deadline = pool.deadlines.now + pool.patience if waits else NEVER

    def upload_ended(self) -> None:
        """All of the request is written, now the upstream has to answer."""
        self._upload = None
        self.upload_waits(True)

    def upload_failed(self, error: BaseException | None) -> None:
        """The client broke off, so the upstream must not take this for a request."""
        refusal = Refusal(499, "Client closed request")
        refusal.__cause__ = error
        self._fail(refusal)

    # Bytes from the upstream.

    def dataReceived(self, data: bytes) -> None:
        answer = self._answer
        stage = answer.stage
        if stage == IDLE:
            # Nobody asked: whatever this is, it would be taken for the next answer.
            self._pool.discard(self)
            self.abort()
            return
        self._heard = True
        try:
            # The name keeps the parser alive when it is replaced meanwhile.
            parser = answer.parser
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if answer.stage != DONE:
                self._fail(failure_of(error))
                return
            # The message was whole; only what came behind it is broken.
            answer.surplus = True
        if stage == BODY:
            self._read_body()
        elif answer.stage != HEAD:
            self._read_head()
        else:
            self._head_size += len(data)
            if self._head_size > MAX_HEAD:
                self._fail(failure_of(ValueError(f"a head of more than {MAX_HEAD} bytes")))

    def _read_head(self) -> None:
        """The head is there, and some or all of the body with it."""
        answer = self._answer
        call = self._call
        assert call is not None
        raw = answer.fields
        try:
            fields = Headers(response_fields(raw))
        except ValueError as error:
            self._fail(failure_of(error))
            return
        phrase = answer.phrase
        data = answer.take()
        if answer.stage == DONE:
            self._finish()
            call.succeed(answer.code, phrase, fields, Body.of(data))
            return
        length = content_length(raw)
        self._until_close = length is None and not any(
            name.lower() == b"transfer-encoding" for name, _ in raw
        )
        self.deadline = NEVER
        self._body = streamed = StreamedBody(self, length)
        if data:
            streamed.feed(data)
        call.succeed(answer.code, phrase, fields, streamed)

    def _read_body(self) -> None:
        """More of the body, and perhaps its end."""
        body = self._body
        data = self._answer.take()
        if data and body is not None:
            body.feed(data)
        if self._answer.stage == DONE:
            self._body = None
            self._finish()
            if body is not None:
                body.end()

    def _finish(self) -> None:
        """The answer was read to its end."""
        self._call = None
        if self._paused:
            self.resumeProducing()
        answer = self._answer
        if self._upload is not None:
            # It answered without waiting for the whole request, which now
            # will not come, so the connection is no good for another.
            self._end_upload()
            self.abort()
        elif answer.surplus or not answer.keep_alive:
            self.close()
        else:
            answer.stage = IDLE
            self._reused = True
            self._pool.keep(self)

    # Ends.

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        pool = self._pool
        pool.gone(self)
        call, self._call = self._call, None
        body, self._body = self._body, None
        stage, self._answer.stage = self._answer.stage, IDLE
        self._end_upload()
        if call is None:
            return
        if body is not None:
            if self._until_close and reason.check(ConnectionDone):
                body.end()
            else:
                body.fail(Failure(failure_of(reason.value)))
        elif stage == HEAD and self._reused and not self._heard and call.may_retry():
            pool.retry(call)
        else:
            call.fail(failure_of(reason.value))

    def _fail(self, error: Exception) -> None:
        call, self._call = self._call, None
        body, self._body = self._body, None
        self._end_upload()
        self.abort()
        if body is not None:
            body.fail(Failure(error))
        elif call is not None:
            call.fail(error)

    def _end_upload(self) -> None:
        upload, self._upload = self._upload, None
        if upload is not None:
            upload.give_up()


class StreamedBody(Body):
    """The body of an answer that is still coming in.

    Not to want it ends the connection: the rest may be long, or never end.
    """

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection, length: int | None) -> None:
        super().__init__(connection, length)
        self._connection = connection

    def drop(self) -> None:
        wanted = not self.ended and self.failure is None and not self._dropped
        super().drop()
        if wanted:
            self._connection.abandon()
