"""Patches in Python: what they see, what they may do, and what becomes of the built-in step."""

from __future__ import annotations

import gc
import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from lost_failures import LoggedFailures
from patch_files import SETTINGS, lay, listed

from twisted_tyk.patches.run import Run
from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path) -> Any:
    """A gateway with one patch, of the list of allowed addresses unless it says otherwise."""

    def make(process: str, api: dict[str, Any] = ONE, **keys: Any) -> MemoryGateway:
        lay(tmp_path, process, **keys)
        return gateway(api, settings=SETTINGS)

    return make


def ask(running: MemoryGateway, address: str = "10.0.0.9") -> int:
    return running.get("/one/x", X_Forwarded_For=address).status


def test_it_stands_in_place_of_the_built_in_step(patched: Any) -> None:
    running = patched("return None")
    assert ask(running) == 200
    [api] = running.service.root.table.apis
    assert api.steps[0] == "IPWhiteListMiddleware:fix"


def test_without_a_step_there_is_nothing_to_replace(patched: Any) -> None:
    running = patched("raise Refusal(403, 'no')", definition("one"))
    assert ask(running) == 200
    assert listed(running)["fix"]["apis"] == []


def test_it_may_stand_there_all_the_same(patched: Any) -> None:
    process = "assert self.replaced.process(exchange) is None\nraise Refusal(403, 'no')"
    running = patched(process, definition("one"), always=True)
    assert ask(running) == 403
    assert listed(running)["fix"]["apis"] == ["one"]


def test_it_may_call_what_it_replaces(patched: Any) -> None:
    running = patched(
        """
        if exchange.headers.get("X-Pass") == "yes":
            return None
        return self.replaced.process(exchange)
        """
    )
    assert (ask(running), ask(running, "10.0.0.1")) == (403, 200)
    assert running.get("/one/x", X_Pass="yes").status == 200


def test_it_may_answer(patched: Any) -> None:
    running = patched("return Reply(418, [(b'X-From', b'patch')], b'tea')")
    answer = running.get("/one/x")
    assert (answer.status, answer.headers.get("X-From"), answer.body) == (418, "patch", b"tea")
    assert running.upstream.requests == []


def test_it_may_turn_away(patched: Any) -> None:
    running = patched("raise Refusal(451, 'not here', 'AuthFailure')", on_error="skip")
    answer = running.get("/one/x", X_Forwarded_For="10.0.0.1")
    assert (answer.status, json.loads(answer.body)) == (451, {"error": "not here"})
    assert listed(running)["fix"]["errors"] == 0


