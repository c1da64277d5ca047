"""The head of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import responses

from twisted.web.http import RESPONSES

# twisted.web's table lacks the newer ones, such as 429; Python's differs between versions.
_PHRASES: Mapping[int, bytes] = {
    **{int(status): phrase.encode() for status, phrase in responses.items()},
    **RESPONSES,
}

#: Statuses whose answers have no body (RFC 9110, section 6.4.1).
BODYLESS = frozenset((204, 304))
#: First lines of HTTP/1.1 answers, without their ends, by status and reason phrase.
STATUS_LINES: Mapping[tuple[int, bytes], bytes] = {
    (status, reason): b"HTTP/1.1 %d %b" % (status, phrase)
    for status, phrase in _PHRASES.items()
    for reason in (b"", phrase)
}


def status_line(status: int, reason: bytes, http10: bool) -> bytes:
    """Another first line. The usual phrase stands in for an empty ``reason``."""
    return b"HTTP/1.%d %d %b" % (0 if http10 else 1, status, reason or _PHRASES.get(status, b""))


def check_lines(head: bytes, lines: int) -> None:
    """:raises ValueError: when a line break hides in one of the ``lines`` of ``head``."""
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        raise ValueError("a field of the answer holds a line break")
