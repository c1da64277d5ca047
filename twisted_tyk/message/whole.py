"""The whole body of a request, up to a limit."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from twisted_tyk.errors import Refusal
from twisted_tyk.message.body import Body


def whole(body: Body, limit: int) -> Deferred[bytes]:
    """Gather ``body``. Fails with a 413 when it is longer than ``limit`` bytes.

    Cancel it when nobody wants the body any more.
    """
    if body.ended and len(body.join()) <= limit:
        return succeed(body.join())
    gathering = _Gathering(limit)
    if body.ended or (body.length or 0) > limit:
        gathering.refuse()
        body.drop()
    else:
        body.pipe(gathering)
    return gathering.done


class _Gathering:
    """Keeps what comes as long as it is not too much. :ivar done: fires with all of it."""

    def __init__(self, limit: int) -> None:
        self.done: Deferred[bytes] = Deferred(lambda _: self._drop())
        self._limit = limit
        self._size = 0
        self._chunks: list[bytes] = []
        self._body: Body | None = None

    def attach(self, body: Body) -> None:
        self._body = body

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size <= self._limit:
            self._chunks.append(data)
        elif not self.done.called:
            self.refuse()
            self._drop()

    def end(self) -> None:
        if not self.done.called:
            self.done.callback(b"".join(self._chunks))

    def fail(self, reason: Failure) -> None:
        if not self.done.called:
            self.done.errback(reason)

    def refuse(self) -> None:
        self.done.errback(Refusal(413, "Request Entity Too Large"))

    def _drop(self) -> None:
        self._chunks = []
        if self._body is not None:
            self._body.drop()
