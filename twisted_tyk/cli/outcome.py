"""What a call came to."""

from __future__ import annotations

from base64 import b64decode
from typing import Any

from attrs import frozen

from twisted_tyk.cli.asked import Asked
from twisted_tyk.native import abi
from twisted_tyk.native.carrier import Carrier
from twisted_tyk.native.changes import Change, Malformed, complaint, read
from twisted_tyk.native.words import failure_of
from twisted_tyk.session.reading import SessionReader


@frozen
class Outcome:
    """:ivar problem: ``""``, or what the function did wrong, to go on after its name.

    :ivar stack: of a panic, or ``""``.
    :ivar changes: asked for; of a call that failed only its log lines.
    :ivar seconds: that the function ran.
    """

    problem: str
    stack: str
    changes: list[Change]
    seconds: float

    def count(self) -> str:
        """The changes in a word."""
        number = len(self.changes)
        return "1 change" if number == 1 else f"{number or 'no'} changes"


def outcome(event: dict[str, Any], asked: Asked) -> Outcome:
    """Of an event ``called``. The changes are carried out as in a gateway."""
    status, seconds = event["status"], event["seconds"]
    data = b64decode(event["changes"])
    if status != abi.OK:
        text, stack, lines = complaint(data)
        return Outcome(failure_of(status, text), stack, lines, seconds)
    changes: list[Change] = []
    try:
        changes = read(data)
        carry = Carrier(SessionReader(), _ignore, _ignore, event["kind"] == "response")
        carry(asked.exchange(event["kind"]), data)
    except Malformed as error:
        problem = f"asked for changes that cannot be made: {error}"
        return Outcome(problem, "", changes, seconds)
    return Outcome("", "", changes, seconds)


def _ignore(*_: object) -> None:
    """What is said and measured is shown otherwise."""
