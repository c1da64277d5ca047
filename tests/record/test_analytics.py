"""What a gateway records, and where: ``enable_analytics`` and ``analytics_config``."""

from __future__ import annotations

import json
import sqlite3
from base64 import b64decode
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.record.hit import CUT, Hit
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition

HOOKS = """\
def rename(record):
    record["path"] = "/renamed"

def replace(rw, request):
    request.body = b"replaced"
    request.headers.set("X-Added", "1")
"""


@pytest.fixture(autouse=True)
def _hooks(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)


def on(**config: Any) -> dict[str, Any]:
    return {"enable_analytics": True, "analytics_config": config}


def flushed(running: MemoryGateway) -> None:
    """Let records be written that wait."""
    running.advance(0.25)
    running.wait_for_thread()


def in_sqlite(tmp_path: Path, name: str = "analytics.db") -> list[dict[str, Any]]:
    with closing(sqlite3.connect(tmp_path / name)) as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("SELECT * FROM records")]


def in_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def only_hit(running: MemoryGateway) -> Hit:
    (hit,) = running.records.hits
    return hit


# -- where records go --


def test_nothing_is_written_unless_asked_for(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"), settings={"analytics_config": {"type": "jsonl"}})
    running.get("/one/x")
    running.advance(1)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("analytics")]


