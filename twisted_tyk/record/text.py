"""What came in bytes as text that every format can hold."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


def text_of(data: bytes) -> str:
    """Bytes as text; what is not UTF-8 is shown as ``\\xff``."""
    return data.decode("utf-8", "backslashreplace")


def path_of(target: bytes) -> str:
    """The path of a target as text, without escapes, and with a slash before it."""
    if b"?" in target:
        target = target.partition(b"?")[0]
    if b"%" in target:
        target = unquote_to_bytes(target)
    path = target.decode("utf-8", "backslashreplace")
    return path if path[:1] == "/" else "/" + path


def clean(text: str) -> str:
    """Text without half characters: single bytes that they stand for are shown as above."""
    if text.isascii():
        return text
    try:
        return text_of(text.encode("utf-8", "surrogateescape"))
    except UnicodeEncodeError:
        return text_of(text.encode("utf-8", "backslashreplace"))
