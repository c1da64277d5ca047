"""Given an API with a hook on the way back, when the upstream answers, this is what is sent."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from gateways import MakeGateway
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.testing import MemoryGateway, definition


@pytest.fixture
def with_hook(gateway: MakeGateway, tmp_path: Path) -> Any:
    """A gateway whose API ``api`` has the function ``hook`` of a source at ``response``."""

    def make(source: str, **entry: Any) -> MemoryGateway:
        (tmp_path / "hooks.py").write_text(
            "from twisted_tyk import Refusal, reads_body\n" + dedent(source)
        )
        one = {"name": "hook", "path": "hooks.py", **entry}
        return gateway(definition("api", response=[one]))

    return make


def test_status_fields_and_body_can_be_changed(with_hook: Any) -> None:
    """Content-Length always fits what is sent."""
    gate = with_hook(
        """
        def hook(rw, response, request):
            assert response.status == 200
            response.status = 203
            response.headers.add("X-Response-Added", "resp-added")
            response.headers.delete("server")
            response.body = '{"message":"Hi! I am a response hook"}'
        """
    )
    answer = gate.get("/api/")
    assert (answer.status, answer.body) == (203, b'{"message":"Hi! I am a response hook"}')
    assert answer.headers.get_all("content-length") == ["38"]
    assert answer.headers.get("x-response-added") == "resp-added"
    assert "Server" not in answer.headers


def test_the_body_can_be_read_and_is_sent_all_the_same(with_hook: Any) -> None:
    gate = with_hook(
        """
        @reads_body
        def hook(rw, response, request):
            response.headers.set("X-Size", str(len(response.body)))
        """
    )
    answer = gate.get("/api/")
    assert answer.headers.get("x-size") == "27"
    assert answer.body == b'{"message":"from upstream"}'


def test_the_body_can_be_awaited(with_hook: Any) -> None:
    """Here it comes in pieces, without a length."""
    gate = with_hook(
        """
        async def hook(rw, response, request):
            response.body = (await response.read()).upper()
        """
    )
    held: list[Any] = []

    def answer(request: Any) -> int:
        request.write(b"abc")
        held.append(request)
        return NOT_DONE_YET

    gate.upstream.answer = answer
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.answers == []
    held[0].write(b"def")
    held[0].finish()
    gate.settle()
    assert client.answers[0].body == b"ABCDEF"
    assert client.answers[0].headers.get("content-length") == "6"


def test_an_upstream_that_breaks_off_while_a_hook_reads_is_502(with_hook: Any) -> None:
    gate = with_hook("@reads_body\ndef hook(rw, response, request): rw.write('never')")

    def answer(request: Any) -> int:
        request.setHeader("Content-Length", "10")
        request.write(b"abc")
        request.transport.loseConnection()
        return NOT_DONE_YET

    gate.upstream.answer = answer
    assert gate.get("/api/").status == 502


def test_writing_replaces_the_response(with_hook: Any) -> None:
    """Tyk would append the upstream's body; here the hook's answer is the answer."""
    gate = with_hook(
        """
        def hook(rw, response, request):
            rw.headers.set("Content-Type", "text/plain")
            rw.write_header(418)
            rw.write("short and stout")
        """
    )
    answer = gate.get("/api/")
    assert (answer.status, answer.body) == (418, b"short and stout")
    assert answer.headers.get_all("content-type") == ["text/plain"]
    assert "Server" not in answer.headers


def test_a_failure_replaces_the_response_with_500(with_hook: Any) -> None:
    gate = with_hook(
        """
        def hook(rw, response, request):
            response.headers.set("X-Half", "1")
            response.status = 201
            raise ValueError
        """
    )
    answer = gate.get("/api/")
    assert answer.status == 500
    assert "X-Half" not in answer.headers


def test_skip_lets_the_response_through(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, response, request): raise ValueError", on_error="skip")
    assert gate.get("/api/").body == b'{"message":"from upstream"}'


def test_a_refusal_is_answered_as_such(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, response, request): raise Refusal(451, 'not here')")
    answer = gate.get("/api/")
    assert (answer.status, answer.body) == (451, b'{\n    "error": "not here"\n}')


@pytest.mark.parametrize("status", ["99", "1000", "'200'", "True", "None"])
def test_a_status_that_is_none_is_an_error_of_the_hook(with_hook: Any, status: str) -> None:
    gate = with_hook(f"def hook(rw, response, request): response.status = {status}")
    assert gate.get("/api/").status == 500


def test_it_is_called_for_what_an_upstream_answered_only(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    """Neither for a hook's answer nor for the gateway's own errors."""
    (tmp_path / "hooks.py").write_text(
        "def back(rw, response, request): response.headers.set('X-Back', '1')\n"
        "def answers(rw, request): rw.write('early')\n"
    )
    back = [{"name": "back", "path": "hooks.py"}]
    gate = gateway(
        definition("plain", response=back),
        definition("early", response=back, pre=[{"name": "answers", "path": "hooks.py"}]),
        definition("closed", response=back, use_keyless=False),
    )
    assert gate.get("/plain/").headers.get("x-back") == "1"
    assert "X-Back" not in gate.get("/early/").headers
    closed = gate.get("/closed/")
    assert (closed.status, "X-Back" in closed.headers) == (401, False)


def test_hooks_run_in_order_and_see_what_came_before(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "def one(rw, response, request): response.body = 'one'\n"
        "def two(rw, response, request): response.body = response.body + b' two'\n"
    )
    entries = [{"name": name, "path": "hooks.py"} for name in ("one", "two")]
    gate = gateway(definition("api", response=entries))
    assert gate.get("/api/").body == b"one two"


def test_head_keeps_the_length_that_the_upstream_told(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, response, request): pass")
    answers = []

    def answer(request: Any) -> bytes:
        answers.append(request.method)
        request.setHeader("Content-Length", "27")
        return b""

    gate.upstream.answer = answer
    client = gate.connect()
    gate.send(client, b"HEAD /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    assert answers == [b"HEAD"]
    assert b"Content-Length: 27\r\n" in client.raw
    assert client.raw.endswith(b"\r\n\r\n")
