"""Header fields as they arrived: an ordered list of name and value pairs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import overload

Pair = tuple[bytes, bytes]

_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FORBIDDEN_IN_VALUE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


def encode_name(name: str | bytes) -> bytes:
    """A field name as bytes.

    :raises ValueError: when it is not an HTTP token (RFC 9110, 5.6.2).
    :raises TypeError: when it is neither text nor bytes.
    """
    try:
        raw = name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")
    except AttributeError:
        raise TypeError(f"a header name is str or bytes, not {type(name).__name__}") from None
    # Most names are letters and digits, for which bytes has a quicker test.
    if not raw.isalnum() and _NAME.fullmatch(raw) is None:
        raise ValueError(f"not a header name: {name!r}")
    return raw


def encode_value(value: str | bytes) -> bytes:
    """A field value as bytes, without the blanks around it.

    :raises ValueError: when it holds a control character, such as the line
        breaks that would start a header of their own.
    :raises TypeError: when it is neither text nor bytes.
    """
    try:
        raw = value if isinstance(value, bytes) else value.encode("utf-8", "surrogateescape")
    except AttributeError:
        raise TypeError(f"a header value is str or bytes, not {type(value).__name__}") from None
    # Most values are one word, for which bytes has a quicker test.
    if raw.isalnum():
        return raw
    if _FORBIDDEN_IN_VALUE.search(raw) is not None:
        raise ValueError(f"control character in a header value: {value!r}")
    return raw.strip(b" \t")


class Headers:
    """Fields in arrival order; names are compared without regard to case.

    Texts are ``str``; bytes that are not UTF-8 survive the round trip through
    surrogate escapes.

    ``headers[name]`` is the first value of ``name``, ``headers[name] = value`` is
    :meth:`set`, and ``del headers[name]`` is :meth:`delete`. Iteration gives pairs.

    :ivar raw: the pairs themselves, ``(name, value)`` as bytes in the case
        they had on the wire, for steps on the hot path.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: list[Pair] | None = None) -> None:
        self.raw: list[Pair] = [] if raw is None else raw

    @overload
    def get(self, name: str, default: None = None) -> str | None: ...

    @overload
    def get(self, name: str, default: str) -> str: ...

    def get(self, name: str, default: str | None = None) -> str | None:
        """The first value of ``name``, or ``default`` when there is none."""
        value = self.first(name.lower().encode("utf-8", "surrogateescape"))
        return default if value is None else value.decode("utf-8", "surrogateescape")

    def get_all(self, name: str) -> list[str]:
        """Every value of ``name``, in arrival order; empty when there is none."""
        wanted = name.lower().encode("utf-8", "surrogateescape")
        return [
            value.decode("utf-8", "surrogateescape")
            for key, value in self.raw
            if key.lower() == wanted
        ]

    def set(self, name: str, value: str | bytes) -> None:
        """Make ``value`` the only value of ``name``, at the place of the first.

        :raises ValueError: for a name or value that HTTP does not allow.
        """
        self.put((encode_name(name), encode_value(value)))

    def put(self, pair: Pair) -> None:
        """The same with a name and a value that are encoded already."""
        raw = self.raw
        wanted = pair[0].lower()
        for index, (key, _) in enumerate(raw):
            if key.lower() == wanted:
                raw[index] = pair
                raw[index + 1 :] = [kept for kept in raw[index + 1 :] if kept[0].lower() != wanted]
                return
        raw.append(pair)

    def add(self, name: str, value: str | bytes) -> None:
        """Add a value beside those that ``name`` already has.

        :raises ValueError: for a name or value that HTTP does not allow.
        """
        self.raw.append((encode_name(name), encode_value(value)))

    def delete(self, name: str) -> None:
        """Remove every value of ``name``; nothing happens when there is none."""
        self.discard(name.lower().encode("utf-8", "surrogateescape"))

    def first(self, lowered: bytes) -> bytes | None:
        """The first value of the lower-case name ``lowered``, or ``None``."""
        for key, value in self.raw:
            if key.lower() == lowered:
                return value
        return None

    def discard(self, lowered: bytes) -> None:
        """Remove every value of the lower-case name ``lowered``."""
        self.raw[:] = [pair for pair in self.raw if pair[0].lower() != lowered]

    def __getitem__(self, name: str) -> str:
        """The first value of ``name``.

        :raises KeyError: when there is none.
        """
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: str, value: str | bytes) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        self.delete(name)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for key, value in self.raw:
            yield key.decode("utf-8", "surrogateescape"), value.decode("utf-8", "surrogateescape")

    def __len__(self) -> int:
        return len(self.raw)

    def __repr__(self) -> str:
        return f"Headers({list(self)!r})"
