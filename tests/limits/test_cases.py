"""Plays ``cases.json``: on counters in memory, and on those in a real Redis.

A case makes two equal keys, ``key`` and ``other``, and sends requests one after the other,
``after`` so many seconds. A field that is ``null`` must not be there.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from limit_places import BlockingRedis

CASES = Path(__file__).with_name("cases.json")
KNOWN = {
    "title", "source", "settings", "definition", "key", "steps", "places", "redis_keys",
}  # fmt: skip


def cases() -> Iterator[Any]:
    for case in json.loads(CASES.read_text(encoding="utf-8")):
        assert set(case) <= KNOWN, case["title"]
        for place in case.get("places", ["memory", "redis"]):
            yield pytest.param(place, case, id=f"{case['title']} ({place})")


@pytest.mark.parametrize(("place", "case"), list(cases()))
def test_case(request: pytest.FixtureRequest, place: str, case: dict[str, Any]) -> None:
    make: Any = request.getfixturevalue("limited_by_redis" if place == "redis" else "limited")
    one = make(case.get("settings"), **case.get("definition", {}))
    for token in ("key", "other"):
        one.key(token, **case["key"])
    for number, step in enumerate(case["steps"], 1):
        one.gateway.advance(step.get("after", 0))
        got = one.gateway.request(
            step.get("method", "GET"),
            step.get("target", "/one/x"),
            {"Authorization": step.get("key", "key")},
        )
        where = f"request {number}: {got}"
        assert got.status == step["expect"], where
        if "error" in step:
            assert json.loads(got.body)["error"] == step["error"], where
        for name, value in step.get("headers", {}).items():
            assert got.headers.get(name) == value, where
    if place == "redis" and "redis_keys" in case:
        redis: BlockingRedis = request.getfixturevalue("blocking_redis")
        names: list[Any] = []
        redis.call("KEYS", "*").addCallback(names.extend)
        assert sorted(name.decode() for name in names) == case["redis_keys"]
