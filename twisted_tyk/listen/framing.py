"""The head of an answer."""

from __future__ import annotations

from collections.abc import Mapping

from twisted.web.http import RESPONSES

_PHRASES: Mapping[int, bytes] = dict(RESPONSES)
_STATUS_LINES: Mapping[int, bytes] = {
    status: b"HTTP/1.1 %d %b" % (status, phrase) for status, phrase in RESPONSES.items()
}

#: Statuses whose answers have no body (RFC 9110, section 6.4.1).
BODYLESS = frozenset((204, 304))
#: Fields that the listener writes, or has to know of.
OWN_FIELDS = frozenset((b"date", b"connection", b"content-length", b"transfer-encoding"))
#: Their lengths: cheaper to look at than their names.
OWN_LENGTHS = frozenset(map(len, OWN_FIELDS))


def status_line(status: int, reason: bytes, http10: bool) -> bytes:
    """The first line, without its end. The usual phrase stands in for an empty ``reason``."""
    if not http10 and (not reason or _PHRASES.get(status) == reason):
        line = _STATUS_LINES.get(status)
        if line is not None:
            return line
    return b"HTTP/1.%d %d %b" % (0 if http10 else 1, status, reason or _PHRASES.get(status, b""))


def check_lines(head: bytes, lines: int) -> None:
    """:raises ValueError: when a line break hides in one of the ``lines`` of ``head``."""
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        raise ValueError("a field of the answer holds a line break")
