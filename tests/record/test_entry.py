"""The quick way to take a record tells the same as the hit's own properties."""

from __future__ import annotations

from typing import Any

import pytest
from lost_failures import LoggedFailures
from recording import make_hit
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.proxy import Proxy
from twisted_tyk.record.buffer import FLUSH_INTERVAL, Buffer
from twisted_tyk.record.entry import entry_of, spelled
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.recorder import Recorder
from twisted_tyk.session.state import SessionState

STRIPPED = ApiDefinition(
    api_id="one",
    org_id="org",
    tags=("a",),
    proxy=Proxy(listen_path="/one/", strip_listen_path=True),
)
HITS = {
    "plain": {},
    "with a key": {"session": SessionState(alias="Ann", tags=["t"]), "token": "organn"},
    "of a browser": {
        "headers": {"User-Agent": "Mozilla", "Accept-Language": "en", "Connection": "x"}
    },
    "behind a proxy": {"headers": {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}},
    "with its real address": {"headers": {"X-Real-IP": "203.0.113.9"}},
    "stripped": {"definition": STRIPPED, "target": b"/one/a%20b?x"},
    "strange bytes": {"target": b"/\xff", "headers": {"User-Agent": "\udcff"}},
}


def shown(hit: Hit) -> tuple[Any, ...]:
    return (
        hit.facts, hit.who.api_key, hit.seconds, hit.method, hit.path, hit.raw_path,
        hit.original_path, hit.content_length, hit.user_agent, hit.response_code,
        hit.ip_address, hit.request_time, hit.upstream_time, hit.own_tags(), hit.track_path,
        hit.raw_request, hit.raw_response,
    )  # fmt: skip


@pytest.mark.parametrize("given", HITS.values(), ids=HITS)
def test_an_entry_says_what_the_hit_says(given: dict[str, Any]) -> None:
    hit = make_hit(**given)
    if given.get("definition") is STRIPPED:
        hit.exchange.listen_path = b"/one/"
    taken = entry_of(hit.exchange, hit.facts, hit.request_time, hit.upstream_time, hit.seconds)
    facts, who, *rest = spelled(taken)
    assert (facts, who.api_key, *rest) == shown(hit)


def test_a_tracked_path_and_a_changed_target() -> None:
    hit = make_hit(target=b"/one/7")
    hit.exchange.track_path = "/one/{id}"
    hit.exchange.target = b"/two/7"
    taken = entry_of(hit.exchange, hit.facts, 1, 1, hit.seconds)
    assert spelled(taken)[4:7] == ("/one/{id}", "/two/7", "/one/7")
    assert spelled(taken)[14]


class Paths:
    """Keeps the paths of entries; it can make nothing of ``/bad``."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def start(self) -> str:
        return ""

    def take(self, hit: Hit) -> str:
        return hit.raw_path

    def ready(self, records: list[Any]) -> list[Any]:
        made = [each if isinstance(each, str) else spelled(each)[5] for each in records]
        if "/bad" in made:
            raise ValueError("bad")
        return made

    def write(self, records: list[Any]) -> Deferred[None]:
        self.batches.append(records)
        return succeed(None)

    def stop(self) -> Deferred[None]:
        return succeed(None)


def recorded(count: int, **strange: Any) -> tuple[Paths, Buffer]:
    """Some requests, one of them perhaps a strange one, by way of a recorder."""
    clock, paths = Clock(), Paths()
    buffer = Buffer(paths, clock, 40)
    recorder = Recorder([buffer], [], lambda: 0.0, lambda: 0.0)
    for number in range(count):
        hit = make_hit(target=b"/%d" % number)
        if number in strange.get("bad", ()):
            hit.exchange.target = b"/bad"
        if number in strange.get("untracked", ()):
            hit.exchange.do_not_track = True
        recorder.note(hit.exchange, hit.facts, None)
    clock.advance(FLUSH_INTERVAL)
    return paths, buffer


def test_a_recorder_with_one_buffer_takes_records_the_quick_way() -> None:
    paths, buffer = recorded(30, untracked=[3])
    assert paths.batches == [[f"/{n}" for n in range(30) if n != 3]]
    assert buffer.written == 29


def test_what_there_is_no_room_for_is_dropped() -> None:
    paths, buffer = recorded(100)
    assert sum(map(len, paths.batches)) + buffer.dropped == 100


@pytest.mark.parametrize("count", [10, 30])
def test_a_record_that_can_not_be_written_takes_no_other_along(
    logged_failures: LoggedFailures, count: int
) -> None:
    paths, buffer = recorded(count, bad=[4])
    assert paths.batches == [[f"/{n}" for n in range(count) if n != 4]]
    assert buffer.dropped == 1
    assert len(logged_failures.flush(ValueError)) == 1
