"""Finding the master by way of Sentinel, and following it when another takes its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from waiting import until

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.storage.redis.client import RedisClient
from twisted_tyk.storage.redis.options import RedisOptions

reactor: Any = _reactor
MakeRedis = Callable[..., RedisServer]


def sentinel(make_redis: MakeRedis, folder: Path, master: RedisServer) -> RedisServer:
    """A Sentinel that is alone, and so the majority."""
    file = folder / "sentinel.conf"
    file.write_text(f"sentinel monitor mymaster 127.0.0.1 {master.port} 1\n")
    return make_redis("--sentinel", file=str(file))


@pytest_twisted.inlineCallbacks
def test_the_master_is_followed(make_redis: MakeRedis, tmp_path: Path) -> Any:
    first = make_redis()
    second = make_redis()
    watching = sentinel(make_redis, tmp_path, first)
    nobody = ("127.0.0.1", 1)
    client = RedisClient(
        reactor,
        RedisOptions((nobody, ("127.0.0.1", watching.port)), 1.0, master_name="mymaster"),
    )
    client.start()
    yield until(lambda: not client.problem)
    assert (yield client.call("SET", b"a", b"1")) == b"OK"
    assert first.ask("GET", "a") == b"1"

    # The second takes the first one's place, as Sentinel has it done.
    second.ask("REPLICAOF", "NO", "ONE")
    watching.ask("SENTINEL", "REMOVE", "mymaster")
    watching.ask("SENTINEL", "MONITOR", "mymaster", "127.0.0.1", second.port, 1)
    first.ask("REPLICAOF", "127.0.0.1", second.port)
    with pytest.raises(StoreUnavailable) as refused:
        yield client.call("SET", b"a", b"2")
    assert "READONLY" in refused.value.reason
    yield until(lambda: not client.problem)
    assert (yield client.call("SET", b"a", b"2")) == b"OK"
    assert second.ask("GET", "a") == b"2"
    yield client.stop()


@pytest_twisted.inlineCallbacks
def test_sentinel_is_behind_the_times(make_redis: MakeRedis, tmp_path: Path) -> Any:
    master = make_redis()
    replica = make_redis("--replicaof", "127.0.0.1", str(master.port))
    watching = sentinel(make_redis, tmp_path, replica)
    address = ("127.0.0.1", watching.port)
    client = RedisClient(reactor, RedisOptions((address,), 1.0, master_name="mymaster"))
    client.start()
    yield until(lambda: "not the master any more" in client.problem)
    replica.ask("REPLICAOF", "NO", "ONE")
    yield until(lambda: not client.problem)
    yield client.stop()


@pytest_twisted.inlineCallbacks
def test_a_name_that_is_not_known(make_redis: MakeRedis, tmp_path: Path) -> Any:
    watching = sentinel(make_redis, tmp_path, make_redis())
    address = ("127.0.0.1", watching.port)
    client = RedisClient(reactor, RedisOptions((address,), 1.0, master_name="other"))
    client.start()
    yield until(lambda: "knows no 'other'" in client.problem)
    yield client.stop()
