"""Given an API with a hook on the way in, when a client asks, this is what follows."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from gateways import Events, MakeGateway
from hook_modules import hook_modules
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.testing import Answer, MemoryGateway, definition

IMPORTS = """
    from twisted.internet.defer import CancelledError, Deferred, fail, succeed
    from twisted_tyk import Refusal, SessionState, blocking, ctx, log, reads_body
"""


@pytest.fixture
def with_hook(gateway: MakeGateway, tmp_path: Path) -> Any:
    """A gateway whose API ``api`` has the function ``hook`` of a source at ``pre``."""

    def make(source: str, point: str = "pre", **entry: Any) -> MemoryGateway:
        (tmp_path / "hooks.py").write_text(dedent(IMPORTS) + dedent(source))
        one = {"name": "hook", "path": "hooks.py", **entry}
        return gateway(definition("api", **{point: one if point == "auth_check" else [one]}))

    return make


ERROR_500 = b'{\n    "error": "Internal Server Error"\n}'


def test_what_a_hook_sees(with_hook: Any) -> None:
    """Everything of the request, in the shape of Go's http.Request."""
    gate = with_hook(
        """
        import json
        def hook(rw, request):
            rw.write(json.dumps([
                request.method, request.url.path, request.url.raw_path, request.url.raw_query,
                request.url.query.get_all("a"), request.host, request.remote_addr,
                request.client_ip, request.headers.get("x-one"), request.headers.get_all("X-TWO"),
                [name for name, _ in request.headers],
            ]))
        """
    )
    client = gate.connect()
    gate.send(
        client,
        b"GET /api/a%20b?a=1&a=2 HTTP/1.1\r\nHost: Example:80\r\nX-Two: b\r\nx-one: 1\r\n"
        b"X-Two: c\r\n\r\n",
    )
    assert client.answers[0].body == (
        b'["GET", "/api/a b", "/api/a%20b", "a=1&a=2", ["1", "2"], "Example:80", '
        b'"127.0.0.1:50000", "127.0.0.1", "1", ["b", "c"], ["X-Two", "x-one", "X-Two"]]'
    )


def test_edits_reach_the_upstream(with_hook: Any) -> None:
    """Method, URL, fields and body go out as the hook left them."""
    gate = with_hook(
        """
        def hook(rw, request):
            request.method = "PUT"
            request.url.path = "/api/other path"
            request.url.raw_query = "b=2"
            request.headers.set("X-Set", "1")
            request.headers.add("X-Set", "2")
            request.headers.delete("accept")
            request.body = "new"
        """
    )
    gate.request("POST", "/api/old?a=1", {"Accept": "*/*"}, b"a longer body")
    seen = gate.upstream.requests[0]
    assert (seen.method, seen.target, seen.body) == ("PUT", "/other%20path?b=2", b"new")
    assert seen.headers.get_all("x-set") == ["1", "2"]
    assert "Accept" not in seen.headers
    assert seen.headers.get_all("content-length") == ["3"]


