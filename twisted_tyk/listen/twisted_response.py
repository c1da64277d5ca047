"""How Twisted's web resources answer a request: bit by bit."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web import http, server
from twisted.web.http_headers import Headers

from twisted_tyk.listen.answer import ANSWERED, BEGUN, LOST, OPEN, Answer
from twisted_tyk.listen.framing import BODYLESS
from twisted_tyk.listen.twisted_request import TwistedRequest

if TYPE_CHECKING:
    from twisted_tyk.listen.request import GatewayRequest
    from twisted_tyk.message.body import Body
    from twisted_tyk.message.headers import Pair


class TwistedResponse(TwistedRequest):
    """The writing half of ``IRequest``; it is also an ``IConsumer``."""

    __slots__ = ()

    if TYPE_CHECKING:
        _answer: Answer | None
        _is_head: bool
        _keep: bool
        _progress: int

        def respond(
            self, status: int, reason: bytes, headers: list[Pair], body: bytes | Body
        ) -> None: ...

        def _head(
            self, status: int, reason: bytes, headers: list[Pair], length: int | None, whole: bool
        ) -> tuple[bytes, bool]: ...

    code = http.OK
    code_message = http.RESPONSES[http.OK]
    etag: bytes | None = None
    lastModified: int | None = None
    defaultContentType: bytes | None = b"text/html"
    notifications: tuple[Deferred[None], ...] = ()
    _producing = False
    _inFakeHead = False
    _log = Logger()

    @cached_property
    def responseHeaders(self) -> Headers:
        return Headers()

    @cached_property
    def cookies(self) -> list[bytes]:
        return []

    # Twisted's own functions; they need no more of a request than there is here.
    setResponseCode: Any = http.Request.setResponseCode
    setHeader: Any = http.Request.setHeader
    addCookie: Any = http.Request.addCookie
    redirect: Any = http.Request.redirect
    setLastModified: Any = http.Request.setLastModified
    setETag: Any = http.Request.setETag
    #: Renders a resource by Twisted's rules for methods it does not support.
    render: Any = server.Request.render

    @property
    def startedWriting(self) -> bool:
        return self._progress != OPEN

    @property
    def finished(self) -> bool:
        return self._progress == ANSWERED

    def notifyFinish(self) -> Deferred[None]:
        """Fires when the answer is complete; fails when the client leaves first."""
        waiting: Deferred[None] = Deferred()
        self.notifications += (waiting,)
        return waiting

    def write(self, data: bytes) -> None:
        """Send a piece of the body, and before the first one the head.

        Nothing happens when the client has left.

        :raises RuntimeError: when the answer is finished.
        :raises ValueError: when a field can not be sent.
        """
        if self._progress == LOST or self._inFakeHead:
            return
        if self._progress == ANSWERED:
            raise RuntimeError("this request was already answered")
        if self._progress == OPEN:
            self._begin()
        answer = self._answer
        if answer is not None:
            if not self._is_head and self.code not in BODYLESS:
                answer.write(data)
            answer.flush()

    def finish(self) -> None:
        """The answer is complete.

        :raises RuntimeError: when the client has left; ``notifyFinish`` tells.
        """
        if self._progress == LOST:
            raise RuntimeError("the client has left; use notifyFinish to learn of that")
        if self._producing:
            self.unregisterProducer()
        if self._progress == OPEN:
            self.respond(self.code, self.code_message, self._fields(), b"")
        elif self._answer is not None:
            self._answer.end()

    def rendered(self, result: Any) -> None:
        """Answer with what a resource's ``render`` gave back."""
        if not isinstance(result, bytes):
            self.processingFailed(Failure(TypeError(f"render returned {result!r}, not bytes")))
        elif self._progress == OPEN:
            self.respond(self.code, self.code_message, self._fields(), result)
        elif self._progress == BEGUN:
            self.write(result)
            self.finish()

    def refuse_method(self, resource: Any) -> None:
        """Answer by Twisted's rules when ``resource`` does not support the method."""
        try:
            # It raises once more, and is asked for GET instead of HEAD.
            self.render(resource)
        except Exception:
            self.processingFailed(Failure())

    def processingFailed(self, reason: Failure) -> Failure:
        """Log ``reason`` and answer 500, or cut an answer that was begun short."""
        self._log.failure("{method} {uri}", reason, method=self.method, uri=self.uri)
        if self._progress == OPEN:
            kind = (b"Content-Type", b"text/plain; charset=utf-8")
            self.respond(500, b"", [kind], b"Internal Server Error\n")
        elif self._answer is not None:
            self._answer.fail(reason)
        return reason

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Let the client's pace decide when ``producer`` writes."""
        if self._progress == LOST:
            producer.stopProducing()
            return
        self._producing = True
        self.channel.register(producer, streaming)

    def unregisterProducer(self) -> None:
        """The producer will write no more."""
        if self._producing:
            self._producing = False
            self.channel.unregister()

    def _begin(self) -> None:
        announced = self.responseHeaders.getRawHeaders(b"content-length")
        length = int(announced[0]) if announced else None
        head, self._keep = self._head(self.code, self.code_message, self._fields(), length, False)
        bodyless = self._is_head or self.code in BODYLESS
        chunked = length is None and not self._http10 and not bodyless
        self._progress = BEGUN
        self._answer = Answer(
            cast("GatewayRequest", self), head, None if bodyless else length, chunked
        )

    def _fields(self) -> list[Pair]:
        headers = self.responseHeaders
        if self.lastModified is not None and not headers.hasHeader(b"last-modified"):
            headers.setRawHeaders(b"Last-Modified", [http.datetimeToString(self.lastModified)])
        if self.etag is not None:
            headers.setRawHeaders(b"ETag", [self.etag])
        for cookie in self.cookies:
            headers.addRawHeader(b"Set-Cookie", cookie)
        kind = self.defaultContentType
        if (
            kind is not None
            and self.code not in BODYLESS
            and not headers.hasHeader(b"content-type")
        ):
            headers.setRawHeaders(b"Content-Type", [kind])
        return [(name, value) for name, values in headers.getAllRawHeaders() for value in values]
