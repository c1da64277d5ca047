"""Patches that are native plugins: a request function in the place of a step."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateways import MakeGateway
from patch_files import SETTINGS, listed, manifest, ready, reload
from plugin_library import compile_c

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


def test_one_that_fails_ends_the_request(patched: Any) -> None:
    running = patched("Fail")
    assert running.get("/one/x", X_Forwarded_For="10.0.0.1").status == 500
    assert listed(running)["fix"]["errors"] == 1


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
