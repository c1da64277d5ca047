"""The request that the chain is handed, and the way its answer takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.iweb import IRequest
from zope.interface import implementer

from twisted_tyk.exchange import Exchange
from twisted_tyk.listen.answer import ANSWERED, BEGUN, LOST, OPEN, Answer
from twisted_tyk.listen.framing import BODYLESS, STATUS_LINES, check_lines, status_line
from twisted_tyk.listen.twisted_response import TwistedResponse
from twisted_tyk.message.body import Body
from twisted_tyk.message.fixed import FRAMING, NO_FIELDS, FixedFields
from twisted_tyk.message.headers import Pair

if TYPE_CHECKING:
    from twisted_tyk.listen.channel import Channel


@implementer(IRequest)
class GatewayRequest(TwistedResponse):
    """One request. It belongs to the reactor thread.

    :ivar exchange: all that is known of it.
    :ivar on_done: called once when the last byte of the answer was handed to
        the transport, with ``None``, or with why that is not going to happen.
    :ivar on_lost: called once, before ``on_done``, when the client leaves or
        is sent away before its answer is complete. Whoever works on the
        answer can stop.
    """

    __slots__ = ("exchange", "on_done", "on_lost", "channel", "_progress", "_answer", "_http10",
                 "_is_head", "_keep")  # fmt: skip

    log = Logger()

    def __init__(
        self, channel: Channel, exchange: Exchange, http10: bool, keep_alive: bool
    ) -> None:
        self.exchange = exchange
        self.on_done: Callable[[Failure | None], None] | None = None
        self.on_lost: Callable[[Failure], None] | None = None
        self.channel = channel
        self._progress = OPEN
        self._answer: Answer | None = None
        self._http10 = http10
        # Hooks may change the method; the client still knows what it asked.
        self._is_head = exchange.method == b"HEAD"
        self._keep = keep_alive and channel.factory.limits.keep_alive

    @property
    def begun(self) -> bool:
        """Some of the answer was sent, or it can not be sent any more."""
        return self._progress != OPEN

    def respond(
        self,
        status: int,
        reason: bytes,
        headers: list[Pair],
        body: bytes | Body,
        fixed: FixedFields = NO_FIELDS,
    ) -> None:
        """Answer the request, whole or as far as ``body`` has come.

        What framing needs is added and ``Date`` when it is absent; a
        ``Content-Length``, ``Transfer-Encoding`` or ``Connection`` among
        ``headers`` is replaced, but ``Connection: close`` is obeyed, and the
        length of an answer to ``HEAD`` kept. When ``body`` breaks off the
        connection is cut. Nothing happens when the client has left.

        :param status: 200 to 999.
        :param reason: the reason phrase, ``b""`` for the usual one.
        :param headers: without the hop-by-hop fields of an upstream.
        :param fixed: come after them, and instead of any of their names.
        :raises RuntimeError: when the request was answered already.
        :raises ValueError: for another status, or a field with a line break;
            nothing was sent.
        """
        channel = self.channel
        if self._progress != OPEN:
            if self._progress != LOST:
                raise RuntimeError("this request was already answered")
            if not isinstance(body, bytes):
                body.stopProducing()
            return
        data: bytes | None
        if isinstance(body, bytes):
            data = body
            length: int | None = len(data)
        elif body.ended:
            data = body.join()
            length = len(data)
        else:
            data = None
            length = body.length
        bodyless = status in BODYLESS
        whole = data is not None or self._is_head or bodyless
        head, keep = self._head(status, reason, headers, length, whole, fixed)
        self._keep = keep
        detail = self.exchange.detail
        if detail is not None:
            detail.answered(head, b"" if self._is_head or bodyless else body)
        if whole:
            self._progress = ANSWERED
            if self._is_head or bodyless:
                channel.transport.write(head)
                if not isinstance(body, bytes):
                    body.stopProducing()
            else:
                channel.transport.write(head + data if data else head)
            channel.answered(self, keep)
            return
        assert isinstance(body, Body)
        self._progress = BEGUN
        self._answer = answer = Answer(self, head, length, length is None and not self._http10)
        body.pipe(answer)
        answer.flush()

    def _head(
        self,
        status: int,
        reason: bytes,
        headers: list[Pair],
        length: int | None,
        whole: bool,
        fixed: FixedFields = NO_FIELDS,
    ) -> tuple[bytes, bool]:
        """The answer's head, and whether the connection stays open after it."""
        if not 200 <= status <= 999:
            raise ValueError(f"not the status of an answer: {status!r}")
        channel = self.channel
        http10 = self._http10
        keep = self._keep and channel.keeps_alive(whole)
        line = None if http10 else STATUS_LINES.get((status, reason))
        lines = [status_line(status, reason, http10) if line is None else line]
        append = lines.append
        lengths = fixed.lengths
        dated = False
        given: bytes | None = None
        for field in headers:
            name = field[0]
            if len(name) in lengths:
                lowered = name.lower()
                if lowered == b"date":
                    dated = True
                elif lowered in fixed.names:
                    continue
                elif lowered in FRAMING:
                    if lowered == b"content-length":
                        given = field[1]
                    elif lowered == b"connection" and b"close" in field[1].lower():
                        keep = False
                    continue
            append(b": ".join(field))
        if fixed.lines:
            append(fixed.lines)
        if not dated:
            append(channel.factory.date_line())
        if self._is_head:
            # An empty body tells nothing of the one that GET would get.
            if given is None and length:
                given = b"%d" % length
            if given is not None and status not in BODYLESS:
                append(b"Content-Length: " + given)
        elif status in BODYLESS:
            pass
        elif length is not None:
            append(b"Content-Length: %d" % length)
        elif http10:
            keep = False
        else:
            append(b"Transfer-Encoding: chunked")
        if not keep:
            append(b"Connection: close")
        elif http10:
            append(b"Connection: keep-alive")
        append(b"\r\n")
        head = b"\r\n".join(lines)
        check_lines(head, len(lines) + fixed.breaks)
        return head, keep

    # For the channel and the answer.

    def complete(self) -> None:
        """The answer's last byte was written."""
        self._progress = ANSWERED
        self._answer = None
        self.channel.answered(self, self._keep)

    def cut(self, reason: Failure) -> None:
        """The answer broke off."""
        self._progress = LOST
        self._answer = None
        self.channel.cut(self, reason)

    def lost(self, reason: Failure, body: Body | None) -> None:
        """The client left, or was sent away; ``body`` is what had not come of its body."""
        self._progress = LOST
        self.exchange.left = True
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.drop()
        if body is not None:
            body.fail(reason)
        on_lost, self.on_lost = self.on_lost, None
        if on_lost is not None:
            try:
                on_lost(reason)
            except Exception:
                self.log.failure("a request's on_lost failed")
        self.ended(reason)

    def ended(self, reason: Failure | None) -> None:
        """Tell everyone who waits for the end of the answer."""
        on_done, self.on_done = self.on_done, None
        self.on_lost = None
        if on_done is not None:
            try:
                on_done(reason)
            except Exception:
                self.log.failure("a request's on_done failed")
        if self.notifications:
            waiting, self.notifications = self.notifications, ()
            for deferred in waiting:
                deferred.callback(reason)
