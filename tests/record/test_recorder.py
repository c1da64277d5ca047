"""The record of each request, whoever answered it."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from recording import facts_of
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.record.hit import Hit, Latency
from twisted_tyk.record.recorder import Recorder
from twisted_tyk.testing import MemoryGateway, MemoryRecords, definition

HOOKS = """\
from twisted_tyk import ctx
from twisted_tyk.session.state import SessionState

def found(rw, request):
    rw.write("found")

def teapot(rw, request):
    rw.write_header(418)

def broken(rw, request):
    1 / 0

def rewrite(rw, request):
    request.url.path = "/one/new path"
    request.headers.set("User-Agent", "rewritten")
    request.method = "PUT"

def known(rw, request):
    ctx.set_session(request, SessionState(
        key_id="key-1234567890",
        alias="ann",
        oauth_client_id="client",
        apply_policies=["gold", "silver"],
        meta_data={"tyk_developer_id": "dev1"},
        tags=["first", "second"],
    ))
"""


@pytest.fixture(autouse=True)
def _hooks(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)


def hooks(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "path": "hooks.py"} for name in names]


def only_hit(gateway: MemoryGateway) -> Hit:
    (hit,) = gateway.records.hits
    return hit


def test_a_proxied_request(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", "http://user:pw@127.0.0.1:9000/base", name="The one", org_id="org")
    )
    before = time.time()
    running.request(
        "POST",
        "/one/a%20b/%C3%A9?q=1",
        {"User-Agent": "agent/1", "X-Real-IP": "192.0.2.1", "Host": "Gateway.test:80"},
        b"hello",
    )
    hit = only_hit(running)
    assert hit.method == "POST"
    assert hit.host == "127.0.0.1:9000"
    assert hit.requested_host == "Gateway.test:80"
    assert hit.path == "/a b/\u00e9"
    assert hit.raw_path == "/a b/\u00e9"
    assert hit.original_path == "/one/a b/\u00e9"
    assert hit.listen_path == "/one/"
    assert hit.content_length == 5
    assert hit.user_agent == "agent/1"
    assert hit.response_code == 200
    assert hit.api_key == ""
    assert hit.timestamp.tzinfo is timezone.utc
    assert before <= hit.timestamp.timestamp() <= time.time()
    assert hit.api_version == "Non Versioned"
    assert (hit.api_name, hit.api_id, hit.org_id) == ("The one", "one", "org")
    assert (hit.oauth_id, hit.alias) == ("", "")
    assert hit.ip_address == "192.0.2.1"
    assert hit.tags == ("org-org", "api-one")
    assert hit.error == ""
    assert 0 <= hit.latency.upstream <= hit.latency.total == hit.request_time
    assert hit.latency.gateway == hit.latency.total - hit.latency.upstream


@pytest.mark.parametrize(
    ("upstream", "latency"),
    [(1.5, Latency(2500, 1500, 1000)), (0.0, Latency(2500, 0, 2500)), (2.6, Latency(2500, 2600))],
)
def test_times_are_in_milliseconds(
    gateway: MakeGateway, upstream: float, latency: Latency
) -> None:
    running = gateway(definition("one"))
    exchange = Exchange(b"GET", b"/one/x", b"gateway.test", Headers(), started=10.0)
    exchange.api = running.service.root.table.apis[0]
    exchange.upstream_time = upstream
    recorder = Recorder([running.records], [], lambda: 86400.0, lambda: 12.5)
    recorder.record(exchange, facts_of(exchange.api))
    hit = only_hit(running)
    assert (hit.request_time, hit.latency) == (2500, latency)
    assert hit.timestamp == datetime(1970, 1, 2, tzinfo=timezone.utc)
    assert (hit.year, hit.month, hit.day, hit.hour) == (1970, 1, 2, 0)


@pytest.mark.parametrize(("keys", "days"), [({"expire_analytics_after": 86400}, 1), ({}, 36525)])
def test_when_a_record_may_be_forgotten(
    gateway: MakeGateway, keys: dict[str, int], days: int
) -> None:
    running = gateway(definition("one", **keys))
    running.get("/one/x")
    hit = only_hit(running)
    assert (hit.expire_at - hit.timestamp).days == days


@pytest.mark.parametrize(
    ("strip", "path"), [(True, "/x"), (False, "/ann/files/x")]
)
def test_the_path_is_without_the_listen_path_only_where_that_is_stripped(
    gateway: MakeGateway, strip: bool, path: str
) -> None:
    proxy = {"listen_path": "/{user}/files/", "strip_listen_path": strip}
    running = gateway(definition("one", proxy=proxy))
    running.get("/%61nn/files/x")
    hit = only_hit(running)
    assert (hit.path, hit.raw_path) == (path, path)
    assert hit.listen_path == "/{user}/files/"


def test_a_request_by_the_apis_id_keeps_it(gateway: MakeGateway) -> None:
    running = gateway(definition("one", proxy={"listen_path": "/other/"}))
    running.get("/one/x")
    assert only_hit(running).path == "/one/x"


@pytest.mark.parametrize(("body", "length"), [(b"", 0), (b"12345", 5)])
def test_the_length_that_was_declared(gateway: MakeGateway, body: bytes, length: int) -> None:
    running = gateway(definition("one"))
    running.request("POST", "/one/x", body=body)
    assert only_hit(running).content_length == length


def test_a_chunked_request_has_no_length(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    client = running.connect()
    running.send(
        client,
        b"POST /one/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n\r\n",
    )
    assert running.upstream.requests[0].body == b"abc"
    assert only_hit(running).content_length == -1


def test_what_hooks_change_is_recorded_beside_what_the_client_sent(
    gateway: MakeGateway,
) -> None:
    running = gateway(definition("one", pre=hooks("rewrite")))
    running.get("/one/old", User_Agent="original")
    hit = only_hit(running)
    assert (hit.original_path, hit.raw_path, hit.path) == (
        "/one/old",
        "/new path",
        "/new path",
    )
    assert (hit.method, hit.user_agent) == ("PUT", "rewritten")


def test_an_answer_of_a_hook(gateway: MakeGateway) -> None:
    running = gateway(definition("one", pre=hooks("found")))
    running.get("/one/x")
    hit = only_hit(running)
    assert (hit.response_code, hit.error, hit.latency.upstream) == (200, "", 0)


def test_an_error_of_a_hook(gateway: MakeGateway) -> None:
    running = gateway(definition("one", pre=hooks("teapot")))
    running.get("/one/x")
    hit = only_hit(running)
    assert hit.response_code == 418
    assert hit.error.startswith("418")


def test_a_hook_that_raised(gateway: MakeGateway) -> None:
    running = gateway(definition("one", pre=hooks("broken")))
    running.get("/one/x")
    hit = only_hit(running)
    assert (hit.response_code, hit.error) == (500, "500 Internal Server Error")


def test_a_refused_request(gateway: MakeGateway) -> None:
    running = gateway(definition("one", use_keyless=False))
    running.get("/one/x")
    hit = only_hit(running)
    assert (hit.response_code, hit.error) == (401, "401 Authorization field missing")
    assert hit.path == "/x"


def test_an_upstream_that_can_not_be_reached(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    running.upstream.reachable = False
    running.get("/one/x")
    assert only_hit(running).response_code == 502


def test_an_upstream_that_takes_too_long(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings={"proxy_default_timeout": 3})
    running.upstream.answer = lambda request: NOT_DONE_YET
    client = running.connect()
    running.send(client, b"GET /one/x HTTP/1.1\r\nHost: a\r\n\r\n")
    running.advance(5)
    assert [answer.status for answer in client.answers] == [504]
    hit = only_hit(running)
    assert (hit.response_code, hit.error) == (504, "504 Upstream service reached hard timeout.")


def test_a_client_that_leaves_before_the_answer_is_499(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    running.upstream.answer = lambda request: NOT_DONE_YET
    client = running.connect()
    running.send(client, b"GET /one/x HTTP/1.1\r\nHost: a\r\n\r\n")
    assert running.records.hits == []
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    hit = only_hit(running)
    assert hit.response_code == 499
    assert hit.error != ""
    assert client.answers == []


def test_a_client_that_leaves_in_the_middle_got_its_status(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))

    def begin(request: Any) -> object:
        request.setHeader("Content-Length", "1000")
        request.write(b"a beginning")
        return NOT_DONE_YET

    running.upstream.answer = begin
    client = running.connect()
    running.send(client, b"GET /one/x HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.raw.endswith(b"a beginning")
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    hit = only_hit(running)
    assert hit.response_code == 200
    assert hit.error != ""


def test_tags_in_tyks_order(gateway: MakeGateway) -> None:
    running = gateway(
        definition(
            "one",
            org_id="org",
            pre=hooks("known"),
            tags=["api tag"],
            tag_headers=["X-Team", "x-absent", "X-Empty"],
        )
    )
    running.request("GET", "/one/x", {"x-team": "blue", "X-Empty": ""})
    hit = only_hit(running)
    assert hit.tags == (
        "pol-gold",
        "pol-silver",
        "dev-dev1",
        "first",
        "second",
        "x-team-blue",
        "api tag",
        "key-key-1234567890",
        "org-org",
        "api-one",
    )
    assert (hit.api_key, hit.alias, hit.oauth_id) == ("key-1234567890", "ann", "client")


def test_do_not_track(gateway: MakeGateway) -> None:
    running = gateway(definition("one", do_not_track=True), definition("two"))
    running.get("/one/x")
    assert running.records.hits == []
    running.get("/two/x")
    assert only_hit(running).api_id == "two"


def test_tags_can_be_switched_off(gateway: MakeGateway) -> None:
    gate = gateway(definition("one", tags=["a", "b"], tags_disabled=True, tag_headers=["X-Team"]))
    gate.get("/one/x", X_Team="blue")
    assert only_hit(gate).tags == ("x-team-blue", "org-default", "api-one")


def test_nothing_is_recorded_of_what_no_api_served(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    for target in ("/two", "/hello", "/tyk/apis", "//one/"):
        running.get(target)
    assert running.records.hits == []


def test_requests_on_one_connection_are_recorded_one_by_one(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    client = running.connect()
    running.send(client, b"".join(b"GET /one/%d HTTP/1.1\r\nHost: a\r\n\r\n" % n for n in range(3)))
    assert [hit.path for hit in running.records.hits] == ["/0", "/1", "/2"]


def test_a_sink_that_raises_hurts_nobody(
    gateway: MakeGateway,
    events: Events,
    logged_failures: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Both(MemoryRecords):
        def record(self, hit: Hit) -> None:
            super().record(hit)
            raise OSError("disk full")

    monkeypatch.setattr("twisted_tyk.testing.gateway.MemoryRecords", Both)
    running = gateway(definition("one"), settings={"access_logs": {"enabled": True}})
    assert running.get("/one/x").status == 200
    assert running.get("/one/x").status == 200
    assert len(running.records.hits) == 2
    # Sinks that come after it get theirs.
    lines = [event for event in events.seen if event.get("log_namespace") == "access-log"]
    assert len(lines) == 2
    assert len(logged_failures.flush(OSError)) == 2
