"""A Redis as the store, with keys and values as Tyk's gateways have them there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import inf
from typing import Any, Final

from twisted.internet.defer import Deferred, fail, inlineCallbacks, succeed
from zope.interface import implementer

from twisted_tyk.interfaces import IStore
from twisted_tyk.storage.redis.client import RedisClient, Word
from twisted_tyk.storage.values import checked_score, lifetime

#: Keys that Redis looks at in one go of a listing; it serves others in between.
_SCANNED: Final = 1000
#: The number travels as text, since Lua's have 53 bits.
_INCREMENT: Final = """\
local new = redis.call('EXISTS', KEYS[1]) == 0
local sum = redis.pcall('INCRBY', KEYS[1], ARGV[1])
if type(sum) == 'table' and sum.err then return sum end
if new then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])
"""
#: What patterns of Redis take for something else than itself.
_SPECIAL: Final = re.compile(rb"[*?\[\]^\\-]")
_PERSIST: Final = """\
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('PERSIST', KEYS[1])
return 1
"""


@implementer(IStore)
class RedisStore:
    """What it says is kept, is kept as well as Redis is told to (``appendonly``)."""

    def __init__(self, client: RedisClient) -> None:
        """:param client: started and stopped with the store."""
        self._client = client

    @property
    def problem(self) -> str:
        return self._client.problem

    def start(self) -> None:
        """Begin to connect."""
        self._client.start()

    def stop(self) -> Deferred[None]:
        """Calls that wait get their answers first."""
        return self._client.stop()

    def get(self, key: bytes) -> Deferred[bytes | None]:
        return self._client.call(b"GET", key)

    def get_many(self, keys: Sequence[bytes]) -> Deferred[list[bytes | None]]:
        return self._client.call(b"MGET", *keys) if keys else succeed([])

    def set(self, key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[None]:
        return self._set(key, value, seconds).addCallback(lambda _: None)

    def set_new(self, key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[bool]:
        return self._set(key, value, seconds, b"NX").addCallback(bool)

    def replace(self, key: bytes, value: bytes, seconds: float = 0.0) -> Deferred[bool]:
        return self._set(key, value, seconds, b"XX").addCallback(bool)

    def delete(self, *keys: bytes) -> Deferred[int]:
        return self._client.call(b"DEL", *keys) if keys else succeed(0)

    def increment(self, key: bytes, by: int = 1, seconds: float = 0.0) -> Deferred[int]:
        try:
            left = _milliseconds(seconds)
        except ValueError as error:
            return fail(error)
        if not left:
            return self._client.call(b"INCRBY", key, by)
        return self._client.script(_INCREMENT, [key], [by, left]).addCallback(int)

    def expire(self, key: bytes, seconds: float) -> Deferred[bool]:
        try:
            left = _milliseconds(seconds)
        except ValueError as error:
            return fail(error)
        if not left:
            return self._client.script(_PERSIST, [key], []).addCallback(bool)
        return self._client.call(b"PEXPIRE", key, left).addCallback(bool)

    def ttl(self, key: bytes) -> Deferred[float | None]:
        return self._client.call(b"PTTL", key).addCallback(_seconds)

    @inlineCallbacks
    def keys(self, prefix: bytes) -> Any:
        found: set[bytes] = set()
        cursor, pattern = b"0", _literal(prefix) + b"*"
        while True:
            cursor, keys = yield self._client.call(
                b"SCAN", cursor, b"MATCH", pattern, b"COUNT", _SCANNED
            )
            found.update(keys)
            if cursor == b"0":
                return list(found)

    def append(self, key: bytes, *values: bytes) -> Deferred[None]:
        if not values:
            return succeed(None)
        return self._client.call(b"RPUSH", key, *values).addCallback(lambda _: None)

    def items(self, key: bytes) -> Deferred[list[bytes]]:
        return self._client.call(b"LRANGE", key, 0, -1)

    def remove_item(self, key: bytes, value: bytes) -> Deferred[int]:
        return self._client.call(b"LREM", key, 0, value)

    def add_member(self, key: bytes, member: bytes, score: float) -> Deferred[None]:
        try:
            number = checked_score(score)
        except ValueError as error:
            return fail(error)
        return self._client.call(b"ZADD", key, float(number), member).addCallback(lambda _: None)

    def members(
        self, key: bytes, low: float = -inf, high: float = inf
    ) -> Deferred[list[tuple[bytes, float]]]:
        called = self._client.call(b"ZRANGEBYSCORE", key, float(low), float(high), b"WITHSCORES")
        return called.addCallback(_pairs)

    def remove_member(self, key: bytes, member: bytes) -> Deferred[bool]:
        return self._client.call(b"ZREM", key, member).addCallback(bool)

    def remove_scores(self, key: bytes, low: float, high: float) -> Deferred[int]:
        return self._client.call(b"ZREMRANGEBYSCORE", key, float(low), float(high))

    def _set(self, key: bytes, value: bytes, seconds: float, *how: bytes) -> Deferred[Any]:
        try:
            left = _milliseconds(seconds)
        except ValueError as error:
            return fail(error)
        ends: tuple[Word, ...] = (b"PX", left) if left else ()
        return self._client.call(b"SET", key, value, *ends, *how)


def _milliseconds(seconds: float) -> int:
    """At least one, unless it is for ever. :raises ValueError:"""
    checked = lifetime(seconds)
    return max(1, round(checked * 1000)) if checked else 0


def _seconds(milliseconds: int) -> float | None:
    if milliseconds == -2:
        return None
    return -1.0 if milliseconds == -1 else milliseconds / 1000


def _literal(prefix: bytes) -> bytes:
    """A pattern that stands for these bytes and no others."""
    return _SPECIAL.sub(rb"\\\g<0>", prefix)


def _pairs(flat: list[bytes]) -> list[tuple[bytes, float]]:
    return list(zip(flat[::2], map(float, flat[1::2]), strict=True))
