"""Which of the sinks of analytics the settings ask for."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from twisted.internet.defer import Deferred

from twisted_tyk.record.buffer import Buffer
from twisted_tyk.record.jsonlines import JsonLines
from twisted_tyk.record.redis_list import Encoder, RedisList
from twisted_tyk.record.sqlite import SqliteRecords
from twisted_tyk.record.writer import Writer
from twisted_tyk.settings import Settings

if TYPE_CHECKING:
    from twisted_tyk.storage.redis.client import RedisClient

_FILES: Final = {"sqlite": "analytics.db", "jsonl": "analytics.jsonl"}
_MIB: Final = 1 << 20
_DAY: Final = 86400


def analytics(
    reactor: Any,
    settings: Settings,
    base: Path,
    redis: RedisClient | None,
    in_thread: Callable[..., Deferred[Any]],
    lost: Callable[[int], None],
) -> Buffer | None:
    """What keeps records; ``None`` unless ``enable_analytics``.

    :param base: the folder of ``tyk.conf``.
    :param redis: of the gateway's storage, if that is Redis.
    :param in_thread: runs a callable with arguments in a thread, one after the other.
    :param lost: told how many records have just been dropped.
    :raises ValueError: one sentence that names the setting.
    """
    if not settings.enable_analytics:
        return None
    asked = settings.analytics_config
    separate = settings.enable_separate_analytics_store
    kind = asked.type or ("redis" if redis is not None or separate else "sqlite")
    writer: Writer
    if kind == "redis":
        writer = _redis(reactor, settings, redis)
    else:
        make = SqliteRecords if kind == "sqlite" else JsonLines
        writer = make(
            Path(asked.path) if asked.path else base / _FILES[kind],
            asked.max_size * _MIB,
            asked.keep_days * _DAY,
            in_thread,
            time.time,
        )
    return Buffer(writer, reactor, asked.records_buffer_size, lost)


def _redis(reactor: Any, settings: Settings, redis: RedisClient | None) -> RedisList:
    asked = settings.analytics_config
    owned = settings.enable_separate_analytics_store
    if owned:
        # Imported here: who has no Redis needs nothing that speaks to it.
        from twisted_tyk.storage.redis.client import RedisClient
        from twisted_tyk.storage.redis.options import redis_options

        options = redis_options(settings.analytics_storage, "analytics_storage")
        redis = RedisClient(reactor, options)
    if redis is None:
        raise ValueError(
            "analytics_config.type: found redis, but storage.type is not; where else records"
            " go is said by analytics_storage with enable_separate_analytics_store"
        )
    return RedisList(
        redis,
        _encoder(asked.serializer_type),
        asked.storage_expiration_time,
        reactor.seconds,
        secrets.randbelow if asked.enable_multiple_analytics_keys else None,
        owned,
    )


def _encoder(serializer_type: str) -> Encoder:
    # The same goes for these.
    if serializer_type == "protobuf":
        from twisted_tyk.record.proto import Proto

        return Proto()
    from twisted_tyk.record.packed import Packed

    return Packed()
