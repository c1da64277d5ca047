"""A request through the chain of a definition that is not served: every step is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from control_client import ControlClient, Said
from gateways import MakeGateway

from twisted_tyk.testing import definition

HOOKS = """
from zope.interface import implementer

from twisted_tyk.interfaces import IRequestHook, IResponseHook


@implementer(IRequestHook)
class Adds:
    def hook(self, rw, request):
        request.headers.set("X-Added", "yes")
        request.headers.delete("X-Secret")


@implementer(IRequestHook)
class Answers:
    def hook(self, rw, request):
        rw.write_header(418)
        rw.write("tea")


@implementer(IRequestHook)
class Fails:
    def hook(self, rw, request):
        raise RuntimeError("no tea")


@implementer(IResponseHook)
class Marks:
    def hook(self, rw, response, request):
        response.headers.set("X-Marked", "yes")
"""


def hook(name: str) -> list[dict[str, str]]:
    return [{"name": name, "path": "hooks.py"}]


@pytest.fixture
def control(gateway: MakeGateway, tmp_path: Path) -> ControlClient:
    (tmp_path / "hooks.py").write_text(HOOKS)
    return ControlClient(gateway())


def ask(control: ControlClient, spec: Any, **request: Any) -> Said:
    return control.post("debug", body={"spec": spec, "request": {"path": "/tea", **request}})


def test_what_the_upstream_answers(control: ControlClient) -> None:
    headers = {"X-Cup": ["a", "b"], "Content-Length": ["99"], "Host": "shop.test"}
    said = ask(control, definition("shop"), method="POST", body="two cups", headers=headers)
    assert (said.status, said.value["message"]) == (200, "ok")
    request, response = said.value["response"].split("\n====== Response ======\n")
    assert request.removeprefix("====== Request ======\n").split("\r\n") == [
        "POST /shop/tea HTTP/1.1", "Host: shop.test", "X-Cup: a", "X-Cup: b",
        "Content-Length: 8", "", "two cups",
    ]  # fmt: skip
    head, _, body = response.partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 200 OK\r\n")
    assert body == '{"message":"from upstream"}'
    [seen] = control.gateway.upstream.requests
    assert (seen.method, seen.target, seen.body) == ("POST", "/tea", b"two cups")
    assert said.value["upstream"].startswith("POST /tea HTTP/1.1\r\nHost: 127.0.0.1:9000\r\n")
    assert said.value["upstream"].endswith("\r\n\r\ntwo cups")


def test_every_step_is_told(control: ControlClient) -> None:
    spec = definition("shop", pre=hook("Adds"), response=hook("Marks"))
    said = ask(control, spec, headers={"X-Secret": "x"})
    adds, proxy, marks = said.value["steps"]
    assert (adds["decision"], adds["changes"]) == (
        "went on", {"request": {"removed": ["X-Secret: x"], "added": ["X-Added: yes"]}}
    )  # fmt: skip
    assert (proxy["name"], proxy["decision"], proxy["changes"]) == ("ReverseProxy", "went on", {})
    assert marks["changes"] == {"response": {"added": ["X-Marked: yes"]}}
    assert all(step["milliseconds"] >= 0 for step in (adds, proxy, marks))
    assert "X-Added: yes\r\n" in said.value["upstream"]
    assert "X-Marked: yes\r\n" in said.value["response"]
    lines = [json.loads(line) for line in said.value["logs"].splitlines()]
    assert [line.get("mw") for line in lines] == [adds["name"], "ReverseProxy", marks["name"], None]
    assert [line["type"] for line in lines] == ["request", "request", "response", "response"]
    assert (lines[-1]["code"], lines[-1]["api_id"], lines[0]["level"]) == (200, "shop", "debug")


def test_a_hook_that_answers(control: ControlClient) -> None:
    said = ask(control, definition("shop", pre=hook("Answers"), post=hook("Adds")))
    [step] = said.value["steps"]
    assert step["decision"] == "answered 418"
    assert said.value["response"].endswith("\r\n\r\ntea")
    assert said.value["upstream"] == ""
    assert control.gateway.upstream.requests == []


def test_a_request_that_is_refused(control: ControlClient) -> None:
    said = ask(control, definition("shop", use_keyless=False))
    *_, step = said.value["steps"]
    assert step["decision"] == "refused: 401 Authorization field missing"
    assert "HTTP/1.1 401 Unauthorized\r\n" in said.value["response"]
    assert json.loads(said.value["logs"].splitlines()[-1])["code"] == 401


def test_a_hook_that_fails(control: ControlClient, events: Any) -> None:
    said = ask(control, definition("shop", pre=hook("Fails")))
    [step] = said.value["steps"]
    assert step["decision"] == "refused: 500 Internal Server Error"
    assert "HTTP/1.1 500 " in said.value["response"]
    assert any("RuntimeError: no tea" in text for text in events.texts())


def test_a_hook_that_is_not_there(control: ControlClient) -> None:
    said = ask(control, definition("shop", pre=hook("Nowhere")))
    lines = [json.loads(line) for line in said.value["logs"].splitlines()]
    assert lines[0]["level"] == "error"
    assert lines[0]["msg"].startswith("hooks.py: ")
    assert "Nowhere" in lines[0]["msg"]
    [step] = said.value["steps"]
    assert step["decision"] == "refused: 500 Internal Server Error"


def test_an_upstream_that_is_away(control: ControlClient) -> None:
    control.gateway.upstream.reachable = False
    said = ask(control, definition("shop"))
    [step] = said.value["steps"]
    assert step["decision"].startswith("refused: 502 ")


def test_nothing_of_it_stays(control: ControlClient, tmp_path: Path) -> None:
    rights = {"shop": {"api_id": "shop", "versions": ["Default"]}}
    body = {"org_id": "default", "access_rights": rights, "rate": 1, "per": 60,
            "quota_max": 1, "quota_renewal_rate": 60}  # fmt: skip
    key = control.post("keys", body=body).value["key"]
    spec = definition("shop", use_keyless=False)
    for _ in range(3):
        said = ask(control, spec, headers={"Authorization": key})
        assert "HTTP/1.1 200 OK" in said.value["response"]
    assert control.get("apis").value == []
    assert control.gateway.get("/shop/tea").status == 404
    assert list((tmp_path / "apps").iterdir()) == []
    assert control.gateway.records.hits == []
    # Neither the rate nor the quota of the key was touched.
    control.gateway.define(spec)
    control.get("reload")
    assert control.gateway.get("/shop/tea", Authorization=key).status == 200


def test_one_may_leave_while_it_goes_on(control: ControlClient) -> None:
    from twisted.web.server import NOT_DONE_YET

    gateway = control.gateway
    gateway.upstream.answer = lambda request: NOT_DONE_YET
    client = gateway.connect()
    body = json.dumps({"spec": definition("shop"), "request": {"path": "/"}}).encode()
    head = b"POST /tyk/debug HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n"
    gateway.send(client, head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    assert len(gateway.upstream.requests) == 1
    assert client.transport is not None
    client.transport.loseConnection()
    gateway.settle()
    gateway.advance(1)
    assert client.answers == []


def test_a_body_without_end_is_cut(control: ControlClient) -> None:
    control.gateway.upstream.answer = lambda request: b"x" * (2 << 20)
    said = ask(control, definition("shop"))
    assert said.status == 200
    assert said.value["response"].endswith("(a body of more than 1048576 bytes)")


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("a b", "/a%20b"), ("/a?b=c d", "/a?b=c%20d"), ("ä", "/%C3%A4"), ("", "/"),
        ("/a%20b", "/a%20b"), ("a\r\nb", "/a%0D%0Ab"),
    ],
)  # fmt: skip
def test_a_path_is_made_one(control: ControlClient, path: str, target: str) -> None:
    assert ask(control, definition("shop"), path=path).status == 200
    [seen] = control.gateway.upstream.requests
    assert seen.target == target


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "Request malformed: body:1:1: not JSON"),
        (b"[]", "Request malformed: body: expected an object"),
        (b"{}", "Spec field is missing"),
        (b'{"oas": {"openapi": "3.0.3"}}', "oas is not supported"),
        (b'{"spec": {"api_id": "a"}}', "Request field is missing"),
        (b'{"spec": 5, "request": {"path": ""}}', "Request malformed: spec: expected an object"),
    ],
)
def test_what_is_missing(control: ControlClient, body: bytes, message: str) -> None:
    said = control.post("debug", body=body)
    assert said.status == 400
    assert said.message.startswith(message)


@pytest.mark.parametrize(
    ("request_", "wrong"),
    [
        ([1], "request: expected an object"),
        ({"method": "GE T"}, "request.method: expected the name of a method"),
        ({"path": 5}, "request.path: expected a string"),
        ({"body": {"a": 1}}, "request.body: expected a string"),
        ({"headers": ["a"]}, "request.headers: expected an object"),
        ({"headers": {"a": [5]}}, "request.headers.a: expected a list of strings"),
        ({"headers": {"a b": "c"}}, "request.headers: not a header name: 'a b'"),
        ({"headers": {"a": "b\nc"}}, "request.headers: control character in a header value"),
    ],
)
def test_a_request_that_is_none(control: ControlClient, request_: Any, wrong: str) -> None:
    said = control.post("debug", body={"spec": definition("shop"), "request": request_})
    assert said.status == 400
    assert said.message.startswith(f"Request malformed: {wrong}")


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"proxy": {"listen_path": "", "target_url": "http://a/"}}, "the listen path is empty"),
        (
            {"internal": True, "proxy": {"listen_path": "", "target_url": "http://a/"}},
            "it is empty",
        ),
        ({"active": False, "proxy": {"listen_path": "/a/", "target_url": "x"}}, "expected an http"),
        ({"use_keyless": "yes"}, "expected true or false"),
    ],
)
def test_a_definition_that_can_not_be_served(
    control: ControlClient, wrong: dict[str, Any], problem: str
) -> None:
    said = ask(control, {**definition("shop"), **wrong})
    assert (said.status, said.value["message"], said.value["response"]) == (400, "error", "")
    line = json.loads(said.value["logs"].splitlines()[0])
    assert line["level"] == "error"
    assert problem in line["msg"]
