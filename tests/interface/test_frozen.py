"""Plugins that were built with an earlier version of the interface's header go on working.

The header of each minor version is kept in the folder ``frozen`` as it was released.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cffi
import pytest
from gateways import Events, MakeGateway
from header_plugins import HERE, MODES, api, built
from plugin_library import SDK

from twisted_tyk.native import abi
from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.testing import MemoryGateway

CURRENT = (SDK / "c" / "tyk_plugin.h").read_text(encoding="utf-8")
FROZEN = {
    tuple(map(int, file.stem.split("_")[2:])): file
    for file in sorted((HERE / "frozen").glob("tyk_plugin_*_*.h"))
}
#: Those whose plugins this gateway loads.
LOADED = [version for version in FROZEN if version[0] == ABI_MAJOR and version[1] <= ABI_MINOR]
#: May grow, at their ends: they are the host's, and say their size.
GROW = {"tyk_host"}


def interface(text: str) -> str:
    """Declarations alone, without remarks."""
    inside = text.partition("/* <interface> */")[2].partition("/* </interface> */")[0]
    exports = re.findall(r"^TYK_EXPORT ([^;]+;)", text, re.MULTILINE)
    return re.sub(r"/\*.*?\*/", "", inside, flags=re.DOTALL) + "".join(exports)


def parsed(text: str) -> cffi.FFI:
    ffi = cffi.FFI()
    ffi.cdef(interface(text))
    return ffi


def layout(ffi: cffi.FFI, name: str) -> list[tuple[str, int, str]]:
    """Members, where they begin and what they are."""
    members = ffi.typeof(name).fields
    return [(member, at.offset, at.type.cname) for member, at in members]


def test_the_header_of_every_minor_version_is_kept() -> None:
    """Whoever raises the minor version copies the header that was released before."""
    assert {(ABI_MAJOR, minor) for minor in range(ABI_MINOR)} <= set(FROZEN)


def test_a_version_does_not_change_once_it_is_kept() -> None:
    if (ABI_MAJOR, ABI_MINOR) in FROZEN:
        kept = FROZEN[ABI_MAJOR, ABI_MINOR].read_text(encoding="utf-8")
        assert interface(CURRENT).split() == interface(kept).split()


@pytest.mark.parametrize("version", LOADED)
def test_a_minor_version_only_appends(version: tuple[int, int]) -> None:
    kept = FROZEN[version].read_text(encoding="utf-8")
    old, new = parsed(kept), parsed(CURRENT)
    names = old.list_types()[0]
    assert "tyk_frame" in names
    for name in names:
        before, now = layout(old, name), layout(new, name)
        assert now[: len(before)] == before
        assert name in GROW or old.sizeof(name) == new.sizeof(name), name
    enums = set(re.findall(r"enum (tyk_\w+) \{", kept))
    assert enums
    for name in enums:
        before, now = (ffi.typeof(f"enum {name}").relements for ffi in (old, new))
        grown = {"TYK_SLICES"}
        assert {key: now[key] for key in before if key not in grown} == {
            key: number for key, number in before.items() if key not in grown
        }
    assert new.typeof("enum tyk_slice").relements["TYK_SLICES"] == abi.SLICES
    for exported in re.findall(r"^TYK_EXPORT ([^;]+;)", kept, re.MULTILINE):
        assert exported in CURRENT


@pytest.fixture(scope="module", params=LOADED, ids=str)
def frozen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("frozen"), FROZEN[request.param].read_text("utf-8"))


@pytest.mark.parametrize("mode", MODES)
def test_requests_and_replies(gateway: MakeGateway, frozen: Path, mode: str) -> None:
    running = gateway(api("one", mode, frozen, pre=["tell"]))
    got = running.request("POST", "/one/a?b=c", {"X-Value": "mine"}, b"a body")
    assert (got.status, got.headers.get("X-From")) == (201, "frozen")
    assert got.body == b"POST /one/a?b=c mine a body one@ 1"


@pytest.mark.parametrize("mode", MODES)
def test_changes_lines_and_metrics(
    gateway: MakeGateway, frozen: Path, events: Events, mode: str
) -> None:
    running = gateway(api("one", mode, frozen, pre=["change"]))
    assert running.request("POST", "/one/x", {"X-Secret": "s"}, b"a body").status == 200
    asked = running.upstream.requests[0]
    assert (asked.headers.get("X-Value"), asked.headers.get("X-Secret")) == ("set", None)
    assert asked.body == b"another body"
    assert any("changed" in text for text in events.texts())
    while "changed" not in (plugin := shown(running))["metrics"]["counters"]:
        running.wait_for_plugins()
    assert [entry["mode"] for entry in plugin["entries"]] == [mode]


def shown(running: MemoryGateway) -> dict[str, Any]:
    """What is told of the only plugin."""
    (plugin,) = json.loads(running.control("/tyk/plugins").body)
    return dict(plugin)


@pytest.mark.parametrize("mode", MODES)
def test_services(gateway: MakeGateway, frozen: Path, mode: str) -> None:
    """Inline calls must not wait, so they are refused there, now as before."""
    running = gateway(api("one", mode, frozen, pre=["ask"]))
    assert running.get("/one/x").status == 200
    kept = str(abi.E_REFUSED) if mode == "inline" else "kept"
    assert running.upstream.requests[0].headers.get("X-Kept") == kept


@pytest.mark.parametrize("mode", MODES)
def test_responses(gateway: MakeGateway, frozen: Path, mode: str) -> None:
    running = gateway(api("one", mode, frozen, response=["answer"]))
    got = running.get("/one/x")
    assert got.headers.get("X-Status") == "200"
    host, slices, size = (got.headers.get("X-Interface") or "").split()
    assert host == f"{ABI_MAJOR}.{ABI_MINOR}"
    assert all(int(number) > 0 for number in (*slices.split("/"), *size.split("/")))
