"""The store and the notifications that ``storage`` of the settings asks for."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet.defer import Deferred, succeed

from twisted_tyk.interfaces import INotifications, IStore
from twisted_tyk.settings import Settings
from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.notifications import LocalNotifications
from twisted_tyk.storage.sqlite.store import SqliteStore

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.client import RedisClient
    from twisted_tyk.storage.redis.notifications import RedisNotifications


@frozen
class Storage:
    """
    :ivar redis: for what the store has no method for; ``None`` unless it is Redis.
    :ivar listening: the notifications, where they need a connection.
    """

    store: IStore
    notifications: INotifications
    redis: RedisClient | None = None
    listening: RedisNotifications | None = None

    def start(self) -> None:
        """Begin; called once. :raises ValueError: one sentence, when there is no use in it."""
        self.store.start()
        if self.listening is not None:
            self.listening.start()

    def stop(self) -> Deferred[Any]:
        """End; fires when all is kept and closed."""
        ended = succeed(None) if self.listening is None else self.listening.stop()
        return ended.addCallback(lambda _: self.store.stop())


def make_storage(reactor: Any, settings: Settings, base: Path) -> Storage:
    """Make it; nothing is opened before it is started.

    :param base: the folder of ``tyk.conf``.
    :raises ValueError: one sentence that names the setting that makes no sense.
    """
    asked = settings.storage
    if asked.type == "redis":
        return _redis(reactor, settings)
    local = LocalNotifications(reactor)
    if asked.type == "memory":
        return Storage(MemoryStore(reactor), local)
    return Storage(SqliteStore(reactor, base / asked.path, time.time), local)


def _redis(reactor: Any, settings: Settings) -> Storage:
    # Imported here: who has no Redis needs nothing that speaks to it.
    from twisted_tyk.storage.redis.client import RedisClient
    from twisted_tyk.storage.redis.message import Messages, read_public_key
    from twisted_tyk.storage.redis.notifications import RedisNotifications
    from twisted_tyk.storage.redis.options import redis_options
    from twisted_tyk.storage.redis.store import RedisStore

    client = RedisClient(reactor, redis_options(settings.storage))
    messages = Messages(
        settings.node_secret,
        settings.allow_insecure_configs,
        read_public_key(settings.public_key_path),
    )
    notifications = RedisNotifications(reactor, client, messages)
    return Storage(RedisStore(client), notifications, client, notifications)
