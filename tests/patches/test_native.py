"""Patches that are native plugins: a request function in the place of a step."""

from __future__ import annotations

import gc
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from select import select
from typing import Any

import pytest
from gateways import Events, MakeGateway
from patch_files import SETTINGS, listed, manifest, ready, reload
from plugin_library import compile_c
from twisted.internet.defer import Deferred

from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
SOURCE = """
#include <tyk_hook.h>
static int32_t Pass(tyk_call *call) { (void)call; return TYK_OK; }
static int32_t Answer(tyk_call *call) { return tyk_reply_text(call, "from C"); }
static int32_t Fail(tyk_call *call) { return tyk_fail(call, "no room"); }
static int32_t Back(tyk_call *call) { return tyk_response_header_set(call, "X-Back", "C"); }
TYK_PLUGIN("patch", "1.0.0", (Pass, request, inline), (Answer, request, pool),
           (Fail, request, inline), (Back, response, pool));
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("patch")
    (folder / "patch.c").write_text(SOURCE)
    return compile_c(folder / "patch.so", folder / "patch.c").read_bytes()


@pytest.fixture
def patched(gateway: MakeGateway, tmp_path: Path, library: bytes) -> Any:
    def make(symbol: str, api: dict[str, Any] = ONE, **keys: Any) -> MemoryGateway:
        write(tmp_path, library, symbol=symbol, **keys)
        return gateway(api, settings=SETTINGS)

    return make


def write(tmp_path: Path, library: bytes, **keys: Any) -> None:
    folder = tmp_path / "patches" / "fix"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").write_text(json.dumps(manifest(path="patch.so", **keys)))
    (folder / "patch.so").write_bytes(library)


def test_it_may_let_everybody_pass(patched: Any) -> None:
    running = patched("Pass")
    assert running.get("/one/x").status == 200
    assert listed(running)["fix"]["apis"] == ["one"]
    assert listed(running)["fix"]["calls"] == 1


@pytest.mark.parametrize("mode", ["", "process"])
def test_it_may_answer(patched: Any, mode: str) -> None:
    answer = patched("Answer", mode=mode).get("/one/x")
    assert (answer.status, answer.body) == (200, b"from C")


def test_one_that_fails_ends_the_request(patched: Any, events: Events) -> None:
    """The log has the name of the patch, since many plugins are called ``patch.so``."""
    running = patched("Fail")
    assert running.get("/one/x", X_Forwarded_For="10.0.0.1").status == 500
    assert listed(running)["fix"]["errors"] == 1
    assert [text for text in events.texts() if ":fix/patch.so:Fail of API one " in text]


def test_with_skip_the_built_in_step_decides(patched: Any) -> None:
    running = patched("Fail", on_error="skip")
    assert running.get("/one/x", X_Forwarded_For="10.0.0.1").status == 200
    assert running.get("/one/x").status == 403
    shown = listed(running)["fix"]
    assert (shown["calls"], shown["errors"], shown["skipped"]) == (2, 2, 2)


def test_it_may_stand_on_the_way_back(patched: Any) -> None:
    running = patched("Back", definition("one"), replaces="response", always=True)
    answer = running.get("/one/x")
    assert (answer.status, answer.headers.get("X-Back")) == (200, "C")


def test_it_may_answer_in_place_of_the_upstream(patched: Any) -> None:
    running = patched("Answer", definition("one"), replaces="proxy")
    assert running.get("/one/x").body == b"from C"
    assert running.upstream.requests == []


def test_one_that_does_not_is_a_failure_there(patched: Any) -> None:
    running = patched("Pass", definition("one"), replaces="proxy")
    assert running.get("/one/x").status == 500


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"symbol": "Nothing"}, "there is no function 'Nothing' in it"),
        ({"symbol": "Back"}, "Back is a response function, expected a request function"),
        ({"symbol": "Pass", "replaces": "response"}, "expected a response function"),
    ],
)
def test_a_function_that_will_not_do(patched: Any, keys: dict[str, Any], reason: str) -> None:
    running = patched(**keys)
    assert running.get("/one/x").status == 403
    assert reason in ready(running)[1]


def test_a_file_that_is_no_library(gateway: MakeGateway, tmp_path: Path, library: bytes) -> None:
    write(tmp_path, library, symbol="Pass")
    running = gateway(ONE, settings=SETTINGS)
    assert running.get("/one/x").status == 200
    write(tmp_path, b"no library", symbol="Pass", version="1.1")
    assert "; fix 1.0 goes on" in reload(running)
    assert running.get("/one/x").status == 200
    assert listed(running)["fix"]["state"] == "kept"


LIVES = """
#include <stdio.h>
#include <tyk_hook.h>
static void tell(const char *what) {
    FILE *told = fopen(TOLD, "a");
    if (told != NULL) { fprintf(told, "%s %s\\n", VERSION, what); fclose(told); }
}
static int32_t begin(tyk_text config) { (void)config; tell("begun"); return BEGINS; }
static void end(uint32_t milliseconds) { (void)milliseconds; tell("ended"); }
static int32_t Tell(tyk_call *call) { return tyk_reply_text(call, VERSION); }
TYK_PLUGIN_WITH("lives", "1.0.0", begin, end, (Tell, request, MODE));
"""


def until(running: MemoryGateway, done: Deferred[Any]) -> None:
    """Wait for what processes and threads do in real time, in which the gateway's goes on."""
    latest = time.monotonic() + 10
    while not done.called and time.monotonic() < latest:
        if select(list(running.reactor.readers), [], [], 0.01)[0]:
            running.wait_for_plugins()
        running.advance(0.01)
    assert done.called


