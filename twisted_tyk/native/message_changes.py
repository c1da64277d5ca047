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
from twisted_tyk.native.changes import Change

#: What is left to do once everything was checked, and with what.
Action = tuple[Callable[[Any], Any], Any]


def _header_set(exchange: Exchange, change: Change) -> Action:
    return _set(exchange.headers, change)


def _header_add(exchange: Exchange, change: Change) -> Action:
    return exchange.headers.raw.append, (encode_name(change.key), encode_value(change.value))


def _header_delete(exchange: Exchange, change: Change) -> Action:
    return exchange.headers.discard, change.key.lower()


def _method(exchange: Exchange, change: Change) -> Action:
    method = encode_name(change.value)
    return lambda _: setattr(exchange, "method", method), None


def _target(exchange: Exchange, change: Change) -> Action:
    url = URL(change.value.decode("utf-8", "surrogateescape"))
    return lambda _: setattr(exchange, "url", url), None


def _host(exchange: Exchange, change: Change) -> Action:
    host = encode_value(change.value)
    return lambda _: setattr(exchange, "host", host), None


def _body(exchange: Exchange, change: Change) -> Action:
    return lambda body: setattr(Request(exchange), "body", body), change.value


def _rewrite(exchange: Exchange, change: Change) -> Action:
    encode_value(change.value)
    return lambda url: setattr(notes_of(exchange), "rewrite", url), change.value


def _reply_status(exchange: Exchange, change: Change) -> Action:
    return _writer(exchange).write_header, checked_status(change.number)


def _reply_write(exchange: Exchange, change: Change) -> Action:
    return _writer(exchange).write, change.value


def _reply_header_set(exchange: Exchange, change: Change) -> Action:
    return _set(_writer(exchange).headers, change)


def _reply_header_add(exchange: Exchange, change: Change) -> Action:
    raw = _writer(exchange).headers.raw
    return raw.append, (encode_name(change.key), encode_value(change.value))


def _reply_header_delete(exchange: Exchange, change: Change) -> Action:
    return _writer(exchange).headers.discard, change.key.lower()


def _response_status(exchange: Exchange, change: Change) -> Action:
    response, status = _response(exchange), checked_status(change.number)
    return lambda _: setattr(response, "status", status), None


def _response_header_set(exchange: Exchange, change: Change) -> Action:
    return _set(_response(exchange).headers, change)


def _response_header_add(exchange: Exchange, change: Change) -> Action:
    raw = _response(exchange).headers.raw
    return raw.append, (encode_name(change.key), encode_value(change.value))


def _response_header_delete(exchange: Exchange, change: Change) -> Action:
    return _response(exchange).headers.discard, change.key.lower()


def _response_body(exchange: Exchange, change: Change) -> Action:
    response = _response(exchange)
    return lambda body: setattr(response, "body", body), change.value


def _set(headers: Headers, change: Change) -> Action:
    name, value = encode_name(change.key), encode_value(change.value)
    return lambda name: headers.set(name, value), name


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
CHECKS: Final[dict[int, Callable[[Exchange, Change], Action]]] = {
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
