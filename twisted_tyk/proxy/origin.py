"""Where an upstream is, and what to ask of it."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

import idna
from attrs import field, frozen

from twisted_tyk.transport.trust import VERIFIED, TLSSettings, is_address

_URL = re.compile(
    r"""(?P<scheme>https?)://
        (?:[^/?\#@\s]*@)?
        (?P<host>\[[0-9A-Fa-f:.]+\]|[^:/?\#\[\]@\s\x00-\x20\x7f]+)
        (?::(?P<port>[0-9]{0,5}))?
        (?P<target>[/?][^\#\x00-\x20\x7f]*)?
        (?:\#.*)?""",
    re.VERBOSE | re.IGNORECASE,
)
# Everything printable passes as it is; only what is not ASCII gets escapes.
_ASCII = "".join(map(chr, range(0x21, 0x7F)))


@frozen(cache_hash=True)
class Origin:
    """What a connection can be shared for: the same place, reached the same way.

    :ivar scheme: ``http`` or ``https``.
    :ivar host: a name in its ASCII form or an address, without brackets.
    :ivar port: 1 to 65535.
    :ivar tls: how the upstream's certificate is judged; ``None`` for ``http``.
        Origins with other settings never share a connection.
    """

    scheme: str
    host: str
    port: int
    tls: TLSSettings | None = None
    #: The host is an address, so there is nothing to look up.
    is_address: bool = field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "is_address", is_address(self.host))


class UpstreamURL(NamedTuple):
    """An upstream's resource, taken apart as far as a request needs it.

    :ivar host: the value of the ``Host`` field.
    :ivar target: path and query as they travel, never empty.
    """

    origin: Origin
    host: bytes
    target: bytes

    @classmethod
    def parse(cls, url: str | bytes, tls: TLSSettings = VERIFIED) -> UpstreamURL:
        """Take ``url`` apart. Escapes stay as they are; a user name and
        password in it are left out, as in Tyk, which never sends them.

        :raises ValueError: when it is no http or https URL, or holds blanks or
            control characters.
        """
        text = url.decode("utf-8") if isinstance(url, bytes) else url
        match = _URL.fullmatch(text)
        if match is None:
            raise ValueError(f"not an http or https URL: {text!r}")
        scheme = match["scheme"].lower()
        port = int(match["port"] or (443 if scheme == "https" else 80))
        if not 0 < port < 65536:
            raise ValueError(f"no such port: {text!r}")
        written = match["host"]
        host = written if written.isascii() else idna.encode(written, uts46=True).decode("ascii")
        named = host if match["port"] is None else f"{host}:{port}"
        target = quote(match["target"] or "/", safe=_ASCII)
        if target.startswith("?"):
            target = "/" + target
        origin = Origin(scheme, host.strip("[]").lower(), port, tls if scheme == "https" else None)
        return cls(origin, named.encode("ascii"), target.encode("ascii"))

    def absolute(self) -> bytes:
        """In one piece again, with the ``Host`` that is sent."""
        return b"%b://%b%b" % (self.origin.scheme.encode("ascii"), self.host, self.target)
