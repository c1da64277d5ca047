"""A Go plugin that does the jobs people write plugins for, built and called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from building import BuildPlugin
from plugin_library import Frame, Gave, PluginLibrary, section

from twisted_tyk._version import __version__
from twisted_tyk.build.contract import Built
from twisted_tyk.native import abi

JOBS = Path(__file__).parent / "plugins" / "jobs"
SESSION = {"org_id": "default", "meta_data": {"tyk_developer_id": "dev-1"}}


@pytest.fixture(scope="session")
def built(build_plugin: BuildPlugin, tmp_path_factory: pytest.TempPathFactory) -> Built:
    return build_plugin(JOBS, tmp_path_factory.mktemp("jobs") / "jobs.so")


@pytest.fixture(scope="session")
def loaded(built: Built) -> Iterator[PluginLibrary]:
    library = PluginLibrary(built.file)
    assert library.init() == abi.OK
    yield library
    library.shutdown()


def asking(target: str = "/one", session: object = None, **fields: str) -> Frame:
    slices = {abi.METHOD: b"GET", abi.TARGET: target.encode(), abi.HOST: b"gateway.test"}
    if session is not None:
        slices[abi.SESSION] = json.dumps(session).encode()
    pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
    return Frame(slices, pairs, flags=0 if session is None else abi.FLAG_SESSION)


def done(gave: Gave, kind: int) -> list[tuple[str, str]]:
    assert gave.status == abi.OK, gave
    return [(change.key.decode(), change.value.decode()) for change in gave.of(kind)]


def statuses(gave: Gave) -> list[int]:
    return [change.number for change in gave.of(abi.REPLY_STATUS)]


def test_the_manifest_tells_what_each_function_needs(built: Built) -> None:
    said = {each.name: (each.kind, set(each.needs)) for each in built.manifest.functions.values()}
    assert said == {
        "Admit": ("request", {"session"}),
        "AdmitAsBefore": ("request", {"session"}),
        "CountHits": ("request", {"session"}),
        "Developer": ("request", {"session"}),
        "Hide": ("analytics", set()),
        "MarkRequest": ("request", set()),
        "NameAPI": ("request", {"definition"}),
        "Panic": ("request", set()),
        "ReplaceBody": ("response", set()),
        "TellTime": ("request", set()),
    }
    assert (built.manifest.language, built.manifest.name) == ("go", "jobs")
    assert built.manifest.toolchain.startswith("go1.")
    assert built.manifest.sdk == __version__
    assert built.warnings == ()


def test_it_stands_in_the_file_as_the_library_tells_it(built: Built, loaded: PluginLibrary) -> None:
    assert section(built.file) == built.manifest.text
    assert loaded.manifest == built.manifest


def test_a_request_is_marked_and_a_line_logged(loaded: PluginLibrary) -> None:
    gave = loaded.call("MarkRequest", asking("/here"))
    assert done(gave, abi.HEADER_ADD) + done(gave, abi.HEADER_SET) == [("Marked", "yes")]
    level, text, fields = loaded.told.lines[-1]
    assert (level, text) == (abi.INFO, "marking a request")
    assert json.loads(fields)["path"] == "/here"


def test_the_time_is_told_to_who_asks(loaded: PluginLibrary) -> None:
    assert loaded.call("TellTime", asking("/?else=1")).changes == []
    gave = loaded.call("TellTime", asking("/?time=1"))
    assert statuses(gave) == [200]
    assert ("Content-Type", "application/json") in done(gave, abi.REPLY_HEADER_SET)
    assert list(json.loads(gave.written())) == ["now"]


def test_the_right_key_gets_a_session_that_is_stored(loaded: PluginLibrary) -> None:
    gave = loaded.call("Admit", asking(Authorization="sesame"))
    (change,) = gave.of(abi.SET_SESSION)
    assert change.number == 1
    assert json.loads(change.value)["alias"] == "the-one"


def test_another_key_is_forbidden(loaded: PluginLibrary) -> None:
    gave = loaded.call("Admit", asking(Authorization="hum"))
    assert (statuses(gave), gave.written(), gave.of(abi.SET_SESSION)) == ([403], b"", [])


def test_sources_for_older_versions_hand_over_the_key(loaded: PluginLibrary) -> None:
    (change,) = loaded.call("AdmitAsBefore", asking(Authorization="k")).of(abi.SET_SESSION)
    assert (change.key, change.number) == (b"k", 1)


def test_what_the_session_says(loaded: PluginLibrary) -> None:
    gave = loaded.call("Developer", asking(session=SESSION))
    assert done(gave, abi.HEADER_SET) + done(gave, abi.HEADER_ADD) == [("Developer", "dev-1")]
    assert loaded.call("Developer", asking()).changes == []


def test_hits_are_counted_from_call_to_call(loaded: PluginLibrary) -> None:
    replies = [json.loads(loaded.call("CountHits", asking("/counted")).written()) for _ in "ab"]
    assert replies == [{"session": None, "hits": 1}, {"session": None, "hits": 2}]


def test_every_init_function_has_run(loaded: PluginLibrary) -> None:
    gave = loaded.call("CountHits", asking("/counted-before", session=SESSION))
    reply = json.loads(gave.written())
    assert reply["hits"] == 42
    assert reply["session"]["org_id"] == "default"


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        (b"classic", {"name": "the API", "api_id": "one"}),
        (b"oas", {"openapi": "3.0.3", "info": {"title": "the API", "version": "1"}, "paths": {}}),
    ],
)
def test_the_definition_names_the_api(loaded: PluginLibrary, kind: bytes, document: object) -> None:
    assert loaded.control(abi.DEFINE, b"key", kind, json.dumps(document).encode()) == abi.OK
    frame = Frame({abi.METHOD: b"GET", abi.TARGET: b"/", abi.API: b"key"})
    gave = loaded.call("NameAPI", frame)
    loaded.control(abi.FORGET, b"key")
    assert done(gave, abi.HEADER_SET) + done(gave, abi.HEADER_ADD) == [("Api", "the API")]


def test_a_response_is_changed(loaded: PluginLibrary) -> None:
    frame = Frame({abi.METHOD: b"GET", abi.TARGET: b"/"}, status=200)
    gave = loaded.call("ReplaceBody", frame)
    added = done(gave, abi.RESPONSE_HEADER_ADD) + done(gave, abi.RESPONSE_HEADER_SET)
    assert ("Replaced", "yes") in added
    assert done(gave, abi.RESPONSE_BODY) == [("", '{"message":"from the plugin"}')]


def test_a_record_is_changed(loaded: PluginLibrary) -> None:
    record = {"ip_address": "192.0.2.1", "path": "/x", "tags": []}
    frame = Frame({abi.RECORD: json.dumps(record).encode()}, flags=abi.FLAG_RECORD)
    ((_, text),) = done(loaded.call("Hide", frame), abi.SET_RECORD)
    changed = json.loads(text)
    assert (changed["ip_address"], changed["path"], changed["tags"]) == ("", "/x", ["hidden"])


def test_a_stack_names_the_user_s_file_and_line(loaded: PluginLibrary) -> None:
    gave = loaded.call("Panic", asking())
    assert gave.status == abi.E_PANIC
    (error,) = gave.of(abi.ERROR)
    lines = (JOBS / "broken.go").read_text().splitlines()
    line = 1 + next(number for number, text in enumerate(lines) if "nothing.Method" in text)
    assert f"broken.go:{line}" in error.value.decode()
