"""A native plugin in a gateway: loaded, replaced under its name, and let go of."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway
from plugin_library import compile_c

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.native.find import versioned
from twisted_tyk.testing import MemoryGateway, definition

SOURCE = Path(__file__).with_name("generation.c")


@pytest.fixture(scope="session")
def generations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Two builds of one plugin."""
    folder = tmp_path_factory.mktemp("generations")
    return {
        number: compile_c(
            folder / f"{number}.so", SOURCE, flags=[f'-DGENERATION="{number}"']
        ).read_bytes()
        for number in "12"
    }


@pytest.fixture
def plugin(tmp_path: Path, generations: dict[str, bytes]) -> Path:
    """The file that definitions name."""
    file = tmp_path / "plugin.so"
    file.write_bytes(generations["1"])
    return file


def api(name: str = "tell", point: str = "pre", **more: Any) -> dict[str, Any]:
    entry = {"name": name, "path": "plugin.so", **more.pop("entry", {})}
    made = definition("api", **{point: [entry]}, **more)
    made["custom_middleware"]["driver"] = "goplugin"
    return made


def reload(gate: MemoryGateway) -> None:
    gate.control("/tyk/reload")
    run_from_threads(gate)


def run_from_threads(gate: MemoryGateway) -> None:
    while not gate.reactor.from_threads.empty():
        gate.reactor.from_threads.get()()


def until_unloaded(gate: MemoryGateway, left: int) -> None:
    """Wait until no more than so many libraries are loaded."""
    gate.records.hits.clear()  # they keep the exchanges, and those the APIs they went through
    run_from_threads(gate)
    gate.advance(3)
    loaded = gate.service.plugins.libraries
    while len(loaded.leased) + len(loaded._closing) > left:
        gate.wait_for_plugins()


def generation(gate: MemoryGateway) -> str | None:
    return gate.get("/api/").headers.get("X-Generation")


def libraries(gate: MemoryGateway) -> Any:
    return json.loads(gate.control("/tyk/plugins").body)


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("driver", ["goplugin", "native", "twisted", ""])
def test_a_library_is_loaded_whatever_the_driver_is_called(
    gateway: MakeGateway, driver: str
) -> None:
    one = api()
    one["custom_middleware"]["driver"] = driver
    assert generation(gateway(one)) == "1"


@pytest.mark.usefixtures("plugin")
def test_the_way_back(gateway: MakeGateway) -> None:
    assert gateway(api("back", "response")).get("/api/").status == 418


@pytest.mark.parametrize(
    ("name", "point", "told"),
    [
        ("gone", "pre", "plugin.so: there is no function 'gone' in it"),
        ("back", "pre", "plugin.so: back is a response function, expected a request function"),
        ("tell", "response", "plugin.so: tell is a request function, expected a response function"),
    ],
)
@pytest.mark.usefixtures("plugin")
def test_a_wrong_name_is_answered_500_and_said_why(
    gateway: MakeGateway, name: str, point: str, told: str
) -> None:
    gate = gateway(api(name, point), definition("good"))
    assert gate.get("/api/").status == 500
    assert gate.get("/good/").status == 200
    assert told.encode() in gate.control("/ready").body
    assert libraries(gate) == []


def test_another_build_under_the_same_name_is_there_after_a_reload(
    gateway: MakeGateway, plugin: Path, generations: dict[str, bytes]
) -> None:
    gate = gateway(api())
    before = libraries(gate)[0]
    plugin.write_bytes(generations["2"])  # over the one that is loaded
    assert generation(gate) == "1"
    reload(gate)
    assert generation(gate) == "2"
    until_unloaded(gate, 1)
    (after,) = libraries(gate)
    assert (before["version"], after["version"]) == ("1.0.0", "2.0.0")
    assert before["sha256"] != after["sha256"]


def test_each_of_two_files_with_the_same_content_can_change(
    gateway: MakeGateway, plugin: Path, generations: dict[str, bytes]
) -> None:
    """They share a library for as long as they are the same."""
    twin = plugin.with_name("twin.so")
    twin.write_bytes(generations["1"])
    other = {**api(entry={"path": "twin.so"}), "api_id": "other"}
    other["proxy"] = {**other["proxy"], "listen_path": "/other/"}
    gate = gateway(api(), other)
    assert len(libraries(gate)) == 1
    twin.write_bytes(generations["2"])
    reload(gate)
    assert generation(gate) == "1"
    assert gate.get("/other/").headers.get("X-Generation") == "2"
    plugin.write_bytes(generations["2"])
    twin.write_bytes(generations["1"])
    reload(gate)
    assert generation(gate) == "2"
    assert gate.get("/other/").headers.get("X-Generation") == "1"


def test_a_file_that_goes_before_the_one_that_was_found_is_taken_when_it_comes(
    gateway: MakeGateway, plugin: Path, generations: dict[str, bytes]
) -> None:
    versioned_name = plugin.with_name(versioned("plugin.so", TYK_VERSION))
    plugin.rename(versioned_name)
    gate = gateway(api())
    assert generation(gate) == "1"
    plugin.write_bytes(generations["2"])
    reload(gate)
    assert generation(gate) == "2"
    plugin.unlink()
    reload(gate)
    assert generation(gate) == "1"


def test_a_broken_build_is_refused_and_a_good_one_mends_it(
    gateway: MakeGateway, plugin: Path, generations: dict[str, bytes]
) -> None:
    gate = gateway(api())
    plugin.write_bytes(generations["2"][:1000])
    reload(gate)
    assert generation(gate) == "1", "the last good one goes on"
    ready = gate.control("/ready")
    assert ready.status == 200
    assert b"is a broken library" in ready.body
    plugin.write_bytes(generations["2"])
    reload(gate)
    assert generation(gate) == "2"
    assert gate.control("/ready").status == 200


