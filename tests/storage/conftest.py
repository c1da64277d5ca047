"""Every store, started, with a way to let time pass for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock, deferLater
from waiting import until

from twisted_tyk.storage.memory import MemoryStore
from twisted_tyk.storage.redis.client import RedisClient
from twisted_tyk.storage.redis.options import RedisOptions
from twisted_tyk.storage.redis.store import RedisStore
from twisted_tyk.storage.sqlite.store import SqliteStore

reactor: Any = _reactor


@define
class Tested:
    """:ivar advance: lets seconds pass for the keys of the store."""

    store: Any
    advance: Callable[[float], Deferred[Any]]


@pytest.fixture(params=["memory", "sqlite", "redis"])
def tested(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tested]:
    """A store that is started and empty."""
    made: Tested = globals()[f"_{request.param}"](request, tmp_path)
    made.store.start()
    pytest_twisted.blockon(until(lambda: not made.store.problem))
    yield made
    pytest_twisted.blockon(made.store.stop())


def _memory(request: pytest.FixtureRequest, folder: Path) -> Tested:
    clock = Clock()
    return Tested(MemoryStore(clock), lambda seconds: succeed(clock.advance(seconds)))


def _sqlite(request: pytest.FixtureRequest, folder: Path) -> Tested:
    clock = Clock()
    clock.advance(1.7e9)
    store = SqliteStore(reactor, folder / "tyk.db", clock.seconds)
    return Tested(store, lambda seconds: succeed(clock.advance(seconds)))


def _redis(request: pytest.FixtureRequest, folder: Path) -> Tested:
    server: RedisServer = request.getfixturevalue("redis_server")
    client = RedisClient(reactor, RedisOptions((("127.0.0.1", server.port),)))
    return Tested(RedisStore(client), lambda seconds: deferLater(reactor, seconds))


@pytest.fixture
def store(tested: Tested) -> Any:
    """The same, where time does not matter."""
    return tested.store