def test_it_is_made_once_for_each_api(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(
        tmp_path,
        "return Reply(200, [], repr((self.api.api_id, self.config, id(self))).encode())",
        config={"a": [1, None]},
    )
    two = definition("two", allowed_ips=["10.0.0.1"])
    running = gateway(ONE, two, settings=SETTINGS)
    first, again, other = (running.get(f"/{name}/x").body for name in ("one", "one", "two"))
    assert first == again
    assert first.startswith(b"('one', {'a': [1, None]}, ")
    assert other.startswith(b"('two', {'a': [1, None]}, ")


def test_it_may_be_for_some_apis_only(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None", apis=["two"])
    running = gateway(ONE, definition("two", allowed_ips=["10.0.0.1"]), settings=SETTINGS)
    assert [running.get(f"/{name}/x").status for name in ("one", "two")] == [403, 200]
    assert listed(running)["fix"]["apis"] == ["two"]


def test_it_may_wait(patched: Any) -> None:
    running = patched(
        """
        from twisted.internet.defer import succeed
        await succeed(1)
        return self.replaced.process(exchange)
        """
    )
    assert (ask(running), ask(running, "10.0.0.1")) == (403, 200)


def test_what_it_raises_is_a_500_with_its_own_frames(patched: Any, events: Events) -> None:
    running = patched("return exchange.nothing")
    answer = running.get("/one/x", X_Forwarded_For="10.0.0.1")
    assert (answer.status, json.loads(answer.body)) == (500, {"error": "Internal Server Error"})
    [told] = [text for text in events.texts() if "raised" in text]
    assert told.startswith("patch fix 1.0 of IPWhiteListMiddleware of API one raised:\n")
    assert 'File "fix/patch.py", line ' in told
    assert "return exchange.nothing" in told
    assert "twisted_tyk/patches/step.py" not in told
    shown = listed(running)["fix"]
    assert (shown["calls"], shown["errors"], shown["skipped"], shown["running"]) == (1, 1, 0, 0)


def test_with_skip_the_built_in_step_decides(patched: Any) -> None:
    running = patched("raise ValueError('oops')", on_error="skip")
    assert (ask(running), ask(running, "10.0.0.1")) == (403, 200)
    shown = listed(running)["fix"]
    assert (shown["calls"], shown["errors"], shown["skipped"], shown["running"]) == (2, 2, 2, 0)


@pytest.mark.parametrize("wait", ["", "await succeed(1)\n"])
@pytest.mark.parametrize(
    "process",
    [
        "try: self.replaced.process(exchange)\nexcept Refusal: pass\nraise ValueError('oops')",
        "try: self.replaced.process(exchange)\nexcept Refusal: pass\nreturn 5",
        "try: self.replaced.process(exchange)\nfinally: raise SystemExit",
    ],
)
def test_a_refusal_of_the_built_in_step_stands(patched: Any, process: str, wait: str) -> None:
    text = f"from twisted.internet.defer import succeed\n{wait}{process}"
    running = patched(text, on_error="skip")
    assert (ask(running), ask(running, "10.0.0.1")) == (403, 200)


def test_the_built_in_step_runs_once(gateway: MakeGateway, tmp_path: Path) -> None:
    """Its limit counts each request once, although the patch fails after it."""
    lay(
        tmp_path,
        "self.replaced.process(exchange)\nraise ValueError('oops')",
        replaces="RateLimitForAPI",
        on_error="skip",
    )
    limited = definition("one", global_rate_limit={"rate": 2, "per": 60})
    running = gateway(limited, settings=SETTINGS)
    assert [ask(running) for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize("result", ["5", "'yes'", "True", "(403, 'no')"])
def test_a_result_of_another_type_is_a_failure(patched: Any, events: Events, result: str) -> None:
    running = patched(f"return {result}")
    assert ask(running, "10.0.0.1") == 500
    [told] = [text for text in events.texts() if "expected None or a Reply" in text]
    assert f"it returned {type(eval(result)).__name__}," in told


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        ("99", "the status 99, expected 200 to 599"),
        ("'200'", "a status of type str, expected int"),
        ("200, [], 'hi'", "a body of type str, expected bytes"),
        ("200, b'hi'", "expected a list of pairs, found bytes"),
        ("200, ['X-A: 1']", 'expected pairs of bytes such as (b"X-A", b"1"), found str'),
        ("200, [('X-A', '1')]", '(b"X-A", b"1"), found (str, str)'),
        ("200, [(b'X-A',)]", '(b"X-A", b"1"), found (bytes)'),
        ("200, [(b'X A', b'1')]", "not a header name: b'X A'"),
        ("200, [(b'X-A', b'1\\r\\nX-B: 2')]", "control character in the value of X-A"),
    ],
)
def test_a_reply_that_can_not_be_sent_is_a_failure(
    gateway: MakeGateway, tmp_path: Path, events: Events, reply: str, told: str
) -> None:
    lay(tmp_path, f"return Reply({reply})", on_error="skip")
    running = gateway(ONE, settings=SETTINGS)
    assert (ask(running), ask(running, "10.0.0.1")) == (403, 200)
    [said] = {text for text in events.texts() if told in text}
    assert said.startswith("patch fix 1.0 of IPWhiteListMiddleware of API one was wrong: it ret")
    assert listed(running)["fix"]["errors"] == 2


def test_the_replaced_step_is_not_called_for_other_requests(patched: Any) -> None:
    running = patched(
        """
        later = getattr(self, "later", None)
        self.later = exchange
        if later is not None:
            self.replaced.process(later)
        """
    )
    assert [ask(running, "10.0.0.1") for _ in range(2)] == [200, 500]


def test_a_bug_of_the_built_in_step_is_not_the_patch_s(
    patched: Any,
    events: Events,
    logged_failures: LoggedFailures,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    running = patched("return self.replaced.process(exchange)", on_error="skip")

    def broken(*_: object) -> None:
        raise KeyError("built in")

    monkeypatch.setattr("twisted_tyk.admit.ip_lists.packed", broken)
    assert ask(running, "10.0.0.1") == 500
    assert len(logged_failures.flush(KeyError)) == 1
    assert listed(running)["fix"]["errors"] == 0
    assert [text for text in events.texts() if text.startswith("IPWhiteListMiddleware:fix of API")]


@pytest.mark.parametrize("error", [KeyError, SystemExit])
def test_nor_does_the_request_go_on_when_the_patch_drops_it(
    patched: Any,
    logged_failures: LoggedFailures,
    monkeypatch: pytest.MonkeyPatch,
    error: type[BaseException],
) -> None:
    running = patched(
        """
        try:
            self.replaced.process(exchange)
        except BaseException:
            raise ValueError("oops") from None
        """,
        on_error="skip",
    )

    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("twisted_tyk.admit.ip_lists.packed", broken)
    assert ask(running, "10.0.0.1") == 500
    assert running.upstream.requests == []
    assert len(logged_failures.flush(error)) == 1


def test_hooks_can_be_replaced_too(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "def one(rw, request): request.headers.set('X-One', '1')\n"
        "async def two(rw, request): request.headers.set('X-Two', '2')\n"
        "def three(rw, request): rw.write_header(202)\n"
    )
    hooks = [{"name": name, "path": "hooks.py"} for name in ("one", "two", "three")]
    lay(
        tmp_path,
        """
        reply = await self.replaced.process(exchange)
        exchange.headers.set("X-Seen", str(reply.status))
        return None
        """,
        replaces="pre",
    )
    running = gateway(definition("one", pre=hooks), settings=SETTINGS)
    assert ask(running) == 200
    headers = running.upstream.requests[0].headers
    assert [headers.get(name) for name in ("X-One", "X-Two", "X-Seen")] == ["1", "2", "202"]


def test_a_token_check_can_be_replaced(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(
        tmp_path,
        """
        from twisted_tyk import SessionState
        if exchange.headers.get("Authorization") == "let-me-in":
            exchange.identify(SessionState(alias="Ann"), stored=False)
            return None
        return self.replaced.process(exchange)
        """,
        replaces="AuthKey",
    )
    running = gateway(definition("one", use_keyless=False), settings=SETTINGS)
    assert running.get("/one/x", Authorization="let-me-in").status == 200
    assert running.get("/one/x", Authorization="nobody").status == 403
    assert running.get("/one/tyk/rate-limits/", Authorization="let-me-in").status == 200
    assert [hit.alias for hit in running.records.hits][:1] == ["Ann"]


def test_the_way_back_can_be_replaced(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "def one(rw, response, request): response.headers.set('X-One', '1')\n"
    )
    lay(
        tmp_path,
        """
        exchange.response.headers.set("X-Before", "0")
        self.replaced.process(exchange)
        raise ValueError("oops")
        """,
        replaces="response",
        on_error="skip",
    )
    hooks = [{"name": "one", "path": "hooks.py"}]
    running = gateway(definition("one", response=hooks), settings=SETTINGS)
    headers = running.get("/one/x").headers
    assert [headers.get(name) for name in ("X-Before", "X-One")] == ["0", "1"]


def test_nothing_of_a_request_is_kept(patched: Any) -> None:
    """No cycle holds it either: it goes when it is over, and not with the next collection."""
    running = patched(
        """
        from twisted.internet.defer import succeed
        await succeed(1)
        try:
            return self.replaced.process(exchange)
        finally:
            if exchange.headers.get("X-Fail"):
                raise ValueError("oops")
        """,
        on_error="skip",
    )
    ask(running, "10.0.0.1")

    def alive() -> int:
        return sum(isinstance(each, Run) for each in gc.get_objects())

    gc.collect()
    before = alive()
    gc.disable()
    try:
        for fields in ({}, {"X_Fail": "1"}, {"X_Forwarded_For": "10.0.0.1"}):
            running.get("/one/x", **fields)
        assert alive() == before
    finally:
        gc.enable()