def test_host_goes_out_when_it_is_preserved(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text("def hook(rw, request): request.host = 'other.test'")
    hooks = [{"name": "hook", "path": "hooks.py"}]
    gate = gateway(definition("api", pre=hooks, proxy={"preserve_host_header": True}))
    gate.get("/api/")
    assert gate.upstream.requests[0].headers.get("host") == "other.test"


def test_fields_added_to_the_response_stay_when_the_upstream_answers(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, request): rw.headers.add('X-Hook', 'was here')")
    answer = gate.get("/api/")
    assert answer.body == b'{"message":"from upstream"}'
    assert answer.headers.get("x-hook") == "was here"


def test_written_status_and_body_are_final(with_hook: Any) -> None:
    """Nothing else of the chain runs, and nothing is added."""
    gate = with_hook(
        """
        def hook(rw, request):
            rw.headers.set("Content-Type", "text/plain")
            rw.write_header(201)
            rw.write_header(500)
            rw.write("made ")
            rw.write(b"it")
        """
    )
    answer = gate.get("/api/")
    assert (answer.status, answer.body) == (201, b"made it")
    assert answer.headers.get("content-type") == "text/plain"
    assert answer.headers.get("content-length") == "7"
    assert "X-Generator" not in answer.headers
    assert gate.upstream.requests == []
    assert [hit.response_code for hit in gate.records.hits] == [201]


def test_exception_is_500_with_the_hooks_own_frames(with_hook: Any, events: Events) -> None:
    """Nothing half-written leaves, and the log names the hook's lines only."""
    gate = with_hook(
        """
        def deeper():
            raise KeyError("who")
        def hook(rw, request):
            rw.headers.set("X-Early", "1")
            rw.write("half an answer")
            deeper()
        """
    )
    answer = gate.get("/api/")
    assert (answer.status, answer.body) == (500, ERROR_500)
    text = next(text for text in events.texts() if "raised" in text)
    assert "GoPluginMiddleware:hooks.py:hook of API api" in text
    assert "in deeper" in text
    assert "KeyError: 'who'" in text
    assert "hook_step.py" not in text
    assert gate.upstream.requests == []


def test_sys_exit_in_a_hook_is_an_error_like_others(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, request): raise SystemExit(3)")
    assert gate.get("/api/").status == 500
    assert gate.get("/hello").status == 200


def test_skip_passes_over_a_failure(with_hook: Any) -> None:
    """What the failed hook wrote is forgotten; the request goes on."""
    source = """
        def hook(rw, request):
            rw.write("half")
            raise ValueError
    """
    gate = with_hook(source, on_error="skip")
    assert gate.get("/api/").body == b'{"message":"from upstream"}'


def test_refusal_has_its_own_status_and_tyks_body(with_hook: Any) -> None:
    gate = with_hook(
        """
        def hook(rw, request):
            rw.write("not sent")
            raise Refusal(402, 'pay "first"', headers=[("X-Price", "3")])
        """,
        on_error="skip",
    )
    answer = gate.get("/api/")
    assert (answer.status, answer.body) == (402, b'{\n    "error": "pay \\"first\\""\n}')
    assert answer.headers.get("x-price") == "3"


@pytest.mark.parametrize(
    "attack",
    [
        "request.headers.add('X', 'a\\r\\nInjected: 1')",
        "request.headers.set('X\\r\\nInjected', '1')",
        "rw.headers.add('X', 'a\\nb')",
        "request.url.path = 'no slash'",
        "request.url.raw_query = 'a b'",
        "request.url = '/a#b'",
        "request.method = 'GET /x HTTP/1.1'",
        "request.host = 'a\\r\\nb'",
        "rw.write_header(99)",
        "rw.write_header('200')",
        "rw.write(3)",
        "request.body = 3",
    ],
)
def test_what_http_forbids_is_an_error_of_the_hook(with_hook: Any, attack: str) -> None:
    """It raises where the hook does it; nothing of it is sent anywhere."""
    gate = with_hook(f"def hook(rw, request): {attack}")
    answer = gate.get("/api/")
    assert answer.status == 500
    assert gate.upstream.requests == []


def test_body_is_there_for_a_hook_that_says_it_reads_it(with_hook: Any) -> None:
    """It is called when the body has come, which still goes upstream whole."""
    gate = with_hook(
        """
        @reads_body
        def hook(rw, request):
            request.headers.set("X-Length", str(len(request.body)))
        """
    )
    client = gate.connect()
    gate.send(client, b"POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
    assert gate.upstream.requests == []
    gate.send(client, b"def")
    seen = gate.upstream.requests[0]
    assert (seen.headers.get("x-length"), seen.body) == ("6", b"abcdef")


def test_body_can_be_awaited(with_hook: Any) -> None:
    gate = with_hook(
        """
        async def hook(rw, request):
            body = await request.read()
            request.body = body.upper()
        """
    )
    client = gate.connect()
    gate.send(client, b"POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
    gate.send(client, b"def")
    assert gate.upstream.requests[0].body == b"ABCDEF"


def test_body_nobody_asked_for_is_not_waited_for(with_hook: Any) -> None:
    """Using it all the same is an error that says what to do."""
    gate = with_hook("def hook(rw, request): rw.write(request.body)")
    client = gate.connect()
    gate.send(client, b"POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
    assert client.answers[0].status == 500


def test_a_body_can_be_assigned_before_it_has_come(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, request): request.body = b'mine'")
    client = gate.connect()
    gate.send(client, b"POST /api/ HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc")
    assert gate.upstream.requests[0].body == b"mine"


WAITING = """
    waiting = Deferred()
    def hook(rw, request):
        def done(_):
            request.headers.set("X-Waited", "1")
        return waiting.addCallback(done)
    def release(rw, request):
        waiting.callback(None)
        rw.write("released")
"""


def test_a_deferred_is_waited_for(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(dedent(IMPORTS) + dedent(WAITING))
    gate = gateway(definition("api", pre=[{"name": "hook", "path": "hooks.py"}]))
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.answers == []
    assert gate.upstream.requests == []
    module = hook_modules("api", "hooks")[-1]
    module.waiting.callback(None)
    gate.settle()
    assert client.answers[0].status == 200
    assert gate.upstream.requests[0].headers.get("x-waited") == "1"


def test_a_hook_that_waits_too_long_is_504(with_hook: Any, events: Events) -> None:
    gate = with_hook("def hook(rw, request): return Deferred()", timeout=2.5)
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    gate.advance(2.4)
    assert client.answers == []
    gate.advance(0.2)
    assert client.answers[0].status == 504
    assert any("longer than 2.5 s" in text for text in events.texts())


@pytest.mark.parametrize("ending", ["raise ValueError", "rw.write('late')"])
def test_a_hook_that_turns_its_cancellation_into_something_else_is_504(
    with_hook: Any, ending: str
) -> None:
    gate = with_hook(
        f"""
        async def hook(rw, request):
            try:
                await Deferred()
            except CancelledError:
                {ending}
        """,
        timeout=1,
    )
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    gate.advance(1.1)
    assert client.answers[0].status == 504


def test_default_timeout_is_five_seconds(with_hook: Any) -> None:
    gate = with_hook("def hook(rw, request): return Deferred()")
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    gate.advance(4.9)
    assert client.answers == []
    gate.advance(0.2)
    assert client.answers[0].status == 504


def test_a_hook_that_fails_later_is_500(with_hook: Any) -> None:
    gate = with_hook(
        """
        async def hook(rw, request):
            rw.write("half")
            await succeed(None)
            raise ValueError("later")
        """
    )
    assert _summary(gate.get("/api/")) == (500, ERROR_500)


def test_what_a_hook_waits_for_is_cancelled_when_the_client_leaves(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "hooks.py").write_text(
        dedent(IMPORTS)
        + "cancelled = []\n"
        + "def hook(rw, request): return Deferred(lambda d: cancelled.append(d))\n"
    )
    gate = gateway(definition("api", pre=[{"name": "hook", "path": "hooks.py"}]))
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.transport is not None
    client.transport.loseConnection()
    gate.settle()
    assert len(hook_modules("api", "hooks")[-1].cancelled) == 1
    assert [hit.response_code for hit in gate.records.hits] == [499]


def test_a_blocking_hook_runs_in_another_thread(with_hook: Any) -> None:
    gate = with_hook(
        """
        import threading
        @blocking
        def hook(rw, request):
            request.headers.set("X-Thread", str(threading.current_thread() is
                                                threading.main_thread()))
        """
    )
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    gate.wait_for_thread()
    assert client.answers[0].status == 200
    assert gate.upstream.requests[0].headers.get("x-thread") == "False"


def test_a_blocking_hook_that_hangs_is_504_and_harms_nobody(with_hook: Any) -> None:
    """What it writes when it wakes up is not looked at."""
    gate = with_hook(
        """
        import threading
        release = threading.Event()
        @blocking
        def hook(rw, request):
            if request.url.path == "/api/slow":
                release.wait(10)
                rw.write("too late")
        """,
        timeout=1,
    )
    client = gate.connect()
    gate.send(client, b"GET /api/slow HTTP/1.1\r\nHost: a\r\n\r\n")
    gate.advance(1.1)
    assert client.answers[0].status == 504
    hook_modules("api", "hooks")[-1].release.set()
    gate.wait_for_thread()
    other = gate.connect()
    gate.send(other, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    gate.wait_for_thread()
    assert other.answers[0].status == 200
    assert len(client.answers) == 1


def test_hooks_of_a_point_run_in_their_order(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "def one(rw, request): request.headers.add('X-Order', '1')\n"
        "def two(rw, request): request.headers.add('X-Order', '2')\n"
    )
    entries = [{"name": name, "path": "hooks.py"} for name in ("two", "one", "two")]
    entries.insert(1, {"name": "one", "path": "hooks.py", "disabled": True})
    gate = gateway(definition("api", pre=entries, post=entries[:1]))
    gate.get("/api/")
    assert gate.upstream.requests[0].headers.get_all("x-order") == ["2", "1", "2", "2"]


def test_a_class_is_made_once_per_load(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        dedent("""
            from zope.interface import implementer
            from twisted_tyk import IRequestHook
            @implementer(IRequestHook)
            class Counter:
                def __init__(self):
                    self.hits = 0
                def hook(self, rw, request):
                    self.hits += 1
                    rw.write(str(self.hits))
        """)
    )
    gate = gateway(definition("api", pre=[{"name": "Counter", "path": "hooks.py"}]))
    assert [gate.get("/api/").body for _ in range(3)] == [b"1", b"2", b"3"]


def test_two_apis_do_not_share_the_state_of_a_file(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "hooks.py").write_text(
        "hits = []\ndef hook(rw, request):\n    hits.append(1)\n    rw.write(str(len(hits)))\n"
    )
    entry = [{"name": "hook", "path": "hooks.py"}]
    gate = gateway(definition("one", pre=entry), definition("two", pre=entry, post=entry))
    assert [gate.get(path).body for path in ("/one/", "/one/", "/two/")] == [b"1", b"2", b"1"]


def test_an_upstream_left_waiting_by_the_client_is_let_go(gateway: MakeGateway) -> None:
    """The request to the upstream is cancelled: its connection closes."""
    gate = gateway(definition("api"))
    left: list[Any] = []

    def answer(request: Any) -> int:
        request.notifyFinish().addErrback(left.append)
        return NOT_DONE_YET

    gate.upstream.answer = answer
    client = gate.connect()
    gate.send(client, b"GET /api/ HTTP/1.1\r\nHost: a\r\n\r\n")
    assert len(gate.upstream.requests) == 1
    assert left == []
    assert client.transport is not None
    client.transport.loseConnection()
    gate.settle()
    assert len(left) == 1


def _summary(answer: Answer) -> tuple[int, bytes]:
    return answer.status, answer.body
