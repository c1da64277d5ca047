"""What the listener says itself, when a message never becomes a request."""

from __future__ import annotations

from collections.abc import Mapping

_PHRASES: Mapping[int, bytes] = {
    400: b"Bad Request",
    408: b"Request Timeout",
    413: b"Request Entity Too Large",
    417: b"Expectation Failed",
    431: b"Request Header Fields Too Large",
    501: b"Not Implemented",
    505: b"HTTP Version Not Supported",
}


class Refused(Exception):
    """A message that is not served.

    :ivar status: 400, 408, 413, 417, 431, 501 or 505.
    :ivar why: what was wrong with it, for the log.
    """

    def __init__(self, status: int, why: str) -> None:
        super().__init__(status, why)
        self.status = status
        self.why = why

    def __str__(self) -> str:
        return f"{self.status}: {self.why}"


class BodyNotWanted(Exception):
    """The request was answered before its body had been read."""


class AnswerBroken(Exception):
    """The answer's body was not as long as its head had promised."""


def refusal(status: int) -> bytes:
    """The whole answer; the connection is closed after it."""
    phrase = _PHRASES[status]
    if status == 413:
        # Clients of Tyk may know this text.
        text, extra = b"Request Entity Too Large\n", b"X-Content-Type-Options: nosniff\r\n"
    else:
        text, extra = b"%d %b\n" % (status, phrase), b""
    return (
        b"HTTP/1.1 %d %b\r\nContent-Type: text/plain; charset=utf-8\r\n%b"
        b"Content-Length: %d\r\nConnection: close\r\n\r\n%b"
        % (status, phrase, extra, len(text), text)
    )
