"""Patches in place of the proxy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from patch_files import SETTINGS, lay, listed

from twisted_tyk.testing import MemoryGateway, definition

#: Makes a response.
_MADE = """
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.response import Response
made = Response(203, b'', Headers([(b'X-From', b'patch')]), Body.of(b'made'))
"""


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path) -> Any:
    def make(process: str, **keys: Any) -> MemoryGateway:
        (tmp_path / "hooks.py").write_text(
            "def seen(rw, response, request): response.headers.set('X-Seen', 'yes')\n"
        )
        lay(tmp_path, process, **{"replaces": "proxy", **keys})
        api = definition("one", response=[{"name": "seen", "path": "hooks.py"}])
        return gateway(api, settings=SETTINGS)

    return make


def test_it_may_let_the_proxy_go_on(patched: Any) -> None:
    running = patched(
        """
        exchange.headers.set("X-Way-There", "1")
        await self.replaced.process(exchange)
        exchange.response.headers.set("X-Way-Back", "2")
        """
    )
    answer = running.get("/one/x")
    assert (answer.status, answer.body) == (200, b'{"message":"from upstream"}')
    assert [answer.headers.get(name) for name in ("X-Way-Back", "X-Seen")] == ["2", "yes"]
    assert running.upstream.requests[0].headers.get("X-Way-There") == "1"


def test_it_may_make_the_response(patched: Any) -> None:
    running = patched(f"{_MADE}exchange.response = made")
    answer = running.get("/one/x")
    assert (answer.status, answer.body, answer.headers.get("X-Seen")) == (203, b"made", "yes")
    assert running.upstream.requests == []


def test_it_may_answer(patched: Any) -> None:
    running = patched("return Reply(202, [], b'later')")
    answer = running.get("/one/x")
    assert (answer.status, answer.body, answer.headers.get("X-Seen")) == (202, b"later", None)


def test_it_may_answer_for_the_upstream(patched: Any) -> None:
    running = patched("await self.replaced.process(exchange)\nreturn Reply(202, [], b'mine')")
    assert (running.get("/one/x").body, len(running.upstream.requests)) == (b"mine", 1)


def test_it_may_try_again(patched: Any) -> None:
    running = patched(
        """
        for _ in range(3):
            try:
                await self.replaced.process(exchange)
                if exchange.response.status != 503:
                    return None
            except Refusal:
                pass
        return Reply(500, [], b'thrice')
        """
    )

    def answer(request: Any) -> bytes:
        request.setResponseCode(503 if len(running.upstream.requests) < 3 else 200)
        return b"at last"

    running.upstream.answer = answer
    answered = running.get("/one/x")
    assert (answered.status, answered.body) == (200, b"at last")
    assert len(running.upstream.requests) == 3


@pytest.mark.parametrize(("on_error", "expected"), [("fail", 500), ("skip", 200)])
def test_to_go_on_with_no_response_is_a_failure(
    patched: Any, events: Events, on_error: str, expected: int
) -> None:
    running = patched("return None", on_error=on_error)
    assert running.get("/one/x").status == expected
    assert [text for text in events.texts() if "let the request go on with no response" in text]
    assert len(running.upstream.requests) == (expected == 200)


@pytest.mark.parametrize(("on_error", "expected"), [("fail", 500), ("skip", 200)])
def test_the_upstream_is_asked_once(patched: Any, on_error: str, expected: int) -> None:
    process = "await self.replaced.process(exchange)\nraise ValueError('oops')"
    running = patched(process, on_error=on_error)
    assert running.get("/one/x").status == expected
    assert len(running.upstream.requests) == 1


def test_what_it_has_made_is_thrown_away_when_it_fails(patched: Any) -> None:
    running = patched(f"{_MADE}exchange.response = made\nraise ValueError('oops')", on_error="skip")
    assert running.get("/one/x").body == b'{"message":"from upstream"}'


def test_an_upstream_that_is_not_there_is_not_its_failure(patched: Any) -> None:
    running = patched("return self.replaced.process(exchange)", on_error="skip")
    running.upstream.reachable = False
    assert running.get("/one/x").status == 502
    assert listed(running)["fix"]["errors"] == 0
