"""One reload after the other: what is kept, what takes over when, and what is told of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from plugin_library import compile_c
from twisted.internet.defer import CancelledError, Deferred

from twisted_tyk.reload import Report
from twisted_tyk.testing import MemoryGateway, definition

HOOK = 'def hook(rw, request):\n    request.headers.set("Version", "{}")\n'
PRE = [{"name": "hook", "path": "hook.py"}]


def verbose(gateway: MemoryGateway, query: str = "?verbose=1") -> dict[str, Any]:
    told: dict[str, Any] = json.loads(gateway.control(f"/tyk/reload{query}").body)
    return told


def version(gateway: MemoryGateway, target: str = "/one/x") -> str | None:
    assert gateway.get(target).status == 200
    return gateway.upstream.requests[-1].headers.get("Version")


def names(told: dict[str, Any]) -> dict[str, list[str]]:
    return {
        state: [api.get("api_id", api["file"]) for api in apis]
        for state, apis in told["apis"].items()
        if apis
    }


class TestWhatIsTold:
    def test_what_became_of_each_api(self, gateway: MakeGateway, tmp_path: Path) -> None:
        running = gateway(definition("a"), definition("b"), definition("c"), definition("d"))
        running.define(definition("b", tags=["new"]), definition("e"))
        (tmp_path / "apps" / "c.json").unlink()
        (tmp_path / "apps" / "d.json").write_text("{")
        (tmp_path / "apps" / "f.json").write_text("[")
        told = verbose(running)
        assert names(told) == {
            "added": ["e"],
            "changed": ["b"],
            "kept": ["a"],
            "refused": ["d", "f.json"],
            "removed": ["c"],
        }
        still, never = told["apis"]["refused"]
        assert (still["served"], never["served"]) == (True, False)
        assert "not JSON" in still["reasons"][0]
        assert told["apis"]["removed"][0]["listen_path"] == "/c/"

    def test_what_became_of_each_hook(self, gateway: MakeGateway, tmp_path: Path) -> None:
        for name in ("one", "two", "three"):
            (tmp_path / f"{name}.py").write_text(HOOK.format(name))
        pre = [{"name": "hook", "path": f"{name}.py"} for name in ("one", "two", "three")]
        running = gateway(definition("one", pre=pre))
        (tmp_path / "two.py").write_text(HOOK.format("changed"))
        (tmp_path / "four.py").write_text(HOOK.format("new"))
        running.define(definition("one", pre=[*pre[:2], {"name": "hook", "path": "four.py"}]))
        (api,) = verbose(running)["apis"]["changed"]
        assert {plugin["path"]: plugin["state"] for plugin in api["plugins"]} == {
            "one.py": "kept",
            "two.py": "changed",
            "four.py": "added",
            "three.py": "removed",
        }
        (digest,) = api["plugins"][0]["files"].values()
        assert len(digest) == 64

    def test_a_hook_that_does_not_load(self, gateway: MakeGateway, tmp_path: Path) -> None:
        (tmp_path / "hook.py").write_text(HOOK.format("1"))
        running = gateway(definition("one", pre=PRE))
        (tmp_path / "hook.py").write_text("def (")
        told = verbose(running)
        (api,) = told["apis"]["refused"]
        (plugin,) = api["plugins"]
        assert plugin["state"] == "refused"
        assert "hook.py:1" in plugin["problem"]
        assert api["served"]
        assert told["message"].endswith("; the last good version is kept")

    @pytest.mark.parametrize("query", ["", "?verbose=0", "?verbose=false", "?block=true"])
    def test_who_does_not_ask_is_told_what_tyk_tells(
        self, gateway: MakeGateway, query: str
    ) -> None:
        assert verbose(gateway(definition("one")), query) == {"status": "ok", "message": ""}


class TestWhatIsKept:
    def test_a_hook_that_turns_bad_and_good_again(
        self, gateway: MakeGateway, tmp_path: Path, events: Events
    ) -> None:
        hook = tmp_path / "hook.py"
        hook.write_text(HOOK.format("1"))
        running = gateway(definition("one", pre=PRE))
        hook.write_text("raise RuntimeError('broken')")
        verbose(running)
        assert version(running) == "1"
        assert running.get("/ready").status == 200
        assert any("broken" in text and "last good" in text for text in events.texts())
        hook.write_text(HOOK.format("2"))
        verbose(running)
        assert version(running) == "2"

    def test_a_definition_that_names_a_hook_that_is_not_there(
        self, gateway: MakeGateway, tmp_path: Path
    ) -> None:
        (tmp_path / "hook.py").write_text(HOOK.format("1"))
        running = gateway(definition("one", pre=PRE))
        running.define(definition("one", pre=[*PRE, {"name": "hook", "path": "gone.py"}]))
        assert names(verbose(running)) == {"refused": ["one"]}
        assert version(running) == "1"

    def test_a_path_that_the_last_good_version_holds(
        self, gateway: MakeGateway, tmp_path: Path
    ) -> None:
        (tmp_path / "hook.py").write_text(HOOK.format("1"))
        running = gateway(definition("one", pre=PRE, proxy={"listen_path": "/old/"}))
        gone = [{"name": "hook", "path": "gone.py"}]
        running.define(
            definition("one", pre=gone, proxy={"listen_path": "/new/"}),
            definition("two", proxy={"listen_path": "/old/"}),
        )
        told = verbose(running)
        assert version(running, "/old/x") == "1"
        assert names(told) == {"refused": ["one", "two"]}
        assert "held by the last good version of API one" in told["message"]
        (tmp_path / "gone.py").write_text(HOOK.format("2"))
        verbose(running)
        assert running.get("/new/x").status == 200
        assert version(running, "/old/x") is None, "it is the other API's by now"


class TestOneAtATime:
    def test_those_that_are_asked_for_meanwhile_are_one(
        self, gateway: MakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "hook.py").write_text(HOOK.format("1"))
        running = gateway(definition("one", pre=PRE))
        reloader = running.service.reloader
        slow: list[Deferred[Any]] = []
        patches = reloader._sources.patches

        def load() -> Deferred[Any]:
            slow.append(Deferred())
            return slow[-1]

        monkeypatch.setattr(patches, "load", load)
        done: list[str] = []
        for name in "abc":
            reloader.reload().addCallback(lambda _, name=name: done.append(name))
        assert (len(slow), done) == (1, [])
        slow[0].callback(patches.report)
        assert (len(slow), done) == (2, ["a"])
        # What is changed before a reload is asked for counts when it is over.
        (tmp_path / "hook.py").write_text(HOOK.format("2"))
        reloader.reload().addCallback(lambda _: done.append("d"))
        slow[1].callback(patches.report)
        slow[2].callback(patches.report)
        assert done == ["a", "b", "c", "d"]
        assert version(running) == "2"
        assert not reloader.busy

    def test_a_gateway_that_stops_swaps_no_more(
        self, gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        running = gateway(definition("one"))
        reloader = running.service.reloader
        monkeypatch.setattr(reloader._sources.patches, "load", Deferred)
        failed: list[Any] = []
        before = running.service.root.table
        reloader.reload().addErrback(failed.append)
        reloader.reload().addErrback(failed.append)
        running.stop()
        assert [why.check(CancelledError) for why in failed] == [CancelledError] * 2
        assert running.service.root.table is before

    def test_who_waits_for_it_then_is_told_so(
        self, gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        running = gateway(definition("one"))
        monkeypatch.setattr(running.service.reloader._sources.patches, "load", Deferred)
        client = running.connect()
        line = b"GET /tyk/reload HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n\r\n"
        running.send(client, line)
        running.service.reloader.stop()
        running.settle()
        [answer] = client.answers
        assert (answer.status, json.loads(answer.body)["message"]) == (
            503,
            "Gateway is shutting down",
        )

    def test_who_leaves_does_not_stop_it(
        self, gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        running = gateway(definition("one"))
        reloader = running.service.reloader
        slow: Deferred[Any] = Deferred()
        monkeypatch.setattr(reloader._sources.patches, "load", lambda: slow)
        running.define(definition("two"))
        asked: Deferred[Report] = reloader.reload()
        asked.addErrback(lambda _: None).cancel()
        slow.callback(reloader._sources.patches.report)
        assert running.get("/two/x").status == 200


PLUGIN = """\
#include <tyk_hook.h>
static int32_t Begin(tyk_text config) { (void)config; return BEGINS; }
static int32_t Mark(tyk_call *call) { return tyk_reply_text(call, NAME); }
TYK_PLUGIN_WITH(NAME, "1.0.0", Begin, NULL, (Mark, request, process));
"""


class TestProcesses:
    """Code in processes of its own is loaded there before it takes over."""

    @pytest.fixture
    def builds(self, tmp_path: Path) -> dict[str, bytes]:
        made = {}
        for name, begins in (("old", "TYK_OK"), ("new", "TYK_OK"), ("bad", "TYK_E_FAILED")):
            source, output = tmp_path / f"{name}.c", tmp_path / f"{name}.so"
            source.write_text(PLUGIN)
            flags = [f'-DNAME="{name}"', f"-DBEGINS={begins}"]
            made[name] = compile_c(output, source, flags=flags).read_bytes()
        return made

    def test_it_takes_over_when_it_is_loaded(
        self, gateway: MakeGateway, tmp_path: Path, builds: dict[str, bytes]
    ) -> None:
        plugin = tmp_path / "plugin.so"
        plugin.write_bytes(builds["old"])
        entry = {"name": "Mark", "path": "plugin.so", "mode": "process"}
        running = gateway(definition("one", pre=[entry]))
        assert running.get("/one/x").body == b"old"
        plugin.write_bytes(builds["new"])
        assert names(verbose(running)) == {"changed": ["one"]}
        assert running.get("/one/x").body == b"new"

        plugin.write_bytes(builds["bad"])
        told = verbose(running)
        assert names(told) == {"refused": ["one"]}
        assert "its initialisation failed" in told["message"]
        assert running.get("/one/x").body == b"new"
        while not running.reactor.from_threads.empty():
            running.wait_for_thread()
        assert running.control("/ready").status == 200

    def test_one_that_has_crashed_holds_no_definition_back(
        self, gateway: MakeGateway, tmp_path: Path
    ) -> None:
        """The one that is served so far has the same process, so it is no better off."""
        source, output = tmp_path / "crash.c", tmp_path / "plugin.so"
        source.write_text(
            "#include <stdlib.h>\n#include <tyk_hook.h>\n"
            "static int32_t Mark(tyk_call *call) { (void)call; abort(); }\n"
            'TYK_PLUGIN("crash", "1.0.0", (Mark, request, process));\n'
        )
        compile_c(output, source)
        entry = {"name": "Mark", "path": "plugin.so", "mode": "process", "on_error": "skip"}
        running = gateway(definition("one", pre=[entry]), definition("two"))
        for _ in range(3):
            assert running.get("/one/x").status == 200
        [plugin] = json.loads(running.control("/tyk/plugins").body)
        assert plugin["state"]["state"] == "backing off"
        running.define(definition("one", pre=[entry], proxy={"listen_path": "/moved/"}))
        assert names(verbose(running)) == {"changed": ["one"], "kept": ["two"]}
