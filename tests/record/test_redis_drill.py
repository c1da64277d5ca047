"""A gateway whose records go to a Redis that dies, and the requests that do not notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgpack
import pytest
from gateway_process import Upstream, gateway_process, serving, until

from twisted_tyk.testing import definition

LIST = "analytics-tyk-system-analytics"


@pytest.mark.parametrize("serializer", ["msgpack", "protobuf"])
def test_requests_do_not_notice_that_redis_is_away(
    make_redis: Any, tmp_path: Path, serializer: str
) -> None:
    redis = make_redis()
    name = LIST if serializer == "msgpack" else f"{LIST}_protobuf"
    folder = tmp_path / "gateway"
    folder.mkdir()
    with (
        serving(Upstream) as port,
        gateway_process(
            folder,
            definition("one", f"http://127.0.0.1:{port}/"),
            enable_analytics=True,
            enable_separate_analytics_store=True,
            analytics_storage={"host": "127.0.0.1", "port": redis.port},
            analytics_config={"records_buffer_size": 20, "serializer_type": serializer},
        ) as gateway,
    ):
        for number in range(10):
            assert gateway.get(f"/one/{number}")[0] == 200
        until(lambda: redis.ask("LLEN", name) == 10)
        assert 0 < redis.ask("TTL", name) <= 60
        redis.kill()
        for number in range(50):
            assert gateway.get(f"/one/{number}")[0] == 200
        until(lambda: "records were dropped" in gateway.log())
        redis.start()
        until(lambda: redis.ask("LLEN", name) == 20)
        assert gateway.get("/one/again")[0] == 200
        until(lambda: redis.ask("LLEN", name) == 21)
        if serializer == "msgpack":
            records = [msgpack.unpackb(each) for each in redis.ask("LRANGE", name, 0, -1)]
            paths = [*(f"/{number}" for number in range(20)), "/again"]
            assert [record["Path"] for record in records] == paths
        assert gateway.get("/one/last")[0] == 200
    # What had not been sent yet is sent at the stop.
    assert redis.ask("LLEN", name) == 22


def test_without_a_word_records_go_where_keys_are(make_redis: Any, tmp_path: Path) -> None:
    redis = make_redis()
    folder = tmp_path / "gateway"
    folder.mkdir()
    with (
        serving(Upstream) as port,
        gateway_process(
            folder,
            definition("one", f"http://127.0.0.1:{port}/"),
            enable_analytics=True,
            storage={"type": "redis", "host": "127.0.0.1", "port": redis.port},
            analytics_config={"storage_expiration_time": -1},
        ) as gateway,
    ):
        assert gateway.get("/one/x")[0] == 200
    (record,) = redis.ask("LRANGE", LIST, 0, -1)
    assert msgpack.unpackb(record)["Path"] == "/x"
    assert redis.ask("TTL", LIST) == -1
    assert not (folder / "analytics.db").exists()
