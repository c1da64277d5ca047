"""Definitions that name bundles: what clients and operators see of them, from start to reload."""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from bundle_files import HOOK, bundle_of, folder_of, made
from gateways import Events, MakeGateway

from twisted_tyk.testing import MemoryGateway, definition

NAME = "hooks.zip"


@pytest.fixture
def server(tmp_path: Path) -> Path:
    """The folder that bundles are brought from."""
    folder = tmp_path / "server"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(server: Path) -> dict[str, Any]:
    return {"enable_bundle_downloader": True, "bundle_base_url": f"file://{server}"}


def with_bundle(api_id: str = "one", name: str = NAME, **more: Any) -> dict[str, Any]:
    return definition(api_id, custom_middleware_bundle=name, **more)


def publish(tmp_path: Path, server: Path, value: str, **manifest: Any) -> None:
    """A new version under the same name."""
    made(tmp_path / f"source-{value}", server / NAME, value, **manifest)


def arrive(running: MemoryGateway) -> None:
    """Let a reload that is under way come to its end."""
    while running.service.reloader.busy:
        running.wait_for_thread()
    while running.service.tasks():
        running.wait_for_thread()


def reload(running: MemoryGateway) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(running.control("/tyk/reload?verbose=1").body)
    arrive(running)
    return told


def added(running: MemoryGateway, target: str = "/one/x") -> str | None:
    """What the upstream sees of the bundle's hook."""
    assert running.get(target).status == 200
    return running.upstream.requests[-1].headers.get("X-Bundle")


def ready(running: MemoryGateway) -> tuple[int, str]:
    answer = running.control("/ready")
    apis = json.loads(answer.body)["details"].get("apis", {})
    return answer.status, apis.get("output", "")


def test_a_bundle_is_there_when_it_has_come(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path, events: Events
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), definition("two"), settings=settings)
    assert running.get("/two/x").status == 200, "others do not wait"
    arrive(running)
    assert added(running) == "1"
    assert ready(running) == (200, "")
    said = {str(event["log_level"].name) for event in events.seen}
    assert "error" not in said, "nothing was wrong"
    assert "API one waits: bundle hooks.zip: it has not been fetched yet" in events.texts()


