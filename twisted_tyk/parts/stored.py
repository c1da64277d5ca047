"""Where keys are kept: opened, or the process ends; and how it is."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from twisted_tyk.control.health import Stored
from twisted_tyk.errors import NotStarted
from twisted_tyk.storage.make import Storage


@frozen
class Opened:
    """A storage as a part that runs."""

    storage: Storage

    def start(self) -> None:
        """Open it.

        :raises NotStarted: when that can not be.
        """
        try:
            self.storage.start()
        except ValueError as error:
            raise NotStarted(f"storage: {error}") from None

    def stop(self) -> Any:
        """Close it."""
        return self.storage.stop()


def stored(storage: Storage) -> Stored:
    """How it is."""
    if storage.redis is None:
        return Stored(problem=storage.store.problem)
    return Stored("redis", storage.redis.problem, storage.redis.seen)
