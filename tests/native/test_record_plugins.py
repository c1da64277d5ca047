"""Native functions for the records of requests: compiled, loaded, and called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from struct import pack
from typing import Any

import pytest
from building import BuildPlugin
from gateways import Events, MakeGateway
from plugin_library import compile_c

from twisted_tyk.native import abi
from twisted_tyk.native.changes import read as read_changes
from twisted_tyk.native.record_editor import NativeEditor
from twisted_tyk.record.as_json import EditableRecord
from twisted_tyk.testing import MemoryGateway, definition


@pytest.fixture(scope="session")
def records_so(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).with_name("records.c")
    return compile_c(tmp_path_factory.mktemp("records") / "records.so", source)


@pytest.fixture
def running(gateway: MakeGateway, records_so: Path, tmp_path: Path) -> Callable[..., MemoryGateway]:
    """A gateway whose records go through a function of the plugin."""

    def make(name: str, **keys: Any) -> MemoryGateway:
        cache = tmp_path / "cache"
        plugin = {"enable": True, "plugin_path": str(records_so), "func_name": name}
        made = gateway(
            definition("one", analytics_plugin=plugin, **keys),
            settings={"plugin_cache_path": str(cache)},
        )
        assert made.get("/ready").status == 200, made.control("/ready").body
        return made

    return make


def recorded(gateway: MemoryGateway, count: int = 1) -> Any:
    """The last record, once there are so many."""
    while len(gateway.records.hits) < count:
        gateway.wait_for_plugins()
    return gateway.records.hits[-1]


def entry(gateway: MemoryGateway) -> Any:
    """What ``/tyk/plugins`` says of the only entry of the only plugin."""
    (plugin,) = json.loads(gateway.control("/tyk/plugins").body)
    (only,) = plugin["entries"]
    return {**only, "metrics": plugin["metrics"]}


def errors(events: Events) -> list[str]:
    return [text for text in events.texts() if text.startswith("GoPluginMiddleware:")]


def test_a_record_comes_back_changed(
    running: Callable[..., MemoryGateway], events: Events, records_so: Path
) -> None:
    gateway = running("Mask")
    assert gateway.get("/one/x?key=secret").status == 200
    hit = recorded(gateway)
    assert (hit.api_key, hit.tags, hit.path) == ("***", ("seen",), "/x")
    shown = entry(gateway)
    assert (shown["function"], shown["api_id"], shown["hook"]) == ("Mask", "one", "analytics")
    # Inline is for what somebody waits for.
    assert (shown["mode"], shown["calls"], shown["errors"]) == ("pool", 1, 0)
    assert shown["metrics"]["counters"] == {"masked": 1}
    (line,) = [str(e["line"]) for e in events.seen if e.get("log_namespace") == "plugin"]
    assert line.startswith(
        f'msg="masked" plugin="{records_so}" function="Mask" api="one" '
        'request="GET /one/x 127.0.0.1" bytes='
    )


@pytest.mark.parametrize("name", ["Echo", "Look"])
def test_a_record_that_comes_back_as_it_was_is_the_same(
    running: Callable[..., MemoryGateway], name: str
) -> None:
    gateway = running(name, tags=["a"])
    gateway.get("/one/%C3%A9", User_Agent="\u00e9")
    assert type(recorded(gateway)).__name__ == "Hit"
    assert entry(gateway)["errors"] == 0


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("Fail", "failed: no room"),
        ("Spoil", "asked for changes that cannot be made: alias: expected a string, found 7"),
        (
            "Meddle",
            "asked for changes that cannot be made: an analytics function can not make change 1",
        ),
    ],
)
def test_after_a_failure_the_record_is_as_it_was(
    running: Callable[..., MemoryGateway], events: Events, name: str, what: str
) -> None:
    gateway = running(name)
    gateway.get("/one/x")
    assert type(recorded(gateway)).__name__ == "Hit"
    (error,) = errors(events)
    assert error.endswith(f"{name} of API one {what}")
    shown = entry(gateway)
    assert (shown["errors"], shown["last_error"]["text"]) == (1, what)


def test_what_a_function_says_before_it_fails_is_told(
    running: Callable[..., MemoryGateway], events: Events
) -> None:
    gateway = running("Fail")
    gateway.get("/one/x")
    recorded(gateway)
    (line,) = [str(e["line"]) for e in events.seen if e.get("log_namespace") == "plugin"]
    assert line.startswith('msg="about to fail" plugin=')


def test_many_records_keep_their_order(running: Callable[..., MemoryGateway]) -> None:
    gateway = running("Mask")
    for number in range(50):
        gateway.get(f"/one/{number}")
    recorded(gateway, 50)
    assert [hit.path for hit in gateway.records.hits] == [f"/{number}" for number in range(50)]


def test_the_library_is_let_go_of_with_the_last_api_that_names_it(
    running: Callable[..., MemoryGateway],
) -> None:
    gateway = running("Mask")
    gateway.define(definition("one"))
    gateway.reload()
    gateway.wait_for_thread()
    (plugin,) = json.loads(gateway.control("/tyk/plugins").body)
    assert plugin["entries"] == []


def test_a_function_of_another_kind_is_refused(
    gateway: MakeGateway, records_so: Path, tmp_path: Path
) -> None:
    pre = [{"name": "Mask", "path": str(records_so)}]
    made = gateway(
        definition("one", pre=pre), settings={"plugin_cache_path": str(tmp_path / "cache")}
    )
    ready = made.control("/ready")
    assert ready.status == 503
    assert b"Mask is an analytics function, expected a request function" in ready.body


@pytest.fixture(scope="session")
def jobs_so(build_plugin: BuildPlugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(__file__).parents[1] / "build" / "plugins" / "jobs"
    return build_plugin(folder, tmp_path_factory.mktemp("jobs") / "jobs.so").file


def test_a_function_in_go_in_a_process_of_its_own(
    gateway: MakeGateway, jobs_so: Path, tmp_path: Path
) -> None:
    made = definition("one")
    made["custom_middleware"]["traffic_logs"] = {"name": "Hide", "path": str(jobs_so)}
    running = gateway(made, settings={"plugin_cache_path": str(tmp_path / "cache")})
    assert running.get("/one/x").status == 200
    hit = recorded(running)
    assert (hit.ip_address, hit.tags[-1], hit.path) == ("", "hidden", "/x")
    # What it sent back beside that is what it got.
    assert set(hit.changed) == {"ip_address", "tags"}
    shown = entry(running)
    assert (shown["mode"], shown["calls"], shown["errors"]) == ("process", 1, 0)


# Frames with lies in them, which no compiled plugin writes.


class Answering:
    """A library that answers at once."""

    def __init__(self, status: int, data: bytes) -> None:
        self.answer = (status, data, 0.5)

    def submit(self, function: int, frame: bytes, caller: Any) -> str:
        caller.said(abi.INFO, "a line", "{}")
        caller.over(*self.answer)
        return "call"


def changes(*items: tuple[int, int, bytes, bytes]) -> bytes:
    heads = b"".join(pack("=4I", kind, n, len(key), len(value)) for kind, n, key, value in items)
    texts = b"".join(key + value for *_, key, value in items)
    size = 16 + len(heads) + len(texts)
    data = pack("=4I", abi.CHANGES_MAGIC, size, len(items), 0) + heads + texts
    assert len(read_changes(data)) == len(items)
    return data


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"x", "1 bytes of changes are less than their head"),
        (changes((abi.METRIC, 0, b"m", b"1")), "a metric is a double of 8 bytes, not 1"),
        (changes((abi.METRIC, 0, b"\xff", b"12345678")), "'utf-8' codec can't decode"),
        (changes((abi.SET_RECORD, 0, b"", b"{")), "the record is not JSON: "),
        (changes((abi.SET_RECORD, 0, b"", b"[1]")), "the record is a list, not an object"),
        (changes((abi.SET_RECORD, 0, b"", b"[" * 10**5)), "the record is nested too deeply"),
        (changes((abi.SET_RECORD, 0, b"", b'{"alia":""}')), "the record has no member 'alia'"),
        (changes((abi.REPLY_WRITE, 0, b"", b"x")), "an analytics function can not make change 17"),
    ],
)
def test_what_a_function_gives_is_checked_before_it_is_used(
    gateway: MakeGateway, data: bytes, what: str
) -> None:
    said: list[Any] = []
    told: list[Any] = []
    running = gateway(definition("one"))
    running.get("/one/x")
    more = changes((abi.LOG, 1, b"", b"never said"), (abi.METRIC, 0, b"m", b"12345678"))
    for given in (data, more):
        library: Any = Answering(abi.OK, given)
        editor = NativeEditor(library, 0, lambda *a: said.append(a), lambda *a: said.append(a))
        editor.run(EditableRecord(running.records.hits[0]), lambda *over: told.append(over))
    (hit, error, seconds), (_, no_error, _) = told
    assert (hit, seconds, no_error) == (None, 0.5, "")
    assert error.startswith(f"asked for changes that cannot be made: {what}")
    line = (abi.INFO, "a line", "{}", running.records.hits[0].exchange)
    assert (said[:2], len(said)) == ([line, line], 4)


def test_a_change_of_a_later_version_is_passed_over(gateway: MakeGateway) -> None:
    told: list[Any] = []
    running = gateway(definition("one"))
    running.get("/one/x")
    data = changes((abi.ERROR + 1, 0, b"", b""), (abi.SET_RECORD, 0, b"", b'{"alias":"a"}'))
    library: Any = Answering(abi.OK, data)
    editor = NativeEditor(library, 0, lambda *_: None, lambda *_: None)
    editor.run(EditableRecord(running.records.hits[0]), lambda *over: told.append(over))
    assert told[0][0].alias == "a"


@pytest.mark.parametrize(
    ("status", "what"),
    [(abi.E_DIED, "was running in a process that died"), (-55, "returned -55")],
)
def test_a_process_that_died_is_told(gateway: MakeGateway, status: int, what: str) -> None:
    told: list[Any] = []
    running = gateway(definition("one"))
    running.get("/one/x")
    library: Any = Answering(status, b"")
    editor = NativeEditor(library, 0, lambda *_: None, lambda *_: None)
    editor.run(EditableRecord(running.records.hits[0]), lambda *over: told.append(over))
    assert told == [(None, what, 0.5)]
