"""The URL of a request as hooks see it: Go's ``url.URL`` in Python's spelling."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl, quote, unquote

# What may stand in a path without an escape (RFC 3986, pchar and "/").
_PATH_SAFE = "/!$&'()*+,;=:@-._~"
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f#]")


class Query(Mapping[str, str]):
    """The parsed query: a mapping of names to their first value.

    It is a copy: to change the query assign :attr:`URL.raw_query`.
    """

    __slots__ = ("_pairs",)

    def __init__(self, raw_query: str) -> None:
        self._pairs = parse_qsl(raw_query, keep_blank_values=True, errors="surrogateescape")

    def get_all(self, name: str) -> list[str]:
        """Every value of ``name``, in the order of the query."""
        return [value for key, value in self._pairs if key == name]

    def __getitem__(self, name: str) -> str:
        for key, value in self._pairs:
            if key == name:
                return value
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(dict(self._pairs))

    def __len__(self) -> int:
        return len(dict(self._pairs))


class URL:
    """Path and query of a request.

    :ivar raw_path: the path as it travels, with its escapes.
    :ivar raw_query: what follows the question mark, ``""`` when nothing does.
    """

    __slots__ = ("_raw_path", "_raw_query")

    def __init__(self, target: str) -> None:
        """:param target: path and query, such as ``/a%20b?c=d``.

        :raises ValueError: when the path does not start with ``/``, or either
            part holds blanks, control characters or ``#``.
        """
        self._raw_path = "/"
        self._raw_query = ""
        path, _, query = target.partition("?")
        self.raw_path = path
        self.raw_query = query

    @property
    def raw_path(self) -> str:
        return self._raw_path

    @raw_path.setter
    def raw_path(self, path: str) -> None:
        if not path.startswith("/"):
            raise ValueError(f"a URL path starts with '/': {path!r}")
        self._raw_path = _checked(path)

    @property
    def raw_query(self) -> str:
        return self._raw_query

    @raw_query.setter
    def raw_query(self, query: str) -> None:
        self._raw_query = _checked(query)

    @property
    def path(self) -> str:
        """The path without its escapes; assigning escapes what needs it."""
        return unquote(self._raw_path, errors="surrogateescape")

    @path.setter
    def path(self, path: str) -> None:
        self.raw_path = quote(path, safe=_PATH_SAFE, errors="surrogateescape")

    @property
    def query(self) -> Query:
        """The query, parsed anew on each access."""
        return Query(self._raw_query)

    def __str__(self) -> str:
        return f"{self._raw_path}?{self._raw_query}" if self._raw_query else self._raw_path

    def __repr__(self) -> str:
        return f"URL({str(self)!r})"


def escaped(path: bytes) -> bytes:
    """``path`` with the escapes it needs, in the one spelling that :attr:`URL.path` gives."""
    return quote(path, safe=_PATH_SAFE).encode("ascii")


def _checked(part: str) -> str:
    if _FORBIDDEN.search(part) is not None:
        raise ValueError(f"blank, control character or '#' in a URL: {part!r}")
    return part