def test_what_nobody_names_any_more_is_unloaded_a_little_later(
    gateway: MakeGateway, plugin: Path
) -> None:
    gate = gateway(api())
    gate.define(definition("api"))
    reload(gate)
    assert [library["entries"] for library in libraries(gate)] == [[]]
    until_unloaded(gate, 0)
    assert libraries(gate) == []
    gate.define(api())
    reload(gate)
    assert generation(gate) == "1"


@pytest.mark.usefixtures("plugin")
def test_a_library_is_one_for_all_that_name_it(gateway: MakeGateway, tmp_path: Path) -> None:
    (tmp_path / "same.so").symlink_to("plugin.so")
    other = api(entry={"path": "./same.so"})
    other["api_id"] = "other"
    other["proxy"]["listen_path"] = "/other/"
    gate = gateway(api(), other)
    (library,) = libraries(gate)
    assert [entry["api_id"] for entry in library["entries"]] == ["api", "other"]
    assert len(list(Path(f"/proc/{os.getpid()}/fd").iterdir())) > 0
    gate.get("/other/")
    assert [entry["calls"] for entry in libraries(gate)[0]["entries"]] == [0, 1]


@pytest.mark.usefixtures("plugin")
def test_a_definition_that_changed_is_the_one_that_is_seen(gateway: MakeGateway) -> None:
    gate = gateway(api("name_api", config_data={"n": 1}))
    assert json.loads(gate.get("/api/").body)["config_data"] == {"n": 1}
    gate.define(api("name_api", config_data={"n": 2}))
    reload(gate)
    assert json.loads(gate.get("/api/").body)["config_data"] == {"n": 2}


@pytest.mark.usefixtures("plugin")
def test_a_failure_is_told_with_what_the_function_says(
    gateway: MakeGateway, events: Events
) -> None:
    gate = gateway(api("bad"))
    answer = gate.get("/api/")
    assert (answer.status, b"not to be" in answer.body) == (500, False)
    assert any("failed: it was not to be" in text for text in events.texts())
    assert gate.upstream.requests == []
    assert libraries(gate)[0]["entries"][0]["last_error"]["text"].endswith("it was not to be")


@pytest.mark.usefixtures("plugin")
def test_a_failure_that_may_be_skipped(gateway: MakeGateway) -> None:
    gate = gateway(api("bad", entry={"on_error": "skip"}))
    assert gate.get("/api/").status == 200
    assert libraries(gate)[0]["entries"][0]["skipped"] == 1


@pytest.mark.usefixtures("plugin")
def test_a_gateway_that_ends_leaves_no_copy(gateway: MakeGateway, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    gate = gateway(api(), settings={"plugin_cache_path": str(copies)})
    assert [file.suffix for file in copies.iterdir()] == [".so"]
    gate.stop()
    until_unloaded(gate, 0)
    gate.advance(40)
    assert list(copies.iterdir()) == []


@pytest.mark.usefixtures("plugin")
def test_what_a_gateway_left_that_was_killed_is_swept_up(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    copies = tmp_path / "copies"
    copies.mkdir(mode=0o700)
    left = copies / f"{'0' * 64}.so"
    left.write_bytes(b"old")
    gateway(api(), settings={"plugin_cache_path": str(copies)})
    assert not left.exists()


def resources() -> tuple[int, int, int]:
    """Pages of memory, descriptors and threads of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    count = [len(list(Path(f"/proc/self/{kind}").iterdir())) for kind in ("fd", "task")]
    return pages, count[0], count[1]


def nothing_stays(rounds: int, once: Callable[[int], object]) -> None:
    """What is done again and again leaves nothing behind, when it has been done for a while.

    Threads that are about to end get the time for it. Memory comes in steps, whatever for: what
    leaks makes it grow in each quarter of the time.
    """
    for number in range(rounds // 5):
        once(number)
    before = resources()
    pages = [before[0]]
    for quarter in range(4):
        for number in range(rounds // 5):
            once(rounds * (quarter + 1) // 5 + number)
        pages.append(resources()[0])
    for _ in range(100):
        _, descriptors, threads = resources()
        if descriptors <= before[1] and threads <= before[2]:
            break
        time.sleep(0.05)
    assert (descriptors <= before[1], threads <= before[2]) == (True, True)
    assert min(later - sooner for sooner, later in pairwise(pages)) < 100, pages  # 400 KiB


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize("mode", ["inline", "pool", "process"])
def test_reloads_leave_nothing_behind(gateway: MakeGateway, mode: str) -> None:
    reloads = int(os.environ.get("TYK_TEST_RELOADS", "600"))
    gate = gateway(api("name_api", entry={"mode": mode}, config_data={"n": 0}))

    def once(number: int) -> None:
        gate.define(api("name_api", entry={"mode": mode}, config_data={"n": number}))
        # Not by a request: the connections that this test has opened take memory of their own.
        gate.reload()
        run_from_threads(gate)

    nothing_stays(reloads, once)
    (library,) = libraries(gate)
    assert len(library["entries"]) == 1


def test_builds_that_follow_each_other_leave_nothing_behind(
    gateway: MakeGateway, plugin: Path, generations: dict[str, bytes]
) -> None:
    gate = gateway(api())

    def once(number: int) -> None:
        plugin.write_bytes(generations["12"[number % 2]])
        reload(gate)
        until_unloaded(gate, 1)

    nothing_stays(300, once)
    assert len(libraries(gate)) == 1
