"""What an HTTP signature says, and what is signed with it (draft-cavage-http-signatures-04)."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import datetime, timedelta, timezone
from typing import Final
from urllib.parse import unquote, unquote_to_bytes

from attrs import field, frozen

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.octets import as_text, octets

_PARAMETER: Final = re.compile(
    r'[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))[ \t]*(?:,|\Z)'
)
_SCHEME: Final = re.compile(r"[Ss]ignature\s+")
_DATE: Final = re.compile(
    r"[A-Z][a-z]{2}, ([0-9]{1,2}) ([A-Z][a-z]{2}) ([0-9]{4})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) (?:GMT|UTC|UT|Z|([+-])([0-9]{2}):?([0-9]{2})?)"
)
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip
#: Stands for ``Date`` where a client can not set that, such as in a browser.
AUX_DATE: Final = "x-aux-date"


@frozen
class Signed:
    """The parameters of a signature.

    :ivar headers: names of what is signed, in lower case.
    :ivar signature: its bytes.
    """

    key_id: str
    algorithm: str
    headers: tuple[str, ...]
    signature: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Signed:
        """:param text: a header, with or without ``Signature`` in front.

        :raises ValueError: when it has other parameters, or one of them twice.
        """
        found: dict[str, str] = {}
        scheme = _SCHEME.match(text)
        place = scheme.end() if scheme else 0
        while place < len(text):
            match = _PARAMETER.match(text, place)
            if match is None:
                raise ValueError("not a list of parameters")
            name = match[1].lower()
            if name not in ("keyid", "algorithm", "headers", "signature") or name in found:
                raise ValueError("parameters nobody asked for")
            quoted = match[2]
            found[name] = match[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
            place = match.end()
        headers = tuple(name.lower() for name in found.get("headers", "date").split(" "))
        if "" in headers or not found.get("keyid"):
            raise ValueError("something is missing")
        # Tyk wants it escaped as in a query, and other clients do without that.
        encoded = unquote_to_bytes(found.get("signature", ""))
        try:
            signature = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            raise ValueError("not base64") from None
        return cls(found["keyid"], found.get("algorithm", "hmac-sha1"), headers, signature)

    def text(self, exchange: Exchange) -> bytes:
        """What is signed: a line for each of :attr:`headers`."""
        lines = [_line(name, exchange) for name in self.headers]
        return octets("\n".join(lines))

    def has_date(self, exchange: Exchange) -> bool:
        """Whether the date of the request is signed."""
        aux = AUX_DATE in self.headers and bool(exchange.headers.get(AUX_DATE))
        return aux or "date" in self.headers


def _line(name: str, exchange: Exchange) -> str:
    if name == "(request-target)":
        path = as_text(exchange.path_and_query().partition(b"?")[0])
        return f"{name}: {exchange.method.decode().lower()} " + unquote(
            path, errors="surrogateescape"
        )
    if name == "host":
        return f"{name}: {as_text(exchange.host)}"
    if name == "date":
        name, value = date(exchange)
    else:
        value = exchange.headers.get(name) or ""
    return f"{name}: {value.strip()}"


def date(exchange: Exchange) -> tuple[str, str]:
    """The header that says when a request was made, and what it says."""
    aux = exchange.headers.get(AUX_DATE)
    return (AUX_DATE, aux) if aux else ("date", exchange.headers.get("date") or "")


def moment(text: str) -> float:
    """Unix time of a date such as ``Mon, 02 Jan 2006 15:04:05 GMT``, or with ``-07`` at its end.

    :raises ValueError: when it is none.
    """
    match = _DATE.fullmatch(text)
    if match is None or match[2] not in _MONTHS:
        raise ValueError("not a date")
    day, month, year, hour, minute, second = match.group(1, 2, 3, 4, 5, 6)
    zone = timedelta(hours=int(match[8] or 0), minutes=int(match[9] or 0))
    at = datetime(
        int(year), _MONTHS.index(month) + 1, int(day), int(hour), int(minute), int(second),
        tzinfo=timezone.utc,
    )  # fmt: skip
    return at.timestamp() - zone.total_seconds() * (-1 if match[7] == "-" else 1)