def test_until_then_its_api_is_not_served_and_ready_tells(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    running = gateway(with_bundle(), settings=settings)
    for _ in range(2):
        assert running.get("/one/x").status == 404
        status, output = ready(running)
        assert status == 503
        assert NAME in output
        while running.service.reloader.busy:
            if running.service.tasks():
                running.wait_for_thread()
            else:
                running.advance(10)


def test_one_that_could_not_be_had_is_asked_for_again(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    """A server that was away while gateways started is not the end of them."""
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    assert ready(running)[0] == 503
    for _ in range(2):
        running.advance(60)
        arrive(running)
        assert ready(running)[0] == 503
    publish(tmp_path, server, "1")
    running.advance(59)
    assert not running.service.reloader.busy
    running.advance(1)
    arrive(running)
    assert added(running) == "1"
    assert ready(running) == (200, "")
    running.advance(600)
    assert not running.service.reloader.busy, "that was all"


def test_one_that_is_not_to_be_fetched_is_not_asked_for_again(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    running = gateway(with_bundle(), settings={**settings, "enable_bundle_downloader": False})
    assert ready(running)[0] == 503
    reload(running)
    running.advance(60)
    assert not running.service.reloader.busy


def test_a_new_version_under_the_same_name_counts_after_a_reload(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    publish(tmp_path, server, "2")
    assert added(running) == "1"
    told = reload(running)
    assert added(running) == "2"
    (changed,) = told["apis"]["changed"]
    assert list(changed["bundles"]) == [NAME]
    (plugin,) = changed["plugins"]
    assert (plugin["state"], plugin["path"]) == ("changed", f"{NAME}/add.py")


def test_one_that_did_not_change_keeps_the_state_of_its_hooks(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    before = running.service.root.table.apis
    told = reload(running)
    assert running.service.root.table.apis == before
    assert [api["api_id"] for api in told["apis"]["kept"]] == ["one"]


@pytest.mark.parametrize("damage", ["gone", "garbage", "checksum"])
def test_one_that_can_not_be_had_any_more_goes_on_as_it_was(
    gateway: MakeGateway,
    settings: dict[str, Any],
    server: Path,
    tmp_path: Path,
    damage: str,
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    if damage == "gone":
        (server / NAME).unlink()
    elif damage == "garbage":
        (server / NAME).write_bytes(b"PK\x03\x04 half of it")
    else:
        with ZipFile(server / NAME) as bundle:
            members = {name: bundle.read(name) for name in bundle.namelist()}
        with ZipFile(server / NAME, "w") as bundle:
            for name, content in members.items():
                bundle.writestr(name, content.replace(b"X-Bundle", b"X-Bungle"))
    told = reload(running)
    assert added(running) == "1"
    assert NAME in told["message"]
    assert "last good" in told["message"]
    assert ready(running) == (200, told["message"]), "it warns"


def test_a_hook_that_does_not_load_leaves_the_last_good_version(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    source = folder_of(tmp_path / "broken", {"add.py": "def ("})
    bundle_of(source, server / NAME)
    told = reload(running)
    assert added(running) == "1"
    (refused,) = told["apis"]["refused"]
    assert refused["served"]
    assert "last good" in told["message"]
    (plugin,) = refused["plugins"]
    assert plugin["state"] == "refused"
    assert "SyntaxError" in plugin["problem"]


def test_so_does_the_next_start(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    bundle_of(folder_of(tmp_path / "broken", {"add.py": "def ("}), server / NAME)
    reload(running)
    running.stop()
    running.advance(40)
    second = gateway(with_bundle(), settings=settings)
    assert added(second) == "1"
    arrive(second)
    assert added(second) == "1"
    status, output = ready(second)
    assert (status, "SyntaxError" in output) == (200, True)


def test_one_that_some_api_can_not_use_is_not_the_one_of_the_next_start(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    hook = {"name": "Add", "path": "add.py"}
    auth = {"driver": "twisted", "pre": [hook], "auth_check": hook}
    made(tmp_path / "b", server / "b.zip", "b", custom_middleware=auth)
    publish(tmp_path, server, "1")
    two = with_bundle("two", f"{NAME},b.zip", enable_coprocess_auth=True, use_keyless=False)
    running = gateway(with_bundle(), two, settings=settings)
    arrive(running)
    publish(tmp_path, server, "2", custom_middleware=auth)
    told = reload(running)
    assert names_of(told) == {"changed": ["one"], "refused": ["two"]}
    assert told["apis"]["refused"][0]["served"]
    running.stop()
    running.advance(40)
    second = gateway(with_bundle(), two, settings=settings)
    assert {api.api_id for api in second.service.root.table.apis} == {"one", "two"}
    arrive(second)
    assert {api.api_id for api in second.service.root.table.apis} == {"one", "two"}
    assert added(second) == "2"


def names_of(told: dict[str, Any]) -> dict[str, list[str]]:
    apis = told["apis"]
    return {state: [api["api_id"] for api in apis[state]] for state in apis if apis[state]}


def test_what_was_wrong_before_is_not_told_again(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    (server / NAME).write_bytes(b"no archive")
    assert "is not a ZIP archive" in reload(running)["message"]
    bundle_of(folder_of(tmp_path / "broken", {"add.py": "def ("}), server / NAME)
    told = reload(running)["message"]
    assert "SyntaxError" in told
    assert "is not a ZIP archive" not in told
    (server / NAME).unlink()
    told = reload(running)["message"]
    assert "SyntaxError" not in told
    assert "Couldn't fetch bundle" in told


def test_what_was_unpacked_before_is_there_at_the_next_start(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    first = gateway(with_bundle(), settings=settings)
    arrive(first)
    stopped = first.stop()
    first.advance(40)
    assert stopped.called
    (server / NAME).unlink()
    second = gateway(with_bundle(), settings=settings)
    assert added(second) == "1"
    assert ready(second) == (200, "")


def test_old_versions_are_removed_when_no_chain_is_made_of_them(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    publish(tmp_path, server, "1")
    running = gateway(with_bundle(), settings=settings)
    arrive(running)
    for version in ("2", "3", "4"):
        publish(tmp_path, server, version)
        reload(running)
        assert added(running) == version
    # Records are of requests, and a request knows its chain.
    running.records.hits.clear()
    gc.collect()
    reload(running)
    unpacked = [file.parent for file in (tmp_path / "middleware").rglob("add.py")]
    assert len(unpacked) == 1


def test_several_bundles_and_two_apis(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    made(tmp_path / "a", server / "a.zip", "a")
    made(tmp_path / "b", server / "b.zip", "b")
    running = gateway(
        with_bundle("one", "a.zip, b.zip"), with_bundle("two", "b.zip"), settings=settings
    )
    arrive(running)
    running.get("/one/x")
    assert running.upstream.requests[-1].headers.get_all("X-Bundle") == ["a", "b"]
    assert added(running, "/two/x") == "b"


def test_python_files_of_a_bundle_know_each_other(
    gateway: MakeGateway, settings: dict[str, Any], server: Path, tmp_path: Path
) -> None:
    hook = HOOK.format("?").replace('"?"', "VALUE") + "\nfrom .values import VALUE\n"
    for value in ("one", "two"):
        files = {"add.py": hook, "values.py": f"VALUE = {value!r}\n"}
        bundle_of(folder_of(tmp_path / value, files), server / NAME)
        if value == "one":
            running = gateway(with_bundle(), settings=settings)
            arrive(running)
        else:
            reload(running)
        assert added(running) == value


def test_a_bundle_that_is_switched_off_is_not_asked_for(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    off = with_bundle(custom_middleware_bundle_disabled=True)
    running = gateway(off, settings=settings)
    assert not running.service.reloader.busy
    assert running.get("/one/x").status == 200
    assert ready(running) == (200, "")


def test_a_check_fetches_them(settings: dict[str, Any], server: Path, tmp_path: Path) -> None:
    publish(tmp_path, server, "1")
    conf = tmp_path / "tyk.conf"
    conf.write_text(json.dumps({"secret": "s", "storage": {"type": "memory"}, **settings}))
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "one.json").write_text(json.dumps(with_bundle()))
    command = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
    for name, status, said in ((NAME, 0, "APIs: 1, errors: 0"), ("no.zip", 1, "no.zip")):
        (tmp_path / "apps" / "one.json").write_text(json.dumps(with_bundle(name=name)))
        check = subprocess.run(
            [*command, "-n", "tyk", "--config", str(conf), "--check"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (check.returncode, check.stderr) == (status, "")
        assert said in check.stdout
        assert "bundle-missing" not in check.stdout
