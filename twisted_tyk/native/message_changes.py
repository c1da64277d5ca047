"""Changes of the messages themselves: how each is checked, and what is then done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers, Pair, encode_name, encode_value
from twisted_tyk.message.notes import notes_of
from twisted_tyk.message.request import Request
from twisted_tyk.message.response import Response, checked_status
from twisted_tyk.message.url import URL
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.native import abi

#: What is to be done with an exchange, and with what.
Action = tuple[Callable[[Exchange, Any], Any], Any]
#: Looks at number, key and value of a change. It raises ``ValueError`` when it cannot be made.
Check = Callable[[int, bytes, bytes], Action]


def _request(exchange: Exchange) -> Headers:
    return exchange.headers


def _reply(exchange: Exchange) -> Headers:
    return _writer(exchange).headers


def _upstream(exchange: Exchange) -> Headers:
    return _response(exchange).headers


def _setter(headers: Callable[[Exchange], Headers]) -> Check:
    def put(exchange: Exchange, pair: Pair) -> None:
        headers(exchange).put(pair)

    return lambda number, key, value: (put, (encode_name(key), encode_value(value)))


def _adder(headers: Callable[[Exchange], Headers]) -> Check:
    def add(exchange: Exchange, pair: Pair) -> None:
        headers(exchange).raw.append(pair)

    return lambda number, key, value: (add, (encode_name(key), encode_value(value)))


def _deleter(headers: Callable[[Exchange], Headers]) -> Check:
    def delete(exchange: Exchange, name: bytes) -> None:
        headers(exchange).discard(name)

    return lambda number, key, value: (delete, key.lower())


def _of_request(name: str, read: Callable[[bytes], Any]) -> Check:
    def put(exchange: Exchange, value: Any) -> None:
        setattr(exchange, name, value)

    return lambda number, key, value: (put, read(value))


def _target(number: int, key: bytes, value: bytes) -> Action:
    text = value.decode("utf-8", "surrogateescape")
    URL(text)
    return _set_target, text


def _set_target(exchange: Exchange, text: str) -> None:
    exchange.url = URL(text)


def _body(exchange: Exchange, body: bytes) -> None:
    Request(exchange).body = body


def _rewrite(exchange: Exchange, url: bytes) -> None:
    notes_of(exchange).rewrite = url


def _status(exchange: Exchange, status: int) -> None:
    _writer(exchange).write_header(status)


def _write(exchange: Exchange, data: bytes) -> None:
    _writer(exchange).write(data)


def _response_status(exchange: Exchange, status: int) -> None:
    _response(exchange).status = status


def _response_body(exchange: Exchange, body: bytes) -> None:
    _response(exchange).body = body


def _response(exchange: Exchange) -> Response:
    assert exchange.response is not None
    return exchange.response


def _writer(exchange: Exchange) -> ResponseWriter:
    if exchange.writer is None:
        exchange.writer = ResponseWriter()
    return exchange.writer


#: Changes that a function can ask for wherever it stands.
ANYWHERE: Final[dict[int, Check]] = {
    abi.HEADER_SET: _setter(_request),
    abi.HEADER_ADD: _adder(_request),
    abi.HEADER_DELETE: _deleter(_request),
    abi.SET_METHOD: _of_request("method", encode_name),
    abi.SET_TARGET: _target,
    abi.SET_HOST: _of_request("host", encode_value),
    abi.SET_BODY: lambda number, key, value: (_body, value),
    abi.SET_REWRITE: lambda number, key, value: (_rewrite, encode_value(value)),
    abi.REPLY_STATUS: lambda number, key, value: (_status, checked_status(number)),
    abi.REPLY_WRITE: lambda number, key, value: (_write, value),
    abi.REPLY_HEADER_SET: _setter(_reply),
    abi.REPLY_HEADER_ADD: _adder(_reply),
    abi.REPLY_HEADER_DELETE: _deleter(_reply),
}

#: Changes of the upstream's response.
WAY_BACK: Final[dict[int, Check]] = {
    abi.RESPONSE_STATUS: lambda number, key, value: (_response_status, checked_status(number)),
    abi.RESPONSE_HEADER_SET: _setter(_upstream),
    abi.RESPONSE_HEADER_ADD: _adder(_upstream),
    abi.RESPONSE_HEADER_DELETE: _deleter(_upstream),
    abi.RESPONSE_BODY: lambda number, key, value: (_response_body, value),
}