class TestLives:
    """Of the library that a patch is in: it is begun before it gets a request, and ended after
    the last.
    """

    @pytest.fixture(params=["pool", "inline", "process"])
    def mode(self, request: pytest.FixtureRequest) -> str:
        found: str = request.param
        return found

    @pytest.fixture
    def lay(self, mode: str, tmp_path: Path) -> Callable[..., None]:
        """Lays a version of the patch."""
        (tmp_path / "lives.c").write_text(LIVES)

        def lay(version: str, begins: str = "TYK_OK", **keys: Any) -> None:
            flags = {"TOLD": f'"{tmp_path / "told"}"', "VERSION": f'"{version}"'}
            flags |= {"BEGINS": begins, "MODE": mode}
            made = compile_c(
                tmp_path / f"{version}.so",
                tmp_path / "lives.c",
                flags=[f"-D{name}={value}" for name, value in flags.items()],
            )
            write(tmp_path, made.read_bytes(), symbol="Tell", version=version, **keys)

        return lay

    def told(self, tmp_path: Path) -> list[str]:
        return (tmp_path / "told").read_text().splitlines()

    def until_ended(self, running: MemoryGateway) -> None:
        """Let go of what only the tests hold, and wait for the library that is not needed."""
        running.records.hits.clear()
        gc.collect()
        while not running.reactor.from_threads.empty():
            running.reactor.from_threads.get()()
        running.advance(3)
        closing = running.service.plugins.libraries.unloaded()
        if closing is not None:
            until(running, closing)

    def test_one_version_after_the_other(
        self, gateway: MakeGateway, tmp_path: Path, lay: Callable[..., None]
    ) -> None:
        lay("1.0")
        running = gateway(ONE, settings=SETTINGS)
        assert running.get("/one/x").body == b"1.0"
        assert self.told(tmp_path) == ["1.0 begun"]
        lay("1.1")
        assert (reload(running), running.get("/one/x").body) == ("", b"1.1")
        self.until_ended(running)
        assert self.told(tmp_path) == ["1.0 begun", "1.1 begun", "1.0 ended"]
        shutil.rmtree(tmp_path / "patches" / "fix")
        assert (reload(running), running.get("/one/x").status) == ("", 403)
        self.until_ended(running)
        assert self.told(tmp_path)[3:] == ["1.1 ended"]

    def test_it_ends_with_the_gateway(
        self, gateway: MakeGateway, tmp_path: Path, lay: Callable[..., None]
    ) -> None:
        lay("1.0")
        running = gateway(ONE, settings=SETTINGS)
        assert running.get("/one/x").body == b"1.0"
        until(running, running.stop())
        assert self.told(tmp_path) == ["1.0 begun", "1.0 ended"]

    def test_one_that_can_not_begin_keeps_the_old_one(
        self, gateway: MakeGateway, tmp_path: Path, lay: Callable[..., None]
    ) -> None:
        lay("1.0")
        running = gateway(ONE, settings=SETTINGS)
        assert running.get("/one/x").body == b"1.0"
        lay("1.1", "TYK_E_FAILED")
        assert "patch fix 1.1 is not used: fix/patch.so: " in reload(running)
        assert running.get("/one/x").body == b"1.0"
        self.until_ended(running)
        assert ready(running)[0] == 200
        assert "initialisation failed" in listed(running)["fix"]["unmade"]["one"]
        assert "1.0 ended" not in self.told(tmp_path)

    @pytest.mark.parametrize("on_error", ["fail", "skip"])
    def test_with_none_before_nobody_passes_whom_the_built_in_step_would_not_let_in(
        self,
        gateway: MakeGateway,
        tmp_path: Path,
        lay: Callable[..., None],
        on_error: str,
        mode: str,
    ) -> None:
        lay("1.0", "TYK_E_FAILED", on_error=on_error)
        running = gateway(ONE, settings=SETTINGS)
        stands = listed(running)["fix"]["apis"] == ["one"]
        assert stands == (mode == "process"), "it was loaded before anybody knew"
        statuses = [
            running.get("/one/x", X_Forwarded_For=address).status
            for address in ("10.0.0.1", "10.0.0.9")
        ]
        assert statuses == ([500, 500] if stands and on_error == "fail" else [200, 403])
        assert "initialisation failed" in ready(running)[1]
