"""What of the fields goes on, and what ends at the gateway.

Each direction is one pass over the list, since every request pays for it.
"""

from __future__ import annotations

from twisted_tyk._version import __version__
from twisted_tyk.message.headers import Pair

#: Fields about one connection and not about the message (RFC 9110, 7.6.1).
HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"proxy-connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)

# The connection writes these itself.
_OWN = frozenset({b"host", b"content-length"})
_SEEN = HOP_BY_HOP | _OWN | {b"x-forwarded-for", b"user-agent"}
_USER_AGENT = (b"User-Agent", b"twisted-tyk/" + __version__.encode("ascii"))
_NAMES_NOTHING = frozenset({b"keep-alive", b"close", b"", b"Keep-Alive", b"Close"})


def request_fields(raw: list[Pair], peer: str) -> list[Pair]:
    """The fields an upstream is sent, in the order and spelling of the client.

    :param raw: the client's fields, with what steps and hooks made of them.
    :param peer: the address of the client's socket, added to
        ``X-Forwarded-For``; ``""`` when it is not known.
    """
    kept: list[Pair] = []
    keep = kept.append
    named: list[bytes] | None = None
    forwarded: list[bytes] | None = None
    forwarded_at = 0
    no_agent = True
    for pair in raw:
        name = pair[0].lower()
        if name not in _SEEN:
            keep(pair)
        elif name == b"user-agent":
            no_agent = False
            keep(pair)
        elif name == b"connection":
            if pair[1] not in _NAMES_NOTHING:
                named = _names(pair[1], named)
        elif name == b"x-forwarded-for":
            if forwarded is None:
                forwarded = []
                forwarded_at = len(kept)
                keep(pair)
            forwarded.append(pair[1])
        elif name == b"te" and b"trailers" in _names(pair[1], None):
            keep((pair[0], b"trailers"))
    if peer:
        if forwarded is None:
            keep((b"X-Forwarded-For", peer.encode("ascii", "replace")))
        else:
            forwarded.append(peer.encode("ascii", "replace"))
    if forwarded is not None:
        kept[forwarded_at] = (kept[forwarded_at][0], b", ".join(forwarded))
    if named is not None:
        # What the gateway itself has to say is no client's to remove.
        kept = [
            pair
            for pair in kept
            if pair[0].lower() not in named or pair[0].lower() == b"x-forwarded-for"
        ]
    if no_agent:
        kept.append(_USER_AGENT)
    return kept


def response_fields(raw: list[Pair]) -> list[Pair]:
    """The fields a client is sent: the upstream's, without those of its connection.

    :raises ValueError: for a transfer coding beside ``chunked``. The field
        that names it ends here, so the body would be taken for what it is not.
    """
    kept: list[Pair] = []
    keep = kept.append
    named: list[bytes] | None = None
    for pair in raw:
        name = pair[0].lower()
        if name not in HOP_BY_HOP:
            keep(pair)
        elif name == b"connection":
            if pair[1] not in _NAMES_NOTHING:
                named = _names(pair[1], named)
        elif name == b"transfer-encoding" and pair[1].strip().lower() != b"chunked":
            raise ValueError(f"transfer coding not supported: {pair[1]!r}")
    if named is None:
        return kept
    return [pair for pair in kept if pair[0].lower() not in named]


def outgoing_fields(raw: list[Pair]) -> tuple[list[Pair], bytes | None]:
    """For requests that the gateway makes itself: fields without those that
    the connection writes, and the value of ``Host`` when there is one."""
    host = None
    kept = []
    for pair in raw:
        name = pair[0].lower()
        if name == b"host":
            host = pair[1]
        elif name not in HOP_BY_HOP and name not in _OWN:
            kept.append(pair)
    return kept, host


def content_length(raw: list[Pair]) -> int | None:
    """The value of ``Content-Length``, or ``None`` without one."""
    for name, value in raw:
        if name.lower() == b"content-length":
            return int(value)
    return None


def _names(value: bytes, more: list[bytes] | None) -> list[bytes]:
    names = [name.strip().lower() for name in value.split(b",")]
    return names if more is None else more + names
