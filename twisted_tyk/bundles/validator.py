"""What a server says of a version, as far as it can be relied on."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import Final

from twisted.web.http_headers import Headers

from twisted_tyk.bundles.source import SETTLED, Source, Version

#: Bytes of an ETag that is worth keeping.
_LONGEST: Final = 1000


def version_of(source: Source, headers: Headers) -> str:
    """The ``ETag`` of a response, or else its ``Last-Modified``; empty when neither can tell.

    Times of HTTP are whole seconds, and many servers make ETags of nothing else. What was
    changed right before it was sent may be changed again under the same time [RFC 9110
    section 8.8.2.2], so it is to be asked for as if it were unknown.
    """
    etag, modified = _one(headers, b"ETag"), _one(headers, b"Last-Modified")
    if modified and not _is_settled(modified, _one(headers, b"Date")):
        return ""
    if etag and len(etag) <= _LONGEST:
        return str(Version(source.digest, "etag", etag))
    return str(Version(source.digest, "date", modified)) if modified else ""


def _one(headers: Headers, name: bytes) -> str:
    return (headers.getRawHeaders(name) or [b""])[0].decode("latin-1").strip()


def _is_settled(modified: str, sent: str) -> bool:
    try:
        passed = parsedate_to_datetime(sent) - parsedate_to_datetime(modified)
    except (TypeError, ValueError):
        return False
    return passed.total_seconds() >= SETTLED
