"""The upstream's response as response hooks see it."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed

from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.request import BodyNotRead, as_bytes


class Response:
    """A status, fields and a body on their way back to the client.

    :ivar reason: the reason phrase the upstream gave, as bytes.
    :ivar stream: the body itself, for steps that pass it on.
    """

    __slots__ = ("_status", "reason", "headers", "stream")

    def __init__(self, status: int, reason: bytes, headers: Headers, stream: Body) -> None:
        self._status = status
        self.reason = reason
        #: The fields as they arrived; change them in place.
        self.headers = headers
        self.stream = stream

    @property
    def status(self) -> int:
        """The HTTP status; assign to change it, from 200 to 999.

        :raises ValueError: for another number, or what is no number.
        """
        return self._status

    @status.setter
    def status(self, status: int) -> None:
        self._status = checked_status(status)
        self.reason = b""

    @property
    def body(self) -> bytes:
        """The whole body, as it travels (still compressed if it was).

        Assigning bytes or text replaces it; ``Content-Length`` follows.

        :raises BodyNotRead: when the hook neither said ``reads_body`` nor
            awaited :meth:`read`, and the body has not come by itself.
        """
        if not self.stream.ended:
            raise BodyNotRead("say @reads_body where the hook is defined, or await response.read()")
        return self.stream.join()

    @body.setter
    def body(self, data: str | bytes) -> None:
        replacement = Body.of(as_bytes(data))
        self.stream.stopProducing()
        self.stream = replacement

    def read(self) -> Deferred[bytes]:
        """The whole body, when it has come; fails when the upstream breaks off."""
        body = self.stream.gather()
        return body if isinstance(body, Deferred) else succeed(body)


def checked_status(status: object) -> int:
    """``status`` when it can be the status of a final response.

    :raises ValueError: when it can not.
    """
    if not isinstance(status, int) or isinstance(status, bool) or not 200 <= status <= 999:
        raise ValueError(f"not the status of a response: {status!r}")
    return status
