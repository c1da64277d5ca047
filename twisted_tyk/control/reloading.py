"""``/tyk/reload``: read the definitions anew."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen
from twisted.logger import Logger

from twisted_tyk.control.answers import Answer, error, ok
from twisted_tyk.reload import Report


@frozen
class Reloading:
    """:ivar reload: reads and swaps; returns when the new definitions are at work.

    So ``block=true`` is what every call does, which Tyk has to be asked for.
    """

    reload: Callable[[], Report]

    log = Logger()

    def this_node(self) -> Answer:
        """Reload this gateway."""
        try:
            self.reload()
        except Exception as problem:
            self.log.error("the reload failed, all stays as it was: {problem}", problem=problem)
            return error(500, f"reload failed, all stays as it was: {problem}")
        return ok()

    def group(self) -> Answer:
        """Reload every gateway of the group; alone, this one is the group."""
        return self.this_node()
