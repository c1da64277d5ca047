"""Fields of an answer that need no look at each request."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import define

from twisted_tyk.message.headers import Pair, encode_name, encode_value

#: Fields that the listener writes, or has to know of. Their values frame the
#: message, so nobody else's copy of them is sent.
FRAMING = frozenset((b"date", b"connection", b"content-length", b"transfer-encoding"))


@define(eq=False)
class FixedFields:
    """Fields that are the same on many answers, made ready to be written once. Never changed.

    :ivar names: theirs, in lower case; they replace other fields of these names.
    :ivar lengths: of the names and of those in :data:`FRAMING`: a name of
        another length need not be looked at, which is cheaper than its case.
    :ivar lines: all of them, with line breaks between.
    :ivar breaks: how many line breaks that are.
    """

    names: frozenset[bytes]
    lengths: frozenset[int]
    lines: bytes
    breaks: int

    @classmethod
    def of(cls, pairs: Iterable[Pair] = ()) -> FixedFields:
        """:raises ValueError: for a name or value that HTTP does not allow."""
        checked = [(encode_name(name), encode_value(value)) for name, value in pairs]
        names = frozenset(name.lower() for name, _ in checked)
        return cls(
            names,
            frozenset(map(len, names | FRAMING)),
            b"\r\n".join(b"%b: %b" % pair for pair in checked),
            max(0, len(checked) - 1),
        )


NO_FIELDS = FixedFields.of()
