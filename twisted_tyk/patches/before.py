"""A request as it was, so that the built-in step can begin from there when a patch has failed."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Final

from twisted.internet.interfaces import IReactorTime

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.body import Body
from twisted_tyk.message.response import Response
from twisted_tyk.patches.run import Run

#: What an exchange refers to. That the client has left, no patch has done.
_NAMES: Final = tuple(name for name in Exchange.__slots__ if name != "left")
_values: Final = attrgetter(*_NAMES)


class Before:
    """What a patch may change of a request, as it is now.

    Bodies are not copied: one that comes in parts is there as long as nobody has read it or
    thrown it away. Nor is a session: until :meth:`release` it counts as one that other
    requests share, so that whoever changes it has one of their own.
    """

    __slots__ = (
        "_answered", "_headers", "_notes", "_read", "_session", "_shared", "_url", "_values",
        "_writer",
    )  # fmt: skip

    def __init__(self, exchange: Exchange) -> None:
        self._values = _values(exchange)
        self._headers = exchange.headers.raw[:]
        self._read = exchange.body.read
        url, notes, writer = exchange.url, exchange.notes, exchange.writer
        self._url = None if url is None else (url.raw_path, url.raw_query)
        self._notes = None if notes is None else notes.copy()
        self._writer = None if writer is None else writer.copy()
        response = exchange.response
        self._answered = None if response is None else _Answered(response)
        self._session = exchange.session
        self._shared = exchange.session_shared
        exchange.session_shared = self._session is not None

    def release(self, exchange: Exchange) -> None:
        """The session is the request's own again, unless it has another one by now."""
        if exchange.session is self._session:
            exchange.session_shared = self._shared

    def restore(self, exchange: Exchange) -> bool:
        """Have the request as it was, as far as that is still there; once.

        :returns: ``False`` when a body of it is gone.
        """
        kept = dict(zip(_NAMES, self._values, strict=True))
        body, answered, response = kept["body"], self._answered, exchange.response
        lost = _lost(body, self._read) or (answered is not None and answered.lost)
        if exchange.body is not body:
            _stop(exchange.body)
        stream = response.stream if isinstance(response, Response) else None
        if answered is None or stream is not answered.stream:
            _stop(stream)
        for name, value in kept.items():
            setattr(exchange, name, value)
        exchange.headers.raw = self._headers
        exchange.notes = self._notes
        exchange.writer = self._writer
        if exchange.url is not None and self._url is not None:
            exchange.url.raw_path, exchange.url.raw_query = self._url
        if answered is not None:
            answered.restore()
        return not lost


class _Answered:
    """A response as it is now."""

    __slots__ = ("_fields", "_headers", "_read", "_reason", "_response", "_status", "stream")

    def __init__(self, response: Response) -> None:
        self._response = response
        self._status = response.status
        self._reason = response.reason
        self._headers = response.headers
        self._fields = response.headers.raw[:]
        self.stream = response.stream
        self._read = response.stream.read

    @property
    def lost(self) -> bool:
        """Its body is gone."""
        return _lost(self.stream, self._read)

    def restore(self) -> None:
        """Have it as it was."""
        response = self._response
        response.status = self._status
        response.reason = self._reason
        response.headers = self._headers
        response.headers.raw = self._fields
        response.stream = self.stream


def _stop(body: object) -> None:
    """Nobody wants it. A patch may have put anything in its place."""
    if isinstance(body, Body):
        body.stopProducing()


def _lost(body: Body, read: bool) -> bool:
    """:param read: it was so before."""
    return body.read and not read


class RewoundRun(Run):
    """A run of a patch that does not count when it fails: the built-in step begins from what
    was before the patch; when that has called it, from what it has left.
    """

    __slots__ = ("_before",)

    def __init__(
        self,
        timeout: float | None,
        clock: IReactorTime,
        now: Callable[[], float],
        exchange: Exchange,
    ) -> None:
        super().__init__(timeout, clock, now, exchange)
        self._before: Before | None = Before(exchange)

    def begun(self) -> None:
        """The replaced step is called, with all that the patch has changed."""
        self._release()
        super().begun()

    def ended(self, end: object) -> None:
        """It has decided on the request as it is now."""
        super().ended(end)
        self._before = Before(self.exchange)

    def rewind(self) -> bool:
        """Have the request as it was. Whether it is."""
        before, self._before = self._before, None
        return before is None or before.restore(self.exchange)

    def over(self) -> None:
        """All is decided."""
        super().over()
        self._release()

    def _release(self) -> None:
        before, self._before = self._before, None
        if before is not None:
            before.release(self.exchange)
