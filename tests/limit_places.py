"""Limiters to be tested: with everything in memory, and with a real Redis. Time stands still
in both until a test says otherwise, but for what goes by the clock of Redis itself.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import hiredis
import pytest
from redis_server import RedisServer
from twisted.internet.defer import Deferred, fail, succeed

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.limits.contract import Batch, Outcome
from twisted_tyk.limits.counters import Algorithm, Counters
from twisted_tyk.limits.limiter import Limiter
from twisted_tyk.limits.nodes import Nodes
from twisted_tyk.limits.remote import RemoteCounters
from twisted_tyk.storage.make import Storage
from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.notifications import LocalNotifications

NOW = 1_700_000_000.0


class BlockingRedis:
    """A client that waits for each answer, so that a test reads from top to bottom.

    :ivar problem: set it to have Redis away.
    :ivar trips: how often it was asked.
    """

    def __init__(self, server: RedisServer) -> None:
        self.problem = ""
        self.trips = 0
        self._socket = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        self._reader = hiredis.Reader()

    def call(self, *words: Any) -> Deferred[Any]:
        if self.problem:
            return fail(StoreUnavailable(self.problem))
        self.trips += 1
        exact = [repr(word) if isinstance(word, float) else word for word in words]
        self._socket.sendall(hiredis.pack_command(tuple(exact)))
        answer: Any = False
        while answer is False:
            self._reader.feed(self._socket.recv(65536))
            answer = self._reader.gets()
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)

    def script(self, source: str, keys: Sequence[bytes], arguments: Sequence[Any]) -> Any:
        return self.call("EVAL", source, len(keys), *keys, *arguments)

    def close(self) -> None:
        self._socket.close()


class Bench:
    """A limiter and its clock.

    :ivar now: Unix time.
    """

    def __init__(self, algorithm: Algorithm, redis: BlockingRedis | None = None) -> None:
        self.now = NOW
        self.redis = redis
        self.nodes = Nodes()
        self.limiter = Limiter(
            lambda: self.now,
            Counters(algorithm, lambda: self.now),
            self.nodes,
            RemoteCounters(redis, algorithm) if redis is not None else None,
        )

    def ask(self, *asks: Any, gently: bool = False, local: bool = False) -> Outcome:
        """Count a request now."""
        outcome = self.limiter.ask(Batch(asks), gently, local)
        if isinstance(outcome, Outcome):
            return outcome
        results: list[Any] = []
        outcome.addBoth(results.append)
        if not isinstance(results[0], Outcome):
            results[0].raiseException()
        found: Outcome = results[0]
        return found


@pytest.fixture
def blocking_redis(redis_server: RedisServer) -> Iterator[BlockingRedis]:
    client = BlockingRedis(redis_server)
    yield client
    client.close()


@pytest.fixture
def counters_in_redis(blocking_redis: BlockingRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gateways that are made from here on count in Redis. Keys stay in memory."""

    def make_storage(reactor: Any, *_: Any) -> Storage:
        return Storage(MemoryStore(reactor), LocalNotifications(reactor), blocking_redis)

    monkeypatch.setattr("twisted_tyk.service.make_storage", make_storage)


Make = Callable[[Algorithm], Bench]


@pytest.fixture
def places(blocking_redis: BlockingRedis) -> Sequence[Make]:
    """Two that make a :class:`Bench` for an algorithm: in memory, and on an empty Redis.

    Hypothesis and pytest-twisted together do not bear parametrised tests.
    """

    def on_redis(algorithm: Algorithm) -> Bench:
        blocking_redis.call("FLUSHALL")
        return Bench(algorithm, blocking_redis)

    return Bench, on_redis


@pytest.fixture(params=["memory", "redis"])
def place(request: pytest.FixtureRequest) -> Make:
    """One of the two."""
    if request.param == "memory":
        return Bench
    made: Sequence[Make] = request.getfixturevalue("places")
    return made[1]
