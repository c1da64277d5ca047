"""Changes of the messages themselves: each is checked, and says what is then to be done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers, encode_name, encode_value
from twisted_tyk.message.notes import Notes
from twisted_tyk.message.request import Request
from twisted_tyk.message.response import Response, checked_status
from twisted_tyk.message.url import URL
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.native import abi

#: Looks at a change: the exchange, number, key and value.
Check = Callable[[Exchange, int, bytes, bytes], "Action"]
#: What is left to do once everything was checked, and with what.
Action = tuple[Callable[[Any], Any], Any]


def _header_set(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _set(exchange.headers, key, value)


def _header_add(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return exchange.headers.raw.append, (encode_name(key), encode_value(value))


def _header_delete(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return exchange.headers.discard, key.lower()


def _method(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    method = encode_name(value)
    return lambda _: setattr(exchange, "method", method), None


def _target(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    url = URL(value.decode("utf-8", "surrogateescape"))
    return lambda _: setattr(exchange, "url", url), None


def _host(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    host = encode_value(value)
    return lambda _: setattr(exchange, "host", host), None


def _body(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return lambda body: setattr(Request(exchange), "body", body), value


def _rewrite(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    encode_value(value)
    return lambda url: setattr(notes_of(exchange), "rewrite", url), value


def _reply_status(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _writer(exchange).write_header, checked_status(number)


def _reply_write(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _writer(exchange).write, value


def _reply_header_set(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _set(_writer(exchange).headers, key, value)


def _reply_header_add(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    raw = _writer(exchange).headers.raw
    return raw.append, (encode_name(key), encode_value(value))


def _reply_header_delete(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _writer(exchange).headers.discard, key.lower()


def _response_status(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    response, status = _response(exchange), checked_status(number)
    return lambda _: setattr(response, "status", status), None


def _response_header_set(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _set(_response(exchange).headers, key, value)


def _response_header_add(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    raw = _response(exchange).headers.raw
    return raw.append, (encode_name(key), encode_value(value))


def _response_header_delete(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    return _response(exchange).headers.discard, key.lower()


def _response_body(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    response = _response(exchange)
    return lambda body: setattr(response, "body", body), value


def _set(headers: Headers, key: bytes, value: bytes) -> Action:
    return headers.put, (encode_name(key), encode_value(value))


def _response(exchange: Exchange) -> Response:
    if exchange.response is None:
        raise ValueError("there is no response on the way in")
    return exchange.response


def _writer(exchange: Exchange) -> ResponseWriter:
    if exchange.writer is None:
        exchange.writer = ResponseWriter()
    return exchange.writer


def notes_of(exchange: Exchange) -> Notes:
    """Those of a request, made when there are none yet."""
    if exchange.notes is None:
        exchange.notes = Notes()
    return exchange.notes


#: By kind. Each raises ``ValueError`` when the change cannot be made.
CHECKS: Final[dict[int, Check]] = {
    abi.HEADER_SET: _header_set,
    abi.HEADER_ADD: _header_add,
    abi.HEADER_DELETE: _header_delete,
    abi.SET_METHOD: _method,
    abi.SET_TARGET: _target,
    abi.SET_HOST: _host,
    abi.SET_BODY: _body,
    abi.SET_REWRITE: _rewrite,
    abi.REPLY_STATUS: _reply_status,
    abi.REPLY_WRITE: _reply_write,
    abi.REPLY_HEADER_SET: _reply_header_set,
    abi.REPLY_HEADER_ADD: _reply_header_add,
    abi.REPLY_HEADER_DELETE: _reply_header_delete,
    abi.RESPONSE_STATUS: _response_status,
    abi.RESPONSE_HEADER_SET: _response_header_set,
    abi.RESPONSE_HEADER_ADD: _response_header_add,
    abi.RESPONSE_HEADER_DELETE: _response_header_delete,
    abi.RESPONSE_BODY: _response_body,
}
