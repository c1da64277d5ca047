"""Changes of a native function are checked as a whole, and then carried out.

Nothing is carried out unless all of it can be, so a function that errs leaves
no half of a change behind, and none can smuggle a line break into a header.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from struct import Struct
from typing import Any, Final

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.notes import notes_of
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change, Malformed, read
from twisted_tyk.native.message_changes import ANYWHERE, WAY_BACK, Action, Check
from twisted_tyk.session.state import SessionState

#: Says a line of the plugin's: level, text, JSON fields, and its request if that still waits.
Says = Callable[[int, str, str, Exchange | None], None]
#: Takes a value of the plugin's: kind, name, value.
Measures = Callable[[int, str, float], None]

_DOUBLE: Final = Struct("=d")
#: Lists of changes that are kept, and bytes of one. Many functions ask for the same each time.
_KEPT: Final = 64
_SHORT: Final = 512


class Carrier:
    """Carries out the changes of one entry, in the reactor thread.

    :ivar says: takes what the function says.
    """

    __slots__ = ("_checks", "_kept", "_measures", "_reads", "says")

    def __init__(
        self,
        reads: Callable[[bytes], SessionState],
        says: Says,
        measures: Measures,
        way_back: bool,
    ) -> None:
        """
        :param reads: a session from its JSON; raises ``ValueError``.
        :param way_back: there is a response of the upstream's.
        """
        self._reads = reads
        self.says = says
        self._measures = measures
        self._kept: dict[bytes, list[Action]] = {}
        self._checks: dict[int, Check] = {
            **ANYWHERE,
            **(WAY_BACK if way_back else dict.fromkeys(WAY_BACK, _too_early)),
            abi.SET_SESSION: self._session,
            abi.SET_DEFINITION: _definition,
            abi.SET_CONTEXT: _context,
            abi.LOG: self._log,
            abi.METRIC: self._metric,
        }

    def __call__(self, exchange: Exchange, data: bytes) -> None:
        """Do what is asked for, in its order.

        :param data: changes as the function gave them.
        :raises Malformed: when something of it cannot be done; then nothing was.
        """
        for do, argument in self._kept.get(data) or self._checked(data):
            do(exchange, argument)

    def say(self, exchange: Exchange, change: Change) -> None:
        """Pass a log line of the plugin's on."""
        self.says(change.number, _text(change.value), _text(change.key), exchange)

    def _checked(self, data: bytes) -> list[Action]:
        actions = []
        lasting = len(data) <= _SHORT
        for kind, number, key, value in read(data):
            # A kind that is not known is of a later minor version.
            if kind in self._checks:
                try:
                    actions.append(self._checks[kind](number, key, value))
                except (ValueError, RecursionError) as error:
                    raise Malformed(f"change of kind {kind}: {error}") from None
                lasting = lasting and kind != abi.SET_SESSION  # a session is one request's alone
        if lasting:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[data] = actions
        return actions

    def _session(self, number: int, key: bytes, value: bytes) -> Action:
        session = self._reads(value)
        session.key_id = key.decode("utf-8", "surrogateescape")
        return _set_session, (session, bool(number & 1))

    def _log(self, number: int, key: bytes, value: bytes) -> Action:
        return self.say, Change(abi.LOG, number, key, value)

    def _metric(self, number: int, key: bytes, value: bytes) -> Action:
        if len(value) != _DOUBLE.size:
            raise ValueError(f"a metric is a double of 8 bytes, not {len(value)}")
        return self._measured, (number, key.decode("utf-8"), _DOUBLE.unpack(value)[0])

    def _measured(self, _: Exchange, metric: tuple[int, str, float]) -> None:
        self._measures(*metric)


def _set_session(exchange: Exchange, given: tuple[SessionState, bool]) -> None:
    exchange.identify(*given)


def _definition(number: int, key: bytes, value: bytes) -> Action:
    if not isinstance(json.loads(value), dict):
        raise ValueError("a definition is a JSON object")
    return _set_definition, value


def _set_definition(exchange: Exchange, definition: bytes) -> None:
    notes_of(exchange).definition = definition


def _context(number: int, key: bytes, value: bytes) -> Action:
    if value:
        json.loads(value)
    return _set_context, (key.decode("utf-8"), value)


def _set_context(exchange: Exchange, given: tuple[str, bytes]) -> None:
    name, value = given
    if value:
        notes_of(exchange).values[name] = value
    else:
        notes_of(exchange).values.pop(name, None)


def _too_early(number: int, key: bytes, value: bytes) -> Any:
    raise ValueError("there is no response on the way in")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")
