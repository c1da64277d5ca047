"""A message body: bytes on their way from one connection to another.

The connection that receives *feeds*; whoever wants the bytes *pipes* them on
as they come or *gathers* them whole. A body that nobody has asked for holds at
most :data:`HIGH_WATER` bytes and then pauses its source, so that memory stays
flat whatever passes through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IPushProducer
from twisted.python.failure import Failure
from zope.interface import implementer

#: Bytes kept for a reader that has not come yet.
HIGH_WATER = 65536


class BodyTooLong(Exception):
    """A body has more bytes than somebody would gather."""


class Source(Protocol):
    """The receiving side of a connection."""

    def pauseProducing(self) -> None: ...

    def resumeProducing(self) -> None: ...


class Sink(Protocol):
    """Where a body is piped to: the sending side of another connection."""

    def attach(self, body: Body) -> None:
        """``body`` is going to be written here; pause and resume it at will."""

    def write(self, data: bytes) -> None: ...

    def end(self) -> None:
        """All of the body was written."""

    def fail(self, reason: Failure) -> None:
        """The body broke off; what was written is not whole."""


@implementer(IPushProducer)
class Body:
    """A stream of bytes that is read once.

    :ivar length: bytes in all when known beforehand, else ``None``.
    :ivar ended: all bytes have been fed.
    :ivar failure: why the stream broke off, else ``None``.
    """

    __slots__ = ("length", "ended", "failure", "_chunks", "_size", "_source", "_held", "_sink",
                 "_gathering", "_limit", "_dropped", "_copy")

    def __init__(
        self, source: Source | None = None, length: int | None = None, held: bool = False
    ) -> None:
        """:param held: the source is already paused, and starts when someone asks."""
        self.length = length
        self.ended = False
        self.failure: Failure | None = None
        self._chunks: list[bytes] = []
        self._size = 0
        self._source = source
        self._held = held
        self._sink: Sink | None = None
        self._gathering: list[Deferred[bytes]] = []
        self._limit: int | None = None
        self._dropped = False
        self._copy: Callable[[bytes], None] | None = None

    @classmethod
    def of(cls, data: bytes) -> Body:
        """A body that is already whole."""
        body = cls(None, len(data))
        body.ended = True
        if data:
            body._chunks.append(data)
            body._size = len(data)
        return body

    # The receiving connection's side.

    def started(self) -> None:
        """The source has begun although nobody asked; pause it like any other."""
        self._held = False

    def feed(self, data: bytes) -> None:
        """Some more bytes have come."""
        if self._copy is not None:
            self._copy(data)
        if self._sink is not None:
            self._sink.write(data)
        elif not self._dropped:
            self._chunks.append(data)
            self._size += len(data)
            if self._size > HIGH_WATER and not self._gathering:
                self.pauseProducing()
            if self._limit is not None and self._size > self._limit and self._gathering:
                self.pauseProducing()
                self._deliver(Failure(BodyTooLong()))

    def end(self) -> None:
        """No more bytes will come."""
        self.ended = True
        self._source = None
        if self._sink is not None:
            self._sink.end()
        elif self._gathering:
            self._deliver(self.join())

    def fail(self, reason: Failure) -> None:
        """The connection broke before the body was whole."""
        if self.ended or self.failure is not None:
            return
        self.failure = reason
        self._source = None
        if self._sink is not None:
            self._sink.fail(reason)
        elif self._gathering:
            self._deliver(reason)

    # The reader's side.

    def copy_to(self, copy: Callable[[bytes], None]) -> None:
        """Show ``copy`` the bytes that are here, and those that come, to whomever they go."""
        for chunk in self._chunks:
            copy(chunk)
        self._copy = copy

    @property
    def read(self) -> bool:
        """Bytes of it went elsewhere, or nowhere, so that nobody else can have all of them."""
        return self._sink is not None or self._dropped

    def join(self) -> bytes:
        """The bytes fed so far and not yet piped, in one piece."""
        chunks = self._chunks
        if len(chunks) == 1:
            return chunks[0]
        if not chunks:
            return b""
        data = b"".join(chunks)
        chunks[:] = [data]
        return data

    def gather(self, limit: int | None = None) -> bytes | Deferred[bytes]:
        """The whole body: at once when it is there, else when it has come.

        It can be gathered more than once, and piped afterwards. The Deferred
        fails with the reason when the connection breaks first.

        :param limit: of bytes to wait for; the Deferred fails with :class:`BodyTooLong` when
            more than these come.
        """
        if self.ended:
            return self.join()
        waiting: Deferred[bytes] = Deferred()
        if self.failure is not None:
            waiting.errback(self.failure)
            return waiting
        if limit is not None and max(self.length or 0, self._size) > limit:
            waiting.errback(BodyTooLong())
            return waiting
        self._limit = limit
        self._gathering.append(waiting)
        self.resumeProducing()
        return waiting

    def pipe(self, sink: Sink) -> None:
        """Write the bytes to ``sink`` as they come, at the pace it asks for."""
        if self._sink is not None or self._dropped:
            raise RuntimeError("this body was already read")
        data = self.join()
        if self.ended:
            if data:
                sink.write(data)
            sink.end()
            return
        if self.failure is not None:
            sink.fail(self.failure)
            return
        self._chunks = []
        self._size = 0
        self._sink = sink
        sink.attach(self)
        held, self._held = self._held, False
        if data:
            sink.write(data)
        if held and not self._held:
            self._held = True
            self.resumeProducing()

    def drop(self) -> None:
        """Nobody wants what is still to come; what came whole stays readable."""
        if self.ended:
            return
        self._dropped = True
        self._copy = None
        self._sink = None
        self._chunks = []
        self._size = 0

    # IPushProducer, for the sink's transport.

    def pauseProducing(self) -> None:
        if self._source is not None and not self._held:
            self._held = True
            self._source.pauseProducing()

    def resumeProducing(self) -> None:
        if self._source is not None and self._held:
            self._held = False
            self._source.resumeProducing()

    def stopProducing(self) -> None:
        self.drop()
        self.resumeProducing()

    def _deliver(self, result: bytes | Failure) -> None:
        waiting, self._gathering = self._gathering, []
        for deferred in waiting:
            deferred.callback(result)


#: The body of a message that has none. It is whole, so it can be shared.
NO_BODY = Body.of(b"")
