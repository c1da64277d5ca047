"""What the client gets in the end, whoever it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway

from twisted_tyk.authorize.expiry import Expiry
from twisted_tyk.testing import Answer, definition

LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
HOOKS = """\
from twisted_tyk.errors import Refusal

def allow(rw, request):
    rw.headers.add("X-Hook", "was here")

def teapot(rw, request):
    rw.headers.set("Content-Type", "text/plain")
    rw.write_header(418)
    rw.write("short and stout")

def forbid(rw, request):
    rw.write_header(403)

def unauthorised(rw, request):
    rw.write_header(401)

def refuse(rw, request):
    raise Refusal(429, 'Too "much"', headers=[("Retry-After", "7")])

def broken(rw, request):
    1 / 0

def limits(rw, response, request):
    response.headers.set("X-RateLimit-Limit", "12")
"""


@pytest.fixture(autouse=True)
def _hooks(tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(HOOKS)


def hooks(*names: str) -> list[dict[str, str]]:
    return [{"name": name, "path": "hooks.py"} for name in names]


def limits(answer: Answer) -> list[list[str]]:
    return [answer.headers.get_all(name) for name in LIMITS]


def test_a_proxied_answer_carries_tyks_limits_in_place_of_the_upstreams(
    gateway: MakeGateway,
) -> None:
    running = gateway(definition("one", response=hooks("limits")))

    def answer(request: Any) -> bytes:
        for name in LIMITS:
            request.responseHeaders.addRawHeader(name.lower(), b"99")
            request.responseHeaders.addRawHeader(name.lower(), b"98")
        request.setHeader("X-RateLimit-Other", "kept")
        request.setHeader("Server", "upstream")
        return b"hello"

    running.upstream.answer = answer
    given = running.get("/one/x")
    assert (given.status, given.body) == (200, b"hello")
    assert limits(given) == [["0"], ["0"], ["0"]]
    assert given.headers.get("X-RateLimit-Other") == "kept"
    assert given.headers.get("Server") == "upstream"
    assert given.headers.get("X-Generator") is None


@pytest.mark.parametrize("name", ["teapot", "forbid", "refuse", "broken"])
def test_answers_of_the_gateway_and_of_hooks_carry_no_limits(
    gateway: MakeGateway, name: str
) -> None:
    assert limits(gateway(definition("one", pre=hooks(name))).get("/one/x")) == [[], [], []]


def test_a_refusal_in_json(gateway: MakeGateway) -> None:
    answer = gateway(definition("one", pre=hooks("allow", "refuse"))).get("/one/x")
    assert answer.status == 429
    assert json.loads(answer.body) == {"error": 'Too "much"'}
    assert answer.headers.get("Content-Type") == "application/json"
    assert answer.headers.get("X-Generator") == "tyk.io"
    assert answer.headers.get("Retry-After") == "7"
    assert answer.headers.get("X-Hook") == "was here"


def test_a_refusal_in_xml(gateway: MakeGateway) -> None:
    running = gateway(definition("one", pre=hooks("refuse")))
    answer = running.request("POST", "/one/x", {"Content-Type": "text/xml; charset=utf-8"}, b"<a/>")
    assert answer.status == 429
    assert answer.headers.get("Content-Type") == "text/xml"
    assert b"<error>Too &quot;much&quot;</error>" in answer.body


def test_the_generator_can_be_hidden(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one", pre=hooks("refuse")), settings={"hide_generator_header": True}
    )
    assert running.get("/one/x").headers.get("X-Generator") is None


def test_the_operators_templates_are_used(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "error_429.json").write_text("slow down: {{.Message}}")
    running = gateway(
        definition("one", pre=hooks("refuse")), settings={"template_path": "mine"}
    )
    assert running.get("/one/x").body == b'slow down: Too \\"much\\"'


def test_what_a_hook_writes_is_sent_to_the_letter(gateway: MakeGateway, events: Events) -> None:
    answer = gateway(definition("one", pre=hooks("allow", "teapot"))).get("/one/x")
    assert (answer.status, answer.body) == (418, b"short and stout")
    names = {name for name, _ in answer.headers} - {"Date"}
    assert names == {"X-Hook", "Content-Type", "Content-Length"}
    assert not [text for text in events.texts() if "AuthFailure" in text]


@pytest.mark.parametrize(("name", "fired"), [("forbid", 1), ("unauthorised", 0)])
def test_403_of_a_hook_and_no_other_status_is_an_authfailure(
    gateway: MakeGateway, events: Events, name: str, fired: int
) -> None:
    answer = gateway(definition("one", pre=hooks(name))).get("/one/x%0a?y=1", X_Real_IP="192.0.2.9")
    assert answer.body == b""
    told = [text for text in events.texts() if "AuthFailure" in text]
    assert told == ["AuthFailure: GET /one/x%0a of API one from 192.0.2.9: Auth Failure"] * fired


def test_a_broken_hook_is_500_and_its_fault_is_logged(
    gateway: MakeGateway, events: Events
) -> None:
    answer = gateway(definition("one", pre=hooks("broken"))).get("/one/x")
    assert answer.status == 500
    assert json.loads(answer.body) == {"error": "Internal Server Error"}
    assert [text for text in events.texts() if "ZeroDivisionError" in text]


def test_a_broken_step_is_500_and_its_failure_is_logged(
    gateway: MakeGateway, logged_failures: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def process(step: Any, exchange: Any) -> None:
        raise LookupError("a bug of ours")

    monkeypatch.setattr(Expiry, "process", process)
    running = gateway(
        definition(
            "one",
            use_keyless=False,
            custom_plugin_auth_enabled=True,
            auth_check={"name": "allow", "path": "hooks.py"},
        )
    )
    answer = running.get("/one/x")
    assert (answer.status, json.loads(answer.body)) == (500, {"error": "Internal Server Error"})
    assert len(logged_failures.flush(LookupError)) == 1


def test_an_upstream_that_is_not_there_is_502(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    running.upstream.reachable = False
    answer = running.get("/one/x")
    assert answer.status == 502
    assert json.loads(answer.body) == {"error": "There was a problem proxying the request"}
    assert limits(answer) == [[], [], []]
    assert running.records.hits[0].response_code == 502
    assert running.records.hits[0].error == "502 There was a problem proxying the request"
