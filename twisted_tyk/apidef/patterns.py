"""Path patterns of endpoints, in definitions and in keys, compiled once.

The rules are those of Tyk's matching of endpoints: see ``http_server_options`` in its manual.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import unquote_to_bytes

from attrs import frozen

from twisted_tyk.apidef.expressions import finds
from twisted_tyk.message.octets import as_text

_VARIABLE: Final = re.compile(r"\{[^}]+\}")
_PLAIN: Final = re.compile(r"[^\\.+*?()|\[\]{}^$]*")
_NOT_UTF8: Final = re.compile("[\udc80-\udcff]")


@frozen
class PathPattern:
    """A path pattern as Tyk reads it: a search, not a full match, unless told so.

    :ivar fits: whether it is found in one spelling of a path, see :func:`searched`.
    """

    fits: Callable[[bytes], bool]

    @classmethod
    def compile(
        cls, pattern: str, ignore_case: bool = False, prefix: bool = False, suffix: bool = False
    ) -> PathPattern:
        """
        :param pattern: a regular expression with ``{name}`` for one path
            segment and ``*`` between slashes for any.
        :param prefix: ``enable_path_prefix_matching``: a pattern that starts
            with ``/`` is held against the beginning of the path.
        :param suffix: ``enable_path_suffix_matching``: held against its end.
        :raises ValueError: when it is not a regular expression.
        """
        text = _VARIABLE.sub("([^/]+)", pattern)
        # No path ends at a line feed, which clients can write as %0a.
        text = text.replace("/*/", "/[^/]+/").replace("/*", "/(?s:.*)")
        if prefix and text.startswith("/"):
            text = "^" + text
        if suffix and not text.endswith("$"):
            text += "$"
        try:
            return cls(finds("(?i)" + text) if ignore_case else _plain(text) or finds(text))
        except ValueError as error:
            raise ValueError(f"endpoint pattern {pattern}: {error}") from None

    def matches(self, spellings: Iterable[bytes]) -> bool:
        """Whether it is found in one of these. :param spellings: see :func:`searched`."""
        fits = self.fits
        for spelling in spellings:  # noqa: SIM110 - quicker than any()
            if fits(spelling):
                return True
        return False


def searched(target: bytes, listen_path: bytes) -> tuple[bytes, ...]:
    """The spellings of a path that patterns are held against, without escapes and query.

    :param target: path and query, as they travel.
    :param listen_path: what of the path led to the API; patterns are first held against
        what follows it. ``b""``: against the whole path only.
    """
    path = _readable(target.partition(b"?")[0])
    if not listen_path:
        return (path,)
    listen_path = _readable(listen_path)
    if not path.startswith(listen_path):
        return (path,)
    rest = path[len(listen_path) :]
    return (rest if rest.startswith(b"/") else b"/" + rest, path)


def _readable(path: bytes) -> bytes:
    if b"%" in path:
        path = unquote_to_bytes(path)
    if path.isascii():
        return path
    # As in Go any byte that is not UTF-8 is one character that no pattern names.
    text = as_text(path)
    return _NOT_UTF8.sub("\ufffd", text).encode()


def _plain(text: str) -> Callable[[bytes], bool] | None:
    """A pattern without any special character inside, which nothing finds as quickly as Python."""
    at_start, at_end = text.startswith("^"), text.endswith("$")
    inside = text[at_start : len(text) - at_end]
    if _PLAIN.fullmatch(inside) is None:
        return None
    plain = inside.encode("utf-8", "surrogatepass")
    if at_start and at_end:
        return lambda path: path == plain
    if at_start:
        return lambda path: path.startswith(plain)
    if at_end:
        return lambda path: path.endswith(plain)
    return lambda path: plain in path
