"""Path patterns of ``extended_paths``, compiled once (gateway facts of Tyk, endpoint matching)."""

from __future__ import annotations

import re

from attrs import frozen

_VARIABLE = re.compile(r"\{[^}]+\}")


@frozen
class PathPattern:
    """A path pattern as Tyk reads it: a search, not a full match, unless told so."""

    regex: re.Pattern[str]

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
        if text.endswith("$") and not text.endswith("\\$"):
            text = text[:-1] + r"\Z"
        try:
            return cls(re.compile(text, re.IGNORECASE if ignore_case else 0))
        except re.error as error:
            raise ValueError(f"endpoint pattern {pattern}: {error}") from None

    def matches(self, path: str, listen_path: str) -> bool:
        """:param path: without escapes and query, listen path included."""
        search = self.regex.search
        if listen_path and path.startswith(listen_path):
            rest = path[len(listen_path) :]
            if search(rest if rest.startswith("/") else "/" + rest):
                return True
        return search(path) is not None
