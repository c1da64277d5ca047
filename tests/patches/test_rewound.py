"""With ``"on_error": "skip"`` the built-in step meets a request that no patch has touched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from patch_files import SETTINGS, lay, listed
from twisted.web.server import NOT_DONE_YET

from twisted_tyk.patches.before import Before
from twisted_tyk.testing import MemoryGateway, definition

#: Leaves something everywhere before the patch, so that there is something to put back.
HOOKS = """
from twisted_tyk import SessionState, ctx, reads_body

def first(rw, request):
    rw.headers.set("X-Reply", "hook")
    ctx.set_session(request, SessionState(alias="Ann", tags=["kept"]))
    ctx.set_value(request, "note", "hook")
    request.url.raw_query = "hook=1"

def asked(rw, request):
    session = ctx.get_session(request)
    request.headers.set("X-Alias", session.alias)
    request.headers.set("X-Tags", ",".join(session.tags))
    request.headers.set("X-Note", str(ctx.get_value(request, "note")))
    request.headers.set("X-More", str(ctx.get_value(request, "more")))
"""
#: Changes all that a step can change.
CHANGES = """
from twisted.internet.defer import succeed
from twisted_tyk import ctx, SessionState
from twisted_tyk.message.request import Request
request = Request(exchange)
request.headers.set("X-Mine", "patch")
request.headers.delete("X-Client")
request.url.path = "/one/patched"
request.url.raw_query = "patch=1"
request.method = "PUT"
request.host = "patched.test"
request.body = b"patched"
ctx.set_value(request, "note", "patch")
ctx.set_value(request, "more", "patch")
ctx.set_rewrite_target(request, "/rewritten")
session = ctx.get_session(request)
session.tags.append("patch")
exchange.writer.headers.set("X-Reply", "patch")
exchange.writer.write_header(418)
exchange.do_not_track = True
"""
SWAPS = """
from twisted_tyk.message.headers import Headers
exchange.headers = Headers()
exchange.identify(SessionState(alias="Eve"), stored=True)
exchange.writer = exchange.url = exchange.notes = None
exchange.target = b"/one/other"
"""
PLACE = {"replaces": "RateLimitForAPI", "always": True}
ONE = definition(
    "one",
    pre=[{"name": "first", "path": "hooks.py"}],
    post=[{"name": "asked", "path": "hooks.py"}],
    proxy={"preserve_host_header": True},
)


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path) -> Any:
    def make(process: str, api: dict[str, Any] = ONE, **keys: Any) -> MemoryGateway:
        (tmp_path / "hooks.py").write_text(HOOKS)
        lay(tmp_path, process, **{**PLACE, "on_error": "skip", **keys})
        return gateway(api, settings=SETTINGS)

    return make


def ask(running: MemoryGateway) -> dict[str, Any]:
    """What comes to the upstream, and back to the client."""
    answer = running.request("POST", "/one/there", {"X-Client": "me"}, b"sent")
    asked = running.upstream.requests[-1]
    names = ("X-Client", "X-Mine", "X-Alias", "X-Tags", "X-Note", "X-More")
    return {
        "status": answer.status,
        "reply": answer.headers.get("X-Reply"),
        "asked": (asked.method, asked.target, asked.headers.get("Host"), asked.body),
        **{name: asked.headers.get(name) for name in names},
        "recorded": len(running.records.hits),
    }


@pytest.mark.parametrize("swaps", ["", SWAPS])
@pytest.mark.parametrize("ending", ["raise ValueError('oops')", "raise SystemExit", "return 5"])
@pytest.mark.parametrize("wait", ["", "await succeed(1)\n"])
def test_all_is_as_it_was(patched: Any, swaps: str, wait: str, ending: str) -> None:
    running = patched(f"{CHANGES}{swaps}{wait}{ending}")
    assert ask(running) == {
        "status": 200,
        "reply": "hook",
        "asked": ("POST", "/there?hook=1", "gateway.test", b"sent"),
        "X-Client": "me",
        "X-Mine": None,
        "X-Alias": "Ann",
        "X-Tags": "kept",
        "X-Note": "hook",
        "X-More": "None",
        "recorded": 1,
    }
    assert listed(running)["fix"]["skipped"] == 1


def test_so_it_is_when_its_time_is_over(patched: Any) -> None:
    running = patched(f"{CHANGES}await Deferred()", timeout=1)
    client = running.connect()
    running.send(client, b"GET /one/there HTTP/1.1\r\nHost: a\r\n\r\n")
    running.advance(1.25)
    assert [answer.status for answer in client.answers] == [200]
    [asked] = running.upstream.requests
    assert (asked.method, asked.target, asked.headers.get("X-Tags")) == (
        "GET",
        "/there?hook=1",
        "kept",
    )


def test_what_a_patch_has_changed_that_works_stays(patched: Any) -> None:
    works = CHANGES.replace("exchange.writer.write_header(418)\n", "")
    assert ask(patched(f"{works}return None")) == {
        "status": 200,
        "reply": "patch",
        "asked": ("PUT", "/rewritten", "patched.test", b"patched"),
        "X-Client": None,
        "X-Mine": "patch",
        "X-Alias": "Ann",
        "X-Tags": "kept,patch",
        "X-Note": "patch",
        "X-More": "patch",
        "recorded": 0,
    }


@pytest.mark.parametrize("call", ["", "self.replaced.process(exchange)\n"])
def test_a_session_is_the_request_s_own_again(
    patched: Any, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """It is not copied for each hook that comes after a patch that has not touched it."""
    seen: list[bool] = []
    released = Before.release

    def release(self: Before, exchange: Any) -> None:
        assert exchange.session_shared
        released(self, exchange)
        seen.append(exchange.session_shared)

    monkeypatch.setattr(Before, "release", release)
    assert ask(patched(f"{call}return None"))["X-Tags"] == "kept"
    assert seen == [False] * (2 if call else 1)


@pytest.mark.parametrize(("on_error", "expected"), [("fail", 0), ("skip", 1)])
def test_who_does_not_skip_keeps_nothing(
    patched: Any, monkeypatch: pytest.MonkeyPatch, on_error: str, expected: int
) -> None:
    made: list[Before] = []
    init = Before.__init__

    def count(self: Before, exchange: Any) -> None:
        made.append(self)
        init(self, exchange)

    monkeypatch.setattr(Before, "__init__", count)
    ask(patched("return None", on_error=on_error))
    assert len(made) == expected


@pytest.mark.parametrize("wait", ["", "await succeed(1)\n"])
def test_what_the_built_in_step_has_done_stays(patched: Any, wait: str) -> None:
    """And so does what it has decided about; what the patch has changed since then does not."""
    running = patched(
        f"""
