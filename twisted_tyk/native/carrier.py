"""Changes of a native function are checked as a whole, and then carried out.

Nothing is carried out unless all of it can be, so a function that errs leaves
no half of a change behind, and none can smuggle a line break into a header.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from struct import Struct
from typing import Any, Final

from attrs import frozen

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers, encode_name, encode_value
from twisted_tyk.message.notes import Notes
from twisted_tyk.message.request import Request
from twisted_tyk.message.response import Response, checked_status
from twisted_tyk.message.url import URL
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change, Malformed
from twisted_tyk.session.state import SessionState

#: Says a line of the plugin's: level, text, JSON fields, and the request it is about.
Says = Callable[[int, str, str, Exchange], None]
#: Takes a value of the plugin's: kind, name, value.
Measures = Callable[[int, str, float], None]
#: What is left to do once everything was checked, and with what.
_Action = tuple[Callable[[Any], Any], Any]

_DOUBLE: Final = Struct("=d")


@frozen
class Carrier:
    """Carries out the changes of one entry, in the reactor thread.

    :ivar reads: a session from its JSON; raises ``ValueError``.
    """

    reads: Callable[[bytes], SessionState]
    says: Says
    measures: Measures

    def __call__(self, exchange: Exchange, changes: Iterable[Change]) -> None:
        """Do what is asked for, in its order.

        :raises Malformed: when something of it cannot be done; then nothing was.
        """
        todo = []
        for change in changes:
            check = _CHECKS.get(change.kind)
            # A kind that is not known is of a later minor version.
            if check is not None:
                try:
                    todo.append(check(self, exchange, change))
                except (ValueError, RecursionError) as error:
                    raise Malformed(f"change of kind {change.kind}: {error}") from None
        for do, argument in todo:
            do(argument)


def _header_set(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _set(exchange.headers, change)


def _header_add(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return exchange.headers.raw.append, (encode_name(change.key), encode_value(change.value))


def _header_delete(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return exchange.headers.discard, change.key.lower()


def _method(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    method = encode_name(change.value)
    return lambda _: setattr(exchange, "method", method), None


def _target(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    url = URL(change.value.decode("utf-8", "surrogateescape"))
    return lambda _: setattr(exchange, "url", url), None


def _host(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    host = encode_value(change.value)
    return lambda _: setattr(exchange, "host", host), None


def _body(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return lambda body: setattr(Request(exchange), "body", body), change.value


def _rewrite(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    encode_value(change.value)
    return lambda url: setattr(_notes(exchange), "rewrite", url), change.value


def _reply_status(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _writer(exchange).write_header, checked_status(change.number)


def _reply_write(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _writer(exchange).write, change.value


def _reply_header_set(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _set(_writer(exchange).headers, change)


def _reply_header_add(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    raw = _writer(exchange).headers.raw
    return raw.append, (encode_name(change.key), encode_value(change.value))


def _reply_header_delete(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _writer(exchange).headers.discard, change.key.lower()


def _response_status(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    response, status = _response(exchange), checked_status(change.number)
    return lambda _: setattr(response, "status", status), None


def _response_header_set(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _set(_response(exchange).headers, change)


def _response_header_add(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    raw = _response(exchange).headers.raw
    return raw.append, (encode_name(change.key), encode_value(change.value))


def _response_header_delete(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    return _response(exchange).headers.discard, change.key.lower()


def _response_body(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    response = _response(exchange)
    return lambda body: setattr(response, "body", body), change.value


def _session(carrier: Carrier, exchange: Exchange, change: Change) -> _Action:
    session = carrier.reads(change.value)
    session.key_id = change.key.decode("utf-8", "surrogateescape")

    def put(stored: bool) -> None:
        # As ctx.set_session has it: the key that was presented, unless it brings its own.
        if session.key_id:
            exchange.token = session.key_id
        else:
            session.key_id = exchange.token
        exchange.session = session
        exchange.session_changed = exchange.session_changed or stored

    return put, bool(change.number & 1)


def _definition(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    if not isinstance(json.loads(change.value), dict):
        raise ValueError("a definition is a JSON object")
    return lambda text: setattr(_notes(exchange), "definition", text), change.value


def _context(_: Carrier, exchange: Exchange, change: Change) -> _Action:
    name = change.key.decode("utf-8")
    if not change.value:
        return lambda name: _notes(exchange).values.pop(name, None), name
    json.loads(change.value)
    return lambda name: _notes(exchange).values.update({name: change.value}), name


def _log(carrier: Carrier, exchange: Exchange, change: Change) -> _Action:
    return lambda change: say(carrier, exchange, change), change


def _metric(carrier: Carrier, _: Exchange, change: Change) -> _Action:
    if len(change.value) != _DOUBLE.size:
        raise ValueError(f"a metric is a double of 8 bytes, not {len(change.value)}")
    name, value = change.key.decode("utf-8"), _DOUBLE.unpack(change.value)[0]
    return lambda kind: carrier.measures(kind, name, value), change.number


_Check = Callable[[Carrier, Exchange, Change], _Action]
_CHECKS: Final[dict[int, _Check]] = {
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
    abi.SET_SESSION: _session,
    abi.SET_DEFINITION: _definition,
    abi.SET_CONTEXT: _context,
    abi.LOG: _log,
    abi.METRIC: _metric,
}


def say(carrier: Carrier, exchange: Exchange, change: Change) -> None:
    """Pass a log line of the plugin's on."""
    carrier.says(change.number, _text(change.value), _text(change.key), exchange)


def _set(headers: Headers, change: Change) -> _Action:
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


def _notes(exchange: Exchange) -> Notes:
    if exchange.notes is None:
        exchange.notes = Notes()
    return exchange.notes


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
