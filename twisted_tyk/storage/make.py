"""The store and the notifications that ``storage`` of the settings asks for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_tyk.interfaces import INotifications, IStore
from twisted_tyk.settings import Settings
from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.notifications import LocalNotifications


@frozen
class Storage:
    """:ivar redis: for what the store has no method for; ``None`` unless it is Redis."""

    store: IStore
    notifications: INotifications
    redis: Any = None

    def start(self) -> None:
        """Begin; called once. :raises ValueError: one sentence, when there is no use in it."""
        self.store.start()

    def stop(self) -> Deferred[None]:
        """End; fires when all is kept and closed."""
        return self.store.stop()


def make_storage(reactor: Any, settings: Settings, base: Path) -> Storage:
    """Make it; nothing is opened before it is started.

    :param base: the folder of ``tyk.conf``.
    """
    # The embedded store and Redis take their places here; until then all is in memory.
    return Storage(MemoryStore(reactor), LocalNotifications(reactor))
