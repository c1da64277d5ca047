"""Events: what is told of whom, to the log and to webhooks."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import MemoryGateway, definition


def webhook(**meta: Any) -> dict[str, Any]:
    return {
        "handler_name": "eh_web_hook_handler",
        "handler_meta": {"method": "POST", "target_path": "http://hooks.test/here", **meta},
    }


def watched(*handlers: dict[str, Any], event: str = "AuthFailure") -> dict[str, Any]:
    return definition("one", use_keyless=False, event_handlers={"events": {event: list(handlers)}})


def told(running: MemoryGateway) -> list[Any]:
    return [json.loads(seen.body) for seen in running.upstream.requests]


def test_a_webhook_is_told_of_a_wrong_key(gateway: MakeGateway) -> None:
    running = gateway(watched(webhook(header_map={"X-Me": "gateway"})))
    assert running.get("/one/x?a=b", Authorization="wrong").status == 403
    assert told(running) == [
        {
            "event": "AuthFailure",
            "message": "Access to this API has been disallowed",
            "path": "/one/x",
            "origin": "127.0.0.1",
            "key": "wrong",
        }
    ]
    (seen,) = running.upstream.requests
    assert (seen.method, seen.target) == ("POST", "/here")
    assert seen.headers.get("user-agent") == "Tyk-Hookshot"
    assert seen.headers.get("content-type") == "application/json"
    assert seen.headers.get("x-me") == "gateway"


def test_where_keys_are_hashed_their_hashes_are_told(gateway: MakeGateway) -> None:
    running = gateway(watched(webhook(), event="KeyExpired"), settings={"hash_keys": True})
    shared = running.service.shared
    shared.keys.write("defaultme", SessionState(is_inactive=True))
    assert running.get("/one/x", Authorization="defaultme").status == 403
    assert told(running)[0]["key"] == shared.tokens.hash("defaultme")


def test_a_log_handler_writes_a_line(gateway: MakeGateway, events: Events) -> None:
    handler = {"handler_name": "eh_log_handler", "handler_meta": {"prefix": "Watch"}}
    gateway(watched(handler)).get("/one/x", Authorization="wrong")
    assert "Watch:AuthFailure" in events.texts()


def test_other_events_and_handlers_that_are_switched_off_tell_nobody(gateway: MakeGateway) -> None:
    running = gateway(watched(webhook(), event="KeyExpired"))
    running.get("/one/x", Authorization="wrong")
    running.define(watched(webhook(disabled=True)))
    running.control("/tyk/reload")
    running.get("/one/x", Authorization="wrong")
    assert running.upstream.requests == []


def test_the_same_is_told_again_after_its_time_only(gateway: MakeGateway) -> None:
    running = gateway(watched(webhook(event_timeout=10)))
    for _ in range(3):
        running.get("/one/x", Authorization="wrong")
    assert len(told(running)) == 1
    running.get("/one/other", Authorization="wrong")
    assert len(told(running)) == 2
    running.advance(11)
    running.get("/one/x", Authorization="wrong")
    assert len(told(running)) == 3


def test_a_webhook_that_fails_is_called_again_and_then_given_up(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(watched(webhook()))

    def busy(request: Any) -> bytes:
        request.setResponseCode(503)
        return b""

    running.upstream.answer = busy
    running.get("/one/x", Authorization="wrong")
    assert len(told(running)) == 1
    running.advance(1.5)
    assert len(told(running)) == 2
    running.upstream.reachable = False
    running.advance(40)
    assert len(told(running)) == 2
    assert any("was not told of AuthFailure" in text for text in events.texts())


def test_a_webhook_that_says_no_is_not_called_again(gateway: MakeGateway, events: Events) -> None:
    running = gateway(watched(webhook()))

    def refuse(request: Any) -> bytes:
        request.setResponseCode(404)
        return b"no"

    running.upstream.answer = refuse
    running.get("/one/x", Authorization="wrong")
    running.advance(60)
    assert len(told(running)) == 1
    assert any("it answered 404" in text for text in events.texts())


def test_a_template_of_ones_own(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "mine.json").write_text(
        '{"what": "{{.Type}}", "who": "{{ .Meta.Key }}", "when": "{{.TimeStamp}}",'
        ' "none": "{{- .Meta.Strange -}}", "request": "{{.Meta.OriginatingRequest}}"}'
    )
    running = gateway(watched(webhook(template_path="mine.json")))
    running.get("/one/x?q=secret", Authorization='a"b', X_Other='see a"b', X_More="more")
    (body,) = told(running)
    assert (body["what"], body["who"], body["none"]) == ("AuthFailure", 'a"b', "")
    request = base64.b64decode(body["request"]).decode()
    assert request == "GET /one/x HTTP/1.1\r\nHost: gateway.test\r\nX-More: more\r\n\r\n"
    assert running.upstream.requests[0].headers.get("content-type") == "application/json"


def test_a_template_that_is_not_json_is_escaped_for_html(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "mine.html").write_text("<b>{{.Meta.Key}}</b>")
    running = gateway(watched(webhook(template_path="mine.html", method="")))
    running.get("/one/x", Authorization="<a>")
    (seen,) = running.upstream.requests
    assert (seen.method, seen.body) == ("GET", b"<b>&lt;a&gt;</b>")
    assert seen.headers.get("content-type") is None


@pytest.mark.parametrize(
    ("meta", "problem"),
    [
        ({"target_path": ""}, "target_path: expected an http or https URL, found nothing"),
        ({"target_path": "ftp://x/"}, "target_path: expected an http or https URL, found ftp"),
        ({"header_map": {"a b": "c"}}, "header_map: not a header name"),
        ({"header_map": {"a": "c\n"}}, "header_map: control character"),
        ({"template_path": "none.json"}, "template_path: "),
        ({"template_path": "bad.json"}, "bad.json:2: {{ range .X }}: expected a field"),
    ],
)
def test_a_webhook_that_can_not_be_called_is_a_problem_of_its_api(
    gateway: MakeGateway, tmp_path: Path, meta: dict[str, Any], problem: str
) -> None:
    (tmp_path / "bad.json").write_text("{\n{{ range .X }}\n}")
    running = gateway(watched(webhook(**meta)))
    assert running.control("/ready").status == 503
    assert problem in running.control("/ready").body.decode()
    assert running.get("/one/x").status == 404


def test_a_handler_of_a_kind_that_is_not_known_is_left_out_with_a_word(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(watched({"handler_name": "eh_dynamic_handler", "handler_meta": {}}))
    assert running.get("/one/x", Authorization="wrong").status == 403
    assert any("event_handlers.events.AuthFailure[0].handler_name" in t for t in events.texts())


def test_handlers_of_the_gateway_are_told_of_its_own_events(gateway: MakeGateway) -> None:
    running = gateway(settings={"event_handlers": {"events": {"TokenCreated": [webhook()]}}})
    running.service.shared.announce("TokenCreated", {"Message": "Key generated.", "Key": "k"})
    running.service.shared.announce("TokenDeleted", {"Message": "Key deleted.", "Key": "k"})
    running.settle()
    assert [(body["event"], body["key"]) for body in told(running)] == [("TokenCreated", "k")]


def test_tyk_conf_with_a_bad_webhook_does_not_start(gateway: MakeGateway) -> None:
    monitor = {"enable_trigger_monitors": True, "configuration": {"target_path": "hook"}}
    with pytest.raises(ValueError, match=r"monitor\.configuration\.target_path: expected"):
        gateway(settings={"monitor": monitor})


def test_a_webhook_is_not_called_again_when_the_gateway_stops(
    gateway: MakeGateway, events: Events
) -> None:
    running = gateway(watched(webhook()))
    running.upstream.reachable = False
    running.get("/one/x", Authorization="wrong")
    running.stop()
    running.upstream.reachable = True
    running.advance(60)
    assert told(running) == []
    assert not any("was not told" in text for text in events.texts())
