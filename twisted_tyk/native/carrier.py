"""Changes of a native function are checked as a whole, and then carried out.

Nothing is carried out unless all of it can be, so a function that errs leaves
no half of a change behind, and none can smuggle a line break into a header.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from struct import Struct
from typing import Final

from attrs import frozen

from twisted_tyk.exchange import Exchange
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change, Malformed
from twisted_tyk.native.message_changes import CHECKS, Action, notes_of
from twisted_tyk.session.state import SessionState

#: Says a line of the plugin's: level, text, JSON fields, and the request it is about.
Says = Callable[[int, str, str, Exchange], None]
#: Takes a value of the plugin's: kind, name, value.
Measures = Callable[[int, str, float], None]
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
            check = CHECKS.get(change.kind)
            try:
                if check is not None:
                    todo.append(check(exchange, change))
                # A kind that is not known is of a later minor version.
                elif change.kind in _OTHERS:
                    todo.append(_OTHERS[change.kind](self, exchange, change))
            except (ValueError, RecursionError) as error:
                raise Malformed(f"change of kind {change.kind}: {error}") from None
        for do, argument in todo:
            do(argument)


def _session(carrier: Carrier, exchange: Exchange, change: Change) -> Action:
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


def _definition(_: Carrier, exchange: Exchange, change: Change) -> Action:
    if not isinstance(json.loads(change.value), dict):
        raise ValueError("a definition is a JSON object")
    return lambda text: setattr(notes_of(exchange), "definition", text), change.value


def _context(_: Carrier, exchange: Exchange, change: Change) -> Action:
    name = change.key.decode("utf-8")
    if not change.value:
        return lambda name: notes_of(exchange).values.pop(name, None), name
    json.loads(change.value)
    return lambda name: notes_of(exchange).values.update({name: change.value}), name


def _log(carrier: Carrier, exchange: Exchange, change: Change) -> Action:
    return lambda change: say(carrier, exchange, change), change


def _metric(carrier: Carrier, _: Exchange, change: Change) -> Action:
    if len(change.value) != _DOUBLE.size:
        raise ValueError(f"a metric is a double of 8 bytes, not {len(change.value)}")
    name, value = change.key.decode("utf-8"), _DOUBLE.unpack(change.value)[0]
    return lambda kind: carrier.measures(kind, name, value), change.number


_OTHERS: Final[dict[int, Callable[[Carrier, Exchange, Change], Action]]] = {
    abi.SET_SESSION: _session,
    abi.SET_DEFINITION: _definition,
    abi.SET_CONTEXT: _context,
    abi.LOG: _log,
    abi.METRIC: _metric,
}


def say(carrier: Carrier, exchange: Exchange, change: Change) -> None:
    """Pass a log line of the plugin's on."""
    carrier.says(change.number, _text(change.value), _text(change.key), exchange)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
