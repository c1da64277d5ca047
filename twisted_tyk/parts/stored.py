"""Where keys are kept: opened, or the process ends; and how it is."""

from __future__ import annotations

import sys
from typing import Any

from attrs import frozen

from twisted_tyk.control.health import Stored
from twisted_tyk.storage.make import Storage


@frozen
class Opened:
    """A storage as a part that runs."""

    storage: Storage

    def start(self) -> None:
        """Open it.

        :raises SystemExit: with a sentence on standard error, when that can not be.
        """
        try:
            self.storage.start()
        except ValueError as error:
            print(f"storage: {error}", file=sys.stderr)
            raise SystemExit(1) from None

    def stop(self) -> Any:
        """Close it."""
        return self.storage.stop()


def stored(storage: Storage) -> Stored:
    """How it is."""
    if storage.redis is None:
        return Stored(problem=storage.store.problem)
    return Stored("redis", storage.redis.problem, storage.redis.seen)
