"""Something that has happened, as handlers are told of it [internal/event]."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

from twisted_tyk.message.octets import octets

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange

_CREDENTIALS: Final = (b"authorization", b"cookie", b"proxy-authorization")


@frozen
class Event:
    """
    :ivar type: Tyk's name, such as ``AuthFailure``.
    :ivar meta: what is known of it, by Tyk's names.
    :ivar seconds: when it happened, in Unix time.
    """

    type: str
    meta: Mapping[str, Any]
    seconds: float


def request_event(type: str, message: str, exchange: Exchange, seconds: float) -> Event:
    """An event of a request.

    ``Key`` is what stands for the key in the store: where keys are hashed, so it is here.
    """
    session = exchange.session
    return Event(
        type,
        {
            "Message": message,
            "OriginatingRequest": base64.b64encode(_head(exchange)).decode(),
            "Path": exchange.original_target.partition(b"?")[0].decode("utf-8", "replace"),
            "Origin": exchange.api.client_address(exchange),
            "Key": exchange.token if session is None else session.key_hash or exchange.token,
        },
        seconds,
    )


def _head(exchange: Exchange) -> bytes:
    """The request's head as HTTP has it, without its query and whatever holds the credential."""
    lines = [exchange.method + b" " + exchange.original_target.partition(b"?")[0] + b" HTTP/1.1"]
    lines.append(b"Host: " + exchange.host)
    token = octets(exchange.token)
    lines += [
        name + b": " + value
        for name, value in exchange.headers.raw
        if name.lower() not in _CREDENTIALS and not (token and token in value)
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n"