def test_without_redis_records_go_to_sqlite(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"), settings=on())
    running.get("/one/x")
    running.get("/one/y")
    flushed(running)
    assert [(row["api_id"], row["path"]) for row in in_sqlite(tmp_path)] == [
        ("one", "/x"),
        ("one", "/y"),
    ]


def test_or_to_lines_of_json_in_a_file_of_ones_own(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"), settings=on(type="jsonl", path="hits.log"))
    running.get("/one/x")
    flushed(running)
    assert [line["path"] for line in in_lines(tmp_path / "hits.log")] == ["/x"]


def test_what_is_left_at_the_stop_is_written(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"), settings=on())
    running.get("/one/x")
    stopped = running.stop()
    running.settle()
    running.wait_for_thread()
    if not stopped.called:
        running.wait_for_thread()
    running.advance(1)
    assert stopped.called
    assert len(in_sqlite(tmp_path)) == 1
    assert not (tmp_path / "analytics.db-wal").exists()


def test_what_an_analytics_function_made_of_a_record_is_kept(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    middleware = {"driver": "twisted", "traffic_logs": {"name": "rename", "path": "hooks.py"}}
    running = gateway(definition("one", custom_middleware=middleware), settings=on())
    running.get("/one/x")
    flushed(running)
    (row,) = in_sqlite(tmp_path)
    assert (row["path"], row["raw_path"]) == ("/renamed", "/x")


def test_a_file_that_can_not_be_written_is_told_of_and_hurts_nobody(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(definition("one"), settings=on(path="nowhere/analytics.db"))
    problem = next(text for text in events.texts() if text.startswith("analytics: "))
    assert "nowhere/analytics.db: " in problem
    assert running.get("/one/x").status == 200


def test_dropped_records_are_told_to_statsd(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one"),
        settings={**on(records_buffer_size=2), "statsd_connection_string": "stats.test:8125"},
        instrumented=True,
    )
    for _ in range(4):
        running.get("/one/x")
    running.advance(0.2)
    sent = b"".join(data for data, _ in running.datagrams())
    assert sent.count(b"analytics.dropped:1|c\n") == 2


@pytest.mark.parametrize(
    ("config", "note"),
    [
        ({"type": "rpc"}, "analytics_config.type"),
        ({"serializer_type": "json"}, "analytics_config.serializer_type"),
        ({"storage_expiration_time": -2}, "analytics_config.storage_expiration_time"),
    ],
)
def test_settings_that_make_no_sense(
    gateway: MakeGateway, config: dict[str, Any], note: str
) -> None:
    with pytest.raises(Exception, match=note.replace(".", r"\.")):
        gateway(definition("one"), settings=on(**config))


def test_redis_that_nobody_has_named(gateway: MakeGateway) -> None:
    with pytest.raises(ValueError, match=r"^analytics_config\.type: found redis, but storage"):
        gateway(definition("one"), settings=on(type="redis"))


# -- what is not recorded --


def test_addresses_that_are_not_recorded(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=on(ignored_ips=["192.0.2.1"]))
    running.get("/one/x", X_Real_IP="192.0.2.1")
    running.get("/one/y", X_Real_IP="192.0.2.10")
    assert only_hit(running).path == "/y"


def endpoints(**kinds: Any) -> dict[str, Any]:
    version = {"name": "Default", "use_extended_paths": True, "extended_paths": kinds}
    return {"version_data": {"not_versioned": True, "versions": {"Default": version}}}


def test_endpoints_that_are_not_recorded(gateway: MakeGateway) -> None:
    untracked = [
        {"path": "/health", "method": "GET"},
        {"path": "/other", "method": "GET", "disabled": True},
    ]
    running = gateway(
        definition("one", **endpoints(do_not_track_endpoints=untracked)), settings=on()
    )
    assert "TrackEndpointMiddleware" in running.service.root.table.apis[0].steps
    running.get("/one/health")
    running.get("/one/other")
    running.request("POST", "/one/health")
    assert [(hit.method, hit.path) for hit in running.records.hits] == [
        ("GET", "/other"),
        ("POST", "/health"),
    ]


def test_endpoints_that_are_recorded_by_their_pattern(gateway: MakeGateway) -> None:
    tracked = [{"path": "/users/{id}", "method": "GET"}, {"path": "/users", "method": "GET"}]
    running = gateway(definition("one", **endpoints(track_endpoints=tracked)), settings=on())
    running.get("/one/users/%C3%A9")
    running.get("/one/users")
    running.get("/one/else")
    assert [(hit.path, hit.track_path) for hit in running.records.hits] == [
        ("/users/{id}", True),
        ("/users", True),
        ("/else", False),
    ]
    assert running.records.hits[0].raw_path == "/users/é"


@pytest.mark.parametrize(
    ("keys", "settings"), [({"do_not_track": True}, on()), ({}, {"enable_analytics": False})]
)
def test_there_is_no_step_for_endpoints_where_nothing_is_recorded(
    gateway: MakeGateway, keys: dict[str, Any], settings: dict[str, Any]
) -> None:
    tracked = endpoints(track_endpoints=[{"path": "/users", "method": "GET"}])
    running = gateway(definition("one", **tracked, **keys), settings=settings)
    assert "TrackEndpointMiddleware" not in running.service.root.table.apis[0].steps


# -- who a client is --


@pytest.mark.parametrize("hash_keys", [True, False])
def test_a_key_is_recorded_as_it_is_stored(
    gateway: MakeGateway, tmp_path: Path, hash_keys: bool
) -> None:
    settings = {**on(), "hash_keys": hash_keys, "storage": {"type": "memory"}}
    running = gateway(definition("one", use_keyless=False), settings=settings)
    session = SessionState(org_id="default", alias="ann", tags=["vip"], apply_policies=[])
    session.access_rights["one"] = session.access_rights.get("one") or _rights("one")
    running.service.shared.keys.write("my-secret-key", session)
    assert running.get("/one/x", Authorization="my-secret-key").status == 200
    assert running.get("/one/x", Authorization="my-secret-kex").status == 403
    known, strange = running.records.hits
    recorded = running.service.shared.tokens.hashed("my-secret-key")
    assert (known.api_key, known.alias) == (recorded, "ann")
    assert known.tags == ("vip", f"key-{recorded}", "org-default", "api-one")
    assert (strange.api_key, strange.tags) == ("", ("org-default", "api-one"))
    flushed(running)
    assert [row["api_key"] for row in in_sqlite(tmp_path)] == [recorded, ""]
    if hash_keys:
        assert b"my-secret" not in (tmp_path / "analytics.db").read_bytes()
        assert b"my-secret" not in (tmp_path / "analytics.db-wal").read_bytes()


def _rights(api_id: str) -> Any:
    from twisted_tyk.session.rights import AccessDefinition

    return AccessDefinition(api_id=api_id, versions=["Default"])


# -- whole requests and responses --


def wire(text: str) -> tuple[bytes, set[bytes], bytes]:
    """The first line, the fields and the body of a recorded message."""
    head, _, body = b64decode(text).partition(b"\r\n\r\n")
    first, *fields = head.split(b"\r\n")
    return first, set(fields), body


def test_whole_requests_and_responses(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(definition("one"), settings=on(enable_detailed_recording=True))
    running.upstream.answer = lambda request: b"pong"
    running.request("POST", "/one/x?q=1", {"X-Ask": "yes"}, b"ping")
    hit = only_hit(running)
    first, fields, body = wire(hit.raw_request)
    assert (first, body) == (b"POST /one/x?q=1 HTTP/1.1", b"ping")
    assert {b"Host: gateway.test", b"X-Ask: yes", b"Content-Length: 4"} <= fields
    first, fields, body = wire(hit.raw_response)
    assert (first, body) == (b"HTTP/1.1 200 OK", b"pong")
    assert b"Content-Length: 4" in fields
    assert CUT not in hit.tags
    flushed(running)
    (row,) = in_sqlite(tmp_path)
    assert (row["raw_request"], row["raw_response"]) == (hit.raw_request, hit.raw_response)


def test_an_api_may_ask_for_it(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", enable_detailed_recording=True), definition("two"), settings=on()
    )
    running.get("/one/x")
    running.get("/two/x")
    one, two = running.records.hits
    assert wire(one.raw_response)[2] == b'{"message":"from upstream"}'
    assert (two.raw_request, two.raw_response) == ("", "")


@pytest.mark.parametrize("flag", ["enable_detailed_recording", "enable_detail_recording"])
def test_a_key_may_ask_for_it(gateway: MakeGateway, flag: str) -> None:
    running = gateway(
        definition("one", use_keyless=False),
        settings={**on(), "storage": {"type": "memory"}},
    )
    for name in ("plain", "whole"):
        session = SessionState(org_id="default", access_rights={"one": _rights("one")})
        setattr(session, flag, name == "whole")
        running.service.shared.keys.write(name, session)
        running.request("POST", "/one/x", {"Authorization": name}, b"ping")
    plain, whole = running.records.hits
    assert plain.raw_request == ""
    assert wire(whole.raw_request)[2] == b"ping"
    assert wire(whole.raw_response)[0] == b"HTTP/1.1 200 OK"


def test_nobody_asks_what_has_no_records(gateway: MakeGateway) -> None:
    running = gateway(definition("one", use_keyless=False))
    assert "DetailRecording" not in running.service.root.table.apis[0].steps


def test_an_error_of_the_gateway_is_recorded_as_it_was_sent(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", use_keyless=False, enable_detailed_recording=True), settings=on()
    )
    running.request("POST", "/one/x", body=b"ping")
    hit = only_hit(running)
    assert wire(hit.raw_request)[2] == b"ping"
    first, fields, body = wire(hit.raw_response)
    assert first == b"HTTP/1.1 401 Unauthorized"
    assert b"Content-Type: application/json" in fields
    assert b"Authorization field missing" in body


def test_the_request_is_recorded_as_hooks_left_it(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", pre=[{"name": "replace", "path": "hooks.py"}]),
        settings=on(enable_detailed_recording=True),
    )
    running.request("POST", "/one/x", body=b"ping")
    _, fields, body = wire(only_hit(running).raw_request)
    assert b"X-Added: 1" in fields
    assert body == b"replaced"
    assert running.upstream.requests[0].body == b"replaced"


def test_bodies_are_cut_and_pass_unharmed(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one"), settings=on(enable_detailed_recording=True, detail_limit=10)
    )
    running.upstream.answer = lambda request: b"y" * 1000
    answer = running.request("POST", "/one/x", body=b"x" * 1000)
    assert answer.body == b"y" * 1000
    assert running.upstream.requests[0].body == b"x" * 1000
    hit = only_hit(running)
    assert wire(hit.raw_request)[2] == b"x" * 10
    assert wire(hit.raw_response)[2] == b"y" * 10
    assert CUT in hit.tags


def test_a_stream_is_copied_while_it_passes(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=on(enable_detailed_recording=True))
    answers: list[Any] = []

    def begin(request: Any) -> object:
        request.write(b"one,")
        answers.append(request)
        return NOT_DONE_YET

    running.upstream.answer = begin
    client = running.connect()
    running.send(
        client, b"POST /one/x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"
    )
    running.send(client, b"3\r\ndef\r\n0\r\n\r\n")
    assert client.raw.endswith(b"4\r\none,\r\n")
    answers[0].write(b"two")
    answers[0].finish()
    running.settle()
    assert [answer.body for answer in client.answers] == [b"one,two"]
    hit = only_hit(running)
    assert wire(hit.raw_request)[2] == b"abcdef"
    first, fields, body = wire(hit.raw_response)
    # There are no chunks in it, and nothing says so.
    assert (first, body) == (b"HTTP/1.1 200 OK", b"one,two")
    assert not any(field.lower().startswith(b"transfer-encoding") for field in fields)


def test_a_client_that_leaves_got_what_it_got(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=on(enable_detailed_recording=True))
    running.upstream.answer = lambda request: NOT_DONE_YET
    client = running.connect()
    running.send(client, b"GET /one/x HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    hit = only_hit(running)
    assert wire(hit.raw_request)[0] == b"GET /one/x HTTP/1.1"
    assert hit.raw_response == ""


@pytest.mark.parametrize(
    "head",
    [
        b"Connection: Upgrade\r\nUpgrade: websocket\r\n",
        b"Content-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n",
    ],
)
def test_streams_of_other_protocols_are_not_copied(gateway: MakeGateway, head: bytes) -> None:
    running = gateway(definition("one"), settings=on(enable_detailed_recording=True))
    client = running.connect()
    running.send(client, b"POST /one/x HTTP/1.1\r\nHost: a\r\n" + head + b"\r\n0\r\n\r\n")
    assert {hit.raw_request for hit in running.records.hits} == {""}


def test_an_answer_to_head_has_no_body(gateway: MakeGateway) -> None:
    running = gateway(definition("one"), settings=on(enable_detailed_recording=True))
    running.request("HEAD", "/one/x")
    assert wire(only_hit(running).raw_response)[2] == b""
