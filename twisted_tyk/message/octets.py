"""Text that came as bytes which need not be text, and the same bytes again.

Keys, names and paths are what clients send. Each byte that is not UTF-8 is kept as half a
character (Python's ``surrogateescape``), so that nothing is lost and no two become one.
"""

from __future__ import annotations


def octets(text: str) -> bytes:
    """The bytes that a text stands for."""
    return text.encode("utf-8", "surrogateescape")


def as_text(data: bytes) -> str:
    """Bytes as text, of which :func:`octets` makes the same bytes."""
    return data.decode("utf-8", "surrogateescape")
