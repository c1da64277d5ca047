"""Changes of a native function are checked as a whole, and then carried out.

Nothing is carried out unless all of it can be, so a function that errs leaves
no half of a change behind, and none can smuggle a line break into a header.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from struct import Struct
from typing import Final

from twisted_tyk.exchange import Exchange
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change, Malformed
from twisted_tyk.native.message_changes import CHECKS, Action, Check, notes_of
from twisted_tyk.session.state import SessionState

#: Says a line of the plugin's: level, text, JSON fields, and the request it is about.
Says = Callable[[int, str, str, Exchange], None]
#: Takes a value of the plugin's: kind, name, value.
Measures = Callable[[int, str, float], None]

_DOUBLE: Final = Struct("=d")


class Carrier:
    """Carries out the changes of one entry, in the reactor thread."""

    __slots__ = ("_checks", "_measures", "_reads", "_says")

    def __init__(
        self, reads: Callable[[bytes], SessionState], says: Says, measures: Measures
    ) -> None:
        """:param reads: a session from its JSON; raises ``ValueError``."""
        self._reads = reads
        self._says = says
        self._measures = measures
        self._checks: Mapping[int, Check] = {
            **CHECKS,
            abi.SET_SESSION: self._session,
            abi.SET_DEFINITION: _definition,
            abi.SET_CONTEXT: _context,
            abi.LOG: self._log,
            abi.METRIC: self._metric,
        }

    def __call__(self, exchange: Exchange, changes: Iterable[Change]) -> None:
        """Do what is asked for, in its order.

        :raises Malformed: when something of it cannot be done; then nothing was.
        """
        todo = []
        checks = self._checks
        for kind, number, key, value in changes:
            # A kind that is not known is of a later minor version.
            if kind in checks:
                try:
                    todo.append(checks[kind](exchange, number, key, value))
                except (ValueError, RecursionError) as error:
                    raise Malformed(f"change of kind {kind}: {error}") from None
        for do, argument in todo:
            do(argument)

    def say(self, exchange: Exchange, change: Change) -> None:
        """Pass a log line of the plugin's on."""
        self._says(change.number, _text(change.value), _text(change.key), exchange)

    def _session(self, exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
        session = self._reads(value)
        session.key_id = key.decode("utf-8", "surrogateescape")

        def put(stored: bool) -> None:
            # As ctx.set_session has it: the key that was presented, unless it brings its own.
            if session.key_id:
                exchange.token = session.key_id
            else:
                session.key_id = exchange.token
            exchange.session = session
            exchange.session_changed = exchange.session_changed or stored

        return put, bool(number & 1)

    def _log(self, exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
        return lambda change: self.say(exchange, change), Change(abi.LOG, number, key, value)

    def _metric(self, _: Exchange, number: int, key: bytes, value: bytes) -> Action:
        if len(value) != _DOUBLE.size:
            raise ValueError(f"a metric is a double of 8 bytes, not {len(value)}")
        name, measured = key.decode("utf-8"), _DOUBLE.unpack(value)[0]
        return lambda kind: self._measures(kind, name, measured), number


def _definition(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    if not isinstance(json.loads(value), dict):
        raise ValueError("a definition is a JSON object")
    return lambda text: setattr(notes_of(exchange), "definition", text), value


def _context(exchange: Exchange, number: int, key: bytes, value: bytes) -> Action:
    name = key.decode("utf-8")
    if not value:
        return lambda name: notes_of(exchange).values.pop(name, None), name
    json.loads(value)
    return lambda name: notes_of(exchange).values.update({name: value}), name


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
