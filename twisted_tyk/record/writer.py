"""What keeps records: the contract of all that does."""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred

from twisted_tyk.record.hit import Hit


class Unwritten(Exception):
    """Some records could not be written. :ivar records: those. :ivar reason: why."""

    def __init__(self, records: list[Any], reason: str) -> None:
        super().__init__(reason)
        self.records = records
        self.reason = reason


class Writer(Protocol):
    """Where records are kept."""

    def start(self) -> str:
        """Begin; called once. What is wrong already, in a sentence, or ``""``."""

    def take(self, hit: Hit) -> Any:
        """What is to be kept of a hit; quick, in the reactor thread."""

    def ready(self, records: list[Any]) -> list[Any]:
        """Some records, entries among them, as they are to be written.

        In the reactor thread, so it may take as long as a request or two.
        """

    def write(self, records: list[Any]) -> Deferred[None]:
        """Keep what was taken. One call at a time; fails with :class:`Unwritten`."""

    def stop(self) -> Deferred[None]:
        """Close; nothing is written any more."""
