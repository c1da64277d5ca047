"""Records in lists of a real Redis, which may go away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import pytest
import pytest_twisted
from gateways import Events
from recording import make_hit
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from twisted.internet.defer import Deferred
from waiting import until

from twisted_tyk.record.buffer import FLUSH_COUNT, Buffer
from twisted_tyk.record.packed import Packed
from twisted_tyk.record.proto import Proto
from twisted_tyk.record.redis_list import LIST, LISTS, RedisList
from twisted_tyk.storage.redis.client import RedisClient
from twisted_tyk.storage.redis.options import RedisOptions

reactor: Any = _reactor
#: Makes a buffer before lists of a server; keywords are those of RedisList.
Record = Callable[..., Buffer]


@pytest.fixture
def record() -> Iterator[Record]:
    running: list[Buffer] = []

    def make(server: RedisServer, most: int = 2000, **keywords: Any) -> Buffer:
        options = RedisOptions(addresses=(("127.0.0.1", server.port),), timeout=1.0)
        writer = RedisList(
            RedisClient(reactor, options),
            **{
                "encoder": Packed(), "lifetime": 60, "seconds": reactor.seconds, "owned": True,
                **keywords,
            },
        )  # fmt: skip
        running.append(Buffer(writer, reactor, most))
        running[-1].start()
        return running[-1]

    yield make
    for each in running:
        pytest_twisted.blockon(each.stop())


def hits(records: Buffer, count: int, start: int = 0) -> None:
    for number in range(start, start + count):
        records.record(make_hit(target=b"/%d" % number))


def paths(server: RedisServer, name: str = LIST) -> list[str]:
    return [msgpack.unpackb(each)["RawPath"] for each in server.ask("LRANGE", name, 0, -1)]


def written(records: Buffer, count: int) -> Deferred[Any]:
    return until(lambda: records.written >= count)


@pytest_twisted.inlineCallbacks
def test_records_are_in_the_list_that_tyk_pump_reads(
    redis_server: RedisServer, record: Record
) -> Any:
    records = record(redis_server)
    hits(records, 2 * FLUSH_COUNT + 3)
    yield written(records, 2 * FLUSH_COUNT + 3)
    assert redis_server.ask("KEYS", "analytics-*") == [b"analytics-tyk-system-analytics"]
    assert paths(redis_server) == [f"/{number}" for number in range(2 * FLUSH_COUNT + 3)]


@pytest_twisted.inlineCallbacks
def test_a_list_has_a_lifetime_from_its_first_record_on(
    redis_server: RedisServer, record: Record
) -> Any:
    records = record(redis_server, lifetime=100)
    hits(records, 1)
    yield written(records, 1)
    assert 90 < redis_server.ask("TTL", LIST) <= 100
    redis_server.ask("EXPIRE", LIST, 50)
    records._writer._looked.clear()  # type: ignore[attr-defined]
    hits(records, 1)
    yield written(records, 2)
    assert redis_server.ask("TTL", LIST) <= 50
    # tyk-pump took all of it.
    redis_server.ask("DEL", LIST)
    records._writer._looked.clear()  # type: ignore[attr-defined]
    hits(records, 1)
    yield written(records, 3)
    assert redis_server.ask("TTL", LIST) > 90


@pytest_twisted.inlineCallbacks
def test_or_none(redis_server: RedisServer, record: Record) -> Any:
    records = record(redis_server, lifetime=-1)
    hits(records, 1)
    yield written(records, 1)
    assert redis_server.ask("TTL", LIST) == -1


@pytest_twisted.inlineCallbacks
def test_ten_lists_in_protobuf(redis_server: RedisServer, record: Record) -> Any:
    numbers = iter(range(LISTS))
    proto = Proto()
    records = record(redis_server, encoder=proto, choose=lambda count: next(numbers) % count)
    for count in range(1, 3):
        hits(records, 1)
        yield written(records, count)
    assert sorted(redis_server.ask("KEYS", "analytics-*")) == [
        b"analytics-tyk-system-analytics_0_protobuf",
        b"analytics-tyk-system-analytics_1_protobuf",
    ]
    (data,) = redis_server.ask("LRANGE", f"{LIST}_1_protobuf", 0, -1)
    assert proto.message.FromString(data).RawPath == "/0"


@pytest_twisted.inlineCallbacks
def test_records_wait_while_redis_is_away_and_are_dropped_beyond_that(
    make_redis: Any, record: Record, events: Events
) -> Any:
    server = make_redis()
    records = record(server, most=50)
    hits(records, 3)
    yield written(records, 3)
    server.kill()
    # Nothing of this takes time, or raises.
    hits(records, 60, start=100)
    assert records.dropped == 10
    yield until(lambda: records.problem)
    hits(records, 5)
    assert records.dropped == 15
    dropped = [text for text in events.texts() if "dropped" in text]
    assert dropped == [
        "analytics: 1 records were dropped: they come faster than they can be written"
    ]
    server.start()
    yield written(records, 53)
    assert paths(server) == [f"/{number}" for number in range(100, 150)]
    assert (records.problem, records.dropped) == ("", 15)


@pytest_twisted.inlineCallbacks
def test_a_redis_that_does_not_answer_keeps_nobody_waiting(make_redis: Any, record: Record) -> Any:
    server = make_redis()
    records = record(server)
    hits(records, 1)
    yield written(records, 1)
    server.pause()
    hits(records, 2)
    yield until(lambda: records.problem)
    server.resume()
    yield written(records, 3)
    # It may have taken them before it was given up.
    assert set(paths(server)) == {"/0", "/1"}


@pytest_twisted.inlineCallbacks
def test_a_key_that_is_no_list(redis_server: RedisServer, record: Record) -> Any:
    redis_server.ask("SET", LIST, "mine")
    records = record(redis_server)
    hits(records, 1)
    yield until(lambda: records.problem)
    assert records.problem.startswith("WRONGTYPE")
    redis_server.ask("DEL", LIST)
    yield written(records, 1)
    assert paths(redis_server) == ["/0"]


@pytest_twisted.inlineCallbacks
def test_the_last_records_are_written_at_the_stop(redis_server: RedisServer, record: Record) -> Any:
    records = record(redis_server)
    hits(records, 1)
    yield written(records, 1)
    hits(records, 7)
    yield records.stop()
    assert len(paths(redis_server)) == 8
