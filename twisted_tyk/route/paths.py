"""Paths made comparable: decoded, and free of ``//``, ``.`` and ``..``."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


def clean(path: bytes) -> bytes:
    """``path`` without empty, ``.`` and ``..`` segments; a final slash stays, as in Go.

    :param path: starts with ``/``, without escapes.
    """
    segments: list[bytes] = []
    for part in path.split(b"/"):
        if part == b"..":
            del segments[-1:]
        elif part not in (b"", b"."):
            segments.append(part)
    cleaned = b"/" + b"/".join(segments)
    return cleaned + b"/" if segments and path.endswith(b"/") else cleaned


def needs_cleaning(path: bytes) -> bool:
    """Whether :func:`clean` could change it; quick, for every request."""
    return b"//" in path or b"/." in path


def decoded(path: bytes) -> bytes:
    """``path`` without percent escapes; the same object when it has none."""
    return unquote_to_bytes(path) if b"%" in path else path


def after_prefix(raw_path: bytes, prefix: bytes) -> bytes:
    """What follows ``prefix`` in ``raw_path``, escapes untouched.

    :param raw_path: with escapes; its decoded form starts with ``prefix``.
    :param prefix: without escapes.
    """
    position = 0
    for _ in range(len(prefix)):
        position += 3 if _is_escape(raw_path, position) else 1
    return raw_path[position:]


def _is_escape(raw: bytes, position: int) -> bool:
    if raw[position : position + 1] != b"%":
        return False
    digits = raw[position + 1 : position + 3]
    return len(digits) == 2 and all(digit in b"0123456789abcdefABCDEF" for digit in digits)
