"""A line in the log for each request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

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


def settings(*template: str, **more: Any) -> dict[str, Any]:
    return {"access_logs": {"enabled": True, "template": list(template)}, **more}


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


def test_json(gateway: MakeGateway, events: Events) -> None:
    running = gateway(
        definition("one"), settings=settings("path", "status", "user_agent", log_format="json")
    )
    running.get("/one/x", User_Agent='a "b"')
    (line,) = lines(events)
    assert json.loads(line) == {"path": "/x", "status": 200, "user_agent": 'a "b"'}
    assert list(json.loads(line)) == ["path", "status", "user_agent"]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_no_request_can_break_a_line_or_fake_a_field(
    gateway: MakeGateway, events: Events, log_format: str
) -> None:
    running = gateway(
        definition("one"),
        settings=settings("path", "user_agent", log_format=log_format),
    )
    client = running.connect()
    running.send(
        client,
        b'GET /one/x"%0a%0dstatus=200%1b[2J%ff HTTP/1.1\r\nHost: a\r\n'
        b'User-Agent: x" status=200 \xff\xe2\x80\xa8\r\n\r\n',
    )
    (line,) = lines(events)
    assert line.isascii()
    assert line.isprintable()
    if log_format == "json":
        fields = json.loads(line)
        assert fields["path"] == '/x"\n\rstatus=200\x1b[2J\\xff'
        assert fields["user_agent"].startswith('x" status=200 ')
    else:
        assert line.startswith('path="/x\\"\\n\\rstatus=200')
        assert ' user_agent="x\\" status=200 ' in line


@pytest.mark.parametrize(
    ("key", "shown"),
    [("", ""), ("1", "****"), ("12345678", "****"), ("123456789", "****6789")],
)
def test_keys_are_obscured(key: str, shown: str) -> None:
    assert obscured(key) == shown