exchange.headers.set("X-Mine", "before")
self.replaced.process(exchange)
{CHANGES}{wait}raise ValueError("oops")
""",
        ONE,
        replaces="pre",
    )
    seen = ask(running)
    assert seen["asked"] == ("POST", "/there?hook=1", "gateway.test", b"sent")
    assert (seen["X-Mine"], seen["X-Tags"], seen["X-Note"]) == ("before", "kept", "hook")
    assert (seen["status"], seen["reply"]) == (200, "hook")


class TestAnswers:
    """Of the upstream, when the patch stands in place of the proxy or on the way back."""

    @pytest.mark.parametrize("change", [
        "exchange.response.headers.set('X-Mine', '1')\nexchange.response.status = 404",
        "from twisted_tyk.message.headers import Headers\nexchange.response.headers = Headers()",
        "exchange.response.body = b'mine'",
        "await exchange.response.read()",
        "exchange.response = None",
        "from twisted_tyk.message.response import Response\n"
        "from twisted_tyk.message.body import Body\n"
        "exchange.response = Response(203, b'', exchange.response.headers, Body.of(b'mine'))",
    ])  # fmt: skip
    def test_what_came_is_sent(self, patched: Any, change: str) -> None:
        text = f"await self.replaced.process(exchange)\n{change}\nraise ValueError('oops')"
        running = patched(text, definition("one"), replaces="proxy")
        answer = running.get("/one/x")
        assert (answer.status, answer.body) == (200, b'{"message":"from upstream"}')
        assert (answer.headers.get("X-Mine"), len(running.upstream.requests)) == (None, 1)

    def test_also_on_the_way_back(self, patched: Any) -> None:
        text = "exchange.response.status = 404\nexchange.response.body = b'mine'\nraise SystemExit"
        running = patched(text, definition("one"), replaces="response", always=True)
        answer = running.get("/one/x")
        assert (answer.status, answer.body) == (200, b'{"message":"from upstream"}')

    @pytest.mark.parametrize("replaces", ["proxy", "response"])
    def test_one_that_is_gone_is_not_sent_in_part(
        self, patched: Any, events: Events, replaces: str
    ) -> None:
        """Nor is the upstream asked again: what it did is done."""
        call = "await self.replaced.process(exchange)\n" if replaces == "proxy" else ""
        text = f"{call}exchange.response.body = b'mine'\nraise ValueError('oops')"
        running = patched(text, definition("one"), replaces=replaces, always=True)

        def answer_slowly(request: Any) -> int:
            request.write(b"some of it")
            return NOT_DONE_YET

        running.upstream.answer = answer_slowly
        answer = running.get("/one/x")
        assert (answer.status, json.loads(answer.body)) == (500, {"error": "Internal Server Error"})
        assert len(running.upstream.requests) == 1
        assert [text for text in events.texts() if "can not be skipped" in text]
        shown = listed(running)["fix"]
        assert (shown["errors"], shown["skipped"], shown["running"]) == (1, 0, 0)


def begin(running: MemoryGateway) -> Any:
    """A request of which half of the body has come."""
    client = running.connect()
    running.send(client, b"POST /one/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nse")
    return client


def test_a_body_that_was_still_coming_is_still_there(patched: Any) -> None:
    running = patched("exchange.headers.set('X-Mine', '1')\nraise ValueError('oops')")
    client = begin(running)
    running.send(client, b"nt")
    assert running.upstream.requests[0].body == b"sent"


@pytest.mark.parametrize("change", [
    "from twisted_tyk.message.request import Request\nRequest(exchange).body = b'mine'",
    "exchange.body.stopProducing()",
])  # fmt: skip
def test_one_that_was_thrown_away_is_not_made_up(patched: Any, change: str, events: Events) -> None:
    running = patched(f"{change}\nraise ValueError('oops')")
    client = begin(running)
    running.send(client, b"nt")
    assert [answer.status for answer in client.answers] == [500]
    assert running.upstream.requests == []
    assert [text for text in events.texts() if "can not be skipped" in text]


def test_a_refusal_needs_no_body(patched: Any) -> None:
    limited = definition("one", allowed_ips=["10.0.0.1"])
    running = patched(
        """
        try:
            self.replaced.process(exchange)
        except Refusal:
            exchange.body.stopProducing()
        raise ValueError("oops")
        """,
        limited,
        replaces="IPWhiteListMiddleware",
    )
    client = begin(running)
    running.send(client, b"nt")
    assert [answer.status for answer in client.answers] == [403]


def test_so_is_a_refusal_s_request(patched: Any) -> None:
    """What the patch has changed since the built-in step has refused it is not told either."""
    running = patched(
        """
        try:
            self.replaced.process(exchange)
        finally:
            exchange.writer.headers.set("X-Reply", "patch")
            exchange.do_not_track = True
            raise ValueError("oops")
        """,
        {**ONE, "enable_ip_blacklisting": True, "blacklisted_ips": ["10.0.0.9"]},
        replaces="IPBlackListMiddleware",
    )
    answer = running.get("/one/x", X_Forwarded_For="10.0.0.9")
    assert (answer.status, answer.headers.get("X-Reply")) == (403, "hook")
    assert len(running.records.hits) == 1


def test_and_so_when_the_body_is_gone(patched: Any) -> None:
    running = patched(
        """
        try:
            self.replaced.process(exchange)
        finally:
            exchange.body.stopProducing()
            exchange.writer.headers.set("X-Reply", "patch")
            raise ValueError("oops")
        """,
        {**ONE, "allowed_ips": ["10.0.0.1"], "enable_ip_whitelisting": True},
        replaces="IPWhiteListMiddleware",
    )
    client = begin(running)
    running.send(client, b"nt")
    [answer] = client.answers
    assert (answer.status, answer.headers.get("X-Reply")) == (403, "hook")


@pytest.mark.parametrize("replaces", ["RateLimitForAPI", "proxy"])
@pytest.mark.parametrize("wrong", [
    "exchange.body = b'mine'",
    "exchange.headers = {'X-Mine': '1'}",
    "exchange.headers.raw = None",
    "exchange.url = '/one/patched'",
    "exchange.writer = exchange.notes = 1",
    "exchange.session = 'Ann'",
    "exchange.response = Reply(200, [], b'mine')",
])  # fmt: skip
def test_nor_does_stay_what_is_no_part_of_a_request(
    patched: Any, wrong: str, replaces: str
) -> None:
    running = patched(f"{wrong}\nraise ValueError('oops')", replaces=replaces)
    seen = ask(running)
    assert (seen["status"], seen["reply"], seen["X-Alias"]) == (200, "hook", "Ann")
    assert seen["asked"] == ("POST", "/there?hook=1", "gateway.test", b"sent")
    assert listed(running)["fix"]["running"] == 0
