"""Reloads that messages of other nodes ask for: many in a short time become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.interfaces import INotifications

#: Tyk's commands for it.
COMMANDS: Final = ("ApiUpdated", "ApiRemoved", "ApiAdded", "GroupReload", "PolicyChanged")


@attrs.define(eq=False)
class ReloadSoon:
    """In the reactor thread.

    :ivar reload: reads and swaps; it may fail, and then all stays as it was.
    :ivar seconds: after the first message (``reload_interval``).
    """

    clock: IReactorTime
    reload: Callable[[], Deferred[Any]]
    seconds: float
    _waiting: IDelayedCall | None = attrs.field(default=None, init=False)
    _stopped: bool = attrs.field(default=False, init=False)

    log = Logger()

    def listen(self, notifications: INotifications) -> None:
        """Hear the commands."""
        for command in COMMANDS:
            notifications.subscribe(command, self.heard)

    def heard(self, payload: str) -> None:
        """Somebody asks for a reload."""
        if self._waiting is None and not self._stopped:
            self._waiting = self.clock.callLater(self.seconds, self._now)

    def stop(self) -> None:
        """Reload no more."""
        self._stopped = True
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _now(self) -> None:
        self._waiting = None
        self.reload().addErrback(self._failed)

    def _failed(self, why: Failure) -> None:
        self.log.error("the reload failed, all stays as it was: {problem}", problem=why.value)
