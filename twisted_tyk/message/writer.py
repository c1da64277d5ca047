"""Through this a hook answers the client: Go's ``http.ResponseWriter``."""

from __future__ import annotations

from zope.interface import implementer

from twisted_tyk.exchange import Reply
from twisted_tyk.interfaces import IResponseWriter
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.request import as_bytes
from twisted_tyk.message.response import checked_status


@implementer(IResponseWriter)
class ResponseWriter:
    """Collects what a hook writes; the chain sends it once the hook is done.

    So an exception half way through never leaves half an answer. One writer
    serves all hooks of an exchange: fields added by a hook that writes
    nothing stay on the client's response.
    """

    __slots__ = ("_chunks", "added", "status")

    def __init__(self) -> None:
        #: The fields that hooks have added; most add none.
        self.added: Headers | None = None
        self.status: int | None = None
        self._chunks: list[bytes] | None = None

    @property
    def headers(self) -> Headers:
        """Fields of the client's response."""
        if self.added is None:
            self.added = Headers()
        return self.added

    def write_header(self, status: int) -> None:
        """Set the status. As in Go, only the first call counts."""
        checked = checked_status(status)
        if self.status is None:
            self.status = checked

    def write(self, data: str | bytes) -> None:
        """Add to the body; the status is 200 if none was set."""
        chunk = as_bytes(data)
        if self.status is None:
            self.status = 200
        if self._chunks is None:
            self._chunks = []
        self._chunks.append(chunk)

    def copy(self) -> ResponseWriter:
        """Another one, to which the same was written."""
        twin = ResponseWriter()
        twin.added = None if self.added is None else Headers(self.added.raw[:])
        twin.status = self.status
        twin._chunks = None if self._chunks is None else self._chunks[:]
        return twin

    def rewind(self) -> None:
        """Forget status and body, as if nothing had been written; fields stay."""
        self.status = None
        self._chunks = None

    def reply(self) -> Reply | None:
        """What was written, or ``None`` when the request shall go on."""
        if self.status is None:
            return None
        return Reply(self.status, tuple(self.headers.raw), b"".join(self._chunks or ()))
