"""The request that a function is tried with, and the frame of it."""

import json
from collections.abc import Callable
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from attrs import define, field

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers, Pair, encode_name, encode_value
from twisted_tyk.message.notes import Notes
from twisted_tyk.message.response import Response, checked_status
from twisted_tyk.native.frame import Encoder, record_frame
from twisted_tyk.native.manifest import Function
from twisted_tyk.session.reading import SessionReader

_T = TypeVar("_T")
_R = TypeVar("_R")
#: An API definition with as little in it as can be.
SIMPLEST: Final = json.dumps(
    {
        "name": "cli", "api_id": "cli", "org_id": "default", "active": True, "use_keyless": True,
        "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
        "proxy": {"listen_path": "/", "target_url": "http://localhost/"},
    }
)  # fmt: skip


@define
class Asked:
    """A request, and what would come with it in a gateway.

    :ivar headers: of the request; a ``Host`` among them counts as :attr:`host`.
    :ivar session: JSON with Tyk's names, or ``""``. :ivar token: the client's key.
    :ivar definition: JSON of an API definition; in a gateway there always is one.
    :ivar context: values by name, as hooks leave them for each other.
    :ivar status: of the upstream's response, for a response function.
    :ivar record: JSON of an analytics record, for an analytics function.
    """

    method: str = "GET"
    url: str = "http://localhost/"
    headers: list[Pair] = field(factory=list)
    body: bytes = b""
    session: str = ""
    token: str = ""
    definition: str = SIMPLEST
    context: dict[str, Any] = field(factory=dict)
    status: int = 200
    response_headers: list[Pair] = field(factory=list)
    response_body: bytes = b""
    record: str = "{}"

    def exchange(self, kind: str) -> Exchange:
        """As a chain would have it for a function of this kind.

        :raises ValueError: saying what of it can not be.
        """
        if not self.url.isascii() or not self.url.isprintable() or " " in self.url:
            raise ValueError(f"url: found {self.url!r}, expected ASCII without blanks; use %20")
        url = _part("url", self.url, urlsplit)
        target = url._replace(scheme="", netloc="").geturl() or "/"
        if not target.startswith("/"):
            target = f"/{target}"
        headers = [pair for pair in self.headers if pair[0].lower() != b"host"]
        hosts = [value for name, value in self.headers if name.lower() == b"host"]
        exchange = Exchange(
            _part("method", self.method, encode_name),
            target.encode(),
            hosts[0] if hosts else (url.netloc or "localhost").encode(),
            Headers(headers),
            Body.of(self.body),
            peer="127.0.0.1",
            peer_port=50000,
            secure=url.scheme == "https",
        )
        exchange.token = self.token
        if self.session:
            exchange.session = SessionReader()(self.session.encode())
            exchange.session.key_id = self.token
        if self.context:
            exchange.notes = Notes()
            for name, value in self.context.items():
                exchange.notes.values[name] = json.dumps(value).encode()
        if kind == "response":
            exchange.response = Response(
                _part("status", self.status, checked_status),
                b"",
                Headers(list(self.response_headers)),
                Body.of(self.response_body),
            )
        return exchange

    def frame(self, function: Function, exchange: Exchange) -> bytes:
        """What the function is called with."""
        if function.kind == "analytics":
            return record_frame(self.record.encode())
        return Encoder(function, function.kind == "response", b"cli")(exchange)


def _part(name: str, value: _T, read: Callable[[_T], _R]) -> _R:
    """:raises ValueError: naming the part of the request that can not be."""
    try:
        return read(value)
    except ValueError as error:
        raise ValueError(f"{name}: found {value!r}: {error}") from None


def header(text: str) -> Pair:
    """``Name: value``. :raises ValueError: when it is not."""
    name, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"found {text!r}, expected Name: value")
    return encode_name(name.strip()), encode_value(value)


def json_object(text: str) -> str:
    """The text itself. :raises ValueError: when it is not a JSON object."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(value, dict):
        raise ValueError(f"found {text[:40]!r}, expected a JSON object")
    return text
