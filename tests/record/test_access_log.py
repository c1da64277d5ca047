"""A line in the log for each request."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.logs import observer
from twisted_tyk.record.access_log import FIELDS, obscured
from twisted_tyk.testing import definition

KNOWN = """\
from twisted_tyk import ctx
from twisted_tyk.session.state import SessionState

def known(rw, request):
    ctx.set_session(request, SessionState(key_id="key-1234567890"))
"""


def lines(events: Events) -> list[str]:
    return [
        str(event["line"]) for event in events.seen if event.get("log_namespace") == "access-log"
    ]


def written(events: Events, log_format: str = "json", level: str = "info") -> list[str]:
    """The same as the log's file has it."""
    stream = io.StringIO()
    write = observer(stream, level, log_format)
    for event in events.seen:
        if event.get("log_namespace") == "access-log":
            write(event)
    return stream.getvalue().splitlines()


def settings(*template: str) -> dict[str, Any]:
    return {"access_logs": {"enabled": True, "template": list(template)}}


def test_there_is_none_unless_asked_for(gateway: MakeGateway, events: Events) -> None:
    gateway(definition("one")).get("/one/x")
    assert lines(events) == []


def test_all_fields_in_tyks_order(
    gateway: MakeGateway, events: Events, tmp_path: Path
) -> None:
    (tmp_path / "known.py").write_text(KNOWN)
    pre = [{"name": "known", "path": "known.py"}]
    running = gateway(definition("one", name="The one", pre=pre), settings=settings())
    running.get("/one/a%20b?q=secret", User_Agent="agent/1", X_Real_IP="192.0.2.1")
    (line,) = lines(events)
    parts = line.replace("a b", "a_b").replace("The one", "The_one").split(" ")
    fields = dict(part.split("=", 1) for part in parts)
    assert list(fields) == list(FIELDS)
    for name in ("latency_gateway", "latency_total", "upstream_latency"):
        assert fields.pop(name).isdecimal()
    assert fields == {
        "api_id": '"one"',
        "api_key": '"****7890"',
        "api_name": '"The_one"',
        "client_ip": '"192.0.2.1"',
        "host": '"gateway.test"',
        "method": '"GET"',
        "org_id": '"default"',
        "original_path": '"/one/a_b"',
        "path": '"/a_b"',
        "response_code_details": '""',
        "status": "200",
        "user_agent": '"agent/1"',
    }


def test_a_template_chooses_fields_and_their_order(gateway: MakeGateway, events: Events) -> None:
    running = gateway(
        definition("one"), settings=settings("status", "unknown", "path", "response_code_details")
    )
    running.upstream.reachable = False
    running.get("/one/x")
    running.upstream.reachable = True
    running.get("/one/y")
    assert lines(events) == [
        'status=502 path="/x" '
        'response_code_details="502 There was a problem proxying the request"',
        'status=200 path="/y" response_code_details=""',
    ]


def test_the_line_of_a_text_log(gateway: MakeGateway, events: Events) -> None:
    gateway(definition("one"), settings=settings("path", "status")).get("/one/x")
    (line,) = written(events, "text")
    assert re.fullmatch(
        r'time="20[0-9T:.-]+Z" level=info prefix=access-log path="/x" status=200', line
    )
    assert written(events, "text", "error") == []


def test_the_fields_are_members_of_a_json_log(gateway: MakeGateway, events: Events) -> None:
    running = gateway(definition("one"), settings=settings("path", "status", "user_agent"))
    running.get("/one/x", User_Agent='a "b"')
    (line,) = written(events)
    fields = json.loads(line)
    assert fields.pop("time").startswith("20")
    assert list(fields.items()) == [
        ("level", "info"),
        ("prefix", "access-log"),
        ("msg", ""),
        ("path", "/x"),
        ("status", 200),
        ("user_agent", 'a "b"'),
    ]


def test_a_template_of_unknown_names_is_still_a_line(gateway: MakeGateway, events: Events) -> None:
    gateway(definition("one"), settings=settings("unknown")).get("/one/x")
    (line,) = written(events)
    assert list(json.loads(line)) == ["time", "level", "prefix", "msg"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_request_can_break_a_line_or_fake_a_field(
    gateway: MakeGateway, events: Events, log_format: str
) -> None:
    running = gateway(definition("one"), settings=settings("path", "user_agent"))
    client = running.connect()
    running.send(
        client,
        b'GET /one/x"%0a%0d%7f%c2%85%e2%80%a9status=200%1b[2J%ff\\ HTTP/1.1\r\nHost: a\r\n'
        b'User-Agent: x" status=200 \xff\xe2\x80\xa8\r\n\r\n',
    )
    (line,) = written(events, log_format)
    assert line.isascii()
    assert line.isprintable()
    if log_format == "json":
        fields = json.loads(line)
        assert list(fields) == ["time", "level", "prefix", "msg", "path", "user_agent"]
        assert fields["path"] == '/x"\n\r\x7f\x85\u2029status=200\x1b[2J\\xff\\'
        assert fields["user_agent"].startswith('x" status=200 ')
    else:
        (said,) = lines(events)
        assert line.endswith(f" prefix=access-log {said}")
        assert said.startswith('path="/x\\"\\n\\r\\u007f\\u0085\\u2029status=200')
        assert ' user_agent="x\\" status=200 ' in said


def test_an_api_that_is_not_to_be_tracked_is_in_the_operators_log(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(definition("one", do_not_track=True), settings=settings("api_id"))
    running.get("/one/x")
    assert lines(events) == ['api_id="one"']
    assert running.records.hits == []


@pytest.mark.parametrize(
    ("key", "shown"),
    [("", ""), ("1", "****"), ("12345678", "****"), ("123456789", "****6789")],
)
def test_keys_are_obscured(key: str, shown: str) -> None:
    assert obscured(key) == shown
