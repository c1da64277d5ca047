"""Patches that come, change, turn bad and go while a gateway runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gateways import Events, MakeGateway
from patch_files import SETTINGS, lay, listed, python, ready, reload

from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
PLAIN = definition("plain")


@pytest.fixture
def running(gateway: MakeGateway, tmp_path: Path) -> MemoryGateway:
    """A gateway whose folder of patches is empty, with an API that has a list and one without."""
    (tmp_path / "patches").mkdir()
    return gateway(ONE, PLAIN, settings=SETTINGS)


def ask(running: MemoryGateway) -> int:
    return running.get("/one/x").status


def test_a_patch_comes_changes_and_goes(
    running: MemoryGateway, tmp_path: Path, events: Events
) -> None:
    assert (ask(running), listed(running)) == (403, {})
    folder = lay(tmp_path, "return None")
    assert ask(running) == 403
    assert (reload(running), ask(running)) == ("", 200)
    assert [text for text in events.texts() if text.startswith("patch fix 1.0 (fix, SHA-256 ")]
    lay(tmp_path, "return Reply(418)", version="1.1")
    assert (reload(running), ask(running)) == ("", 418)
    assert listed(running)["fix"]["in_force"] == "1.1"
    assert not [text for text in events.texts() if text.endswith("is gone")]
    shutil.rmtree(folder)
    assert (reload(running), ask(running)) == ("", 403)
    assert "patch fix 1.1 (fix) is gone" in events.texts()
    assert listed(running) == {}
    assert ready(running)[0] == 200


def test_what_did_not_change_is_kept(running: MemoryGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None", apis=["one"])
    one, plain = running.service.root.table.apis
    reload(running)
    patched, other = running.service.root.table.apis
    assert patched is not one
    assert other is plain
    ask(running)
    reload(running)
    assert list(running.service.root.table.apis) == [patched, other]
    assert listed(running)["fix"]["calls"] == 1


def test_a_patch_for_all_is_tried_everywhere(running: MemoryGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None")
    reload(running)
    assert listed(running)["fix"]["apis"] == ["one"]


@pytest.mark.parametrize(
    ("process", "keys", "reason"),
    [
        (
            "return None",
            {"replaces": "IPWhitelist"},
            "json:4: replaces: no step is called",
        ),
        ("return None", {"symbol": "Patsch"}, "there is no 'Patsch' in it, did you mean 'Patch'?"),
        ("return None", {"path": "other.py"}, "other.py"),
        ("return None", {"gateway": "five"}, "gateway: expected versions such as >=0.5,<0.7"),
        ("return None", {"timeout": "1"}, "timeout: expected a number"),
        (
            "class Patch: pass",
            {},
            "expected a class that says @implementer(IStep)",
        ),
        ("class Patch(: pass", {}, "patch.py: loading it raised SyntaxError"),
        (python("return").replace("self, exchange", "self"), {}, "does not conform to IStep"),
        (python("return").replace(", config)", ")"), {}, "(replaced, api, config)"),
        (python("return", "raise SystemExit"), {}, "loading it raised SystemExit"),
    ],
)
def test_a_broken_version_leaves_the_last_good_one(
    running: MemoryGateway, tmp_path: Path, process: str, keys: dict[str, str], reason: str
) -> None:
    lay(tmp_path, "return Reply(418)")
    reload(running)
    lay(tmp_path, process, **{"version": "1.1", **keys})
    said = reload(running)
    assert said.startswith("patch fix")
    assert reason in said
    assert said.endswith("; fix 1.0 goes on")
    assert (ask(running), ready(running)[0]) == (418, 200)
    shown = listed(running)["fix"]
    assert (shown["state"], shown["in_force"]) == ("kept", "1.0")
    assert reason in shown["reason"]
    lay(tmp_path, "return Reply(419)", version="1.2")
    assert (reload(running), ask(running)) == ("", 419)


def test_with_none_before_the_built_in_step_stays(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    lay(tmp_path, "return None", symbol="Nothing")
    running = gateway(ONE, settings=SETTINGS)
    assert ask(running) == 403
    status, text = ready(running)
    assert status == 503
    assert "there is no 'Nothing' in it" in text
    shown = listed(running)["fix"]
    assert (shown["state"], shown["in_force"], shown["apis"]) == ("refused", None, [])
    assert [text for text in events.texts() if "there is no 'Nothing' in it" in text]
    lay(tmp_path, "return None")
    assert (reload(running), ask(running), ready(running)[0]) == ("", 200, 200)


NOT_MADE = python("return None").replace(
    "self.replaced,", "assert api.api_id != 'one'\n        self.replaced,"
)


@pytest.mark.parametrize("from_the_start", [True, False])
def test_one_that_can_not_be_made_for_an_api(
    gateway: MakeGateway, tmp_path: Path, from_the_start: bool
) -> None:
    two = definition("two", allowed_ips=["10.0.0.1"])
    (tmp_path / "patches").mkdir()
    if from_the_start:
        lay(tmp_path, NOT_MADE)
    running = gateway(ONE, two, settings=SETTINGS)
    if not from_the_start:
        lay(tmp_path, NOT_MADE)
        assert "making it raised AssertionError" in reload(running)
    assert [running.get(f"/{name}/x").status for name in ("one", "two")] == [403, 200]
    status, text = ready(running)
    assert status == 503
    assert "patch fix 1.0 is not used: patch.py: Patch: making it raised AssertionError" in text
    shown = listed(running)["fix"]
    assert (shown["apis"], list(shown["unmade"])) == (["two"], ["one"])


def test_an_api_keeps_the_version_that_could_be_made(
    running: MemoryGateway, tmp_path: Path
) -> None:
    lay(tmp_path, "return Reply(418)")
    reload(running)
    lay(tmp_path, NOT_MADE, version="1.1")
    assert "making it raised AssertionError" in reload(running)
    assert (ask(running), ready(running)[0]) == (418, 200)
    assert (reload(running) != "", ask(running)) == (True, 418)


def test_one_for_other_versions_is_no_reason_not_to_be_ready(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    lay(tmp_path, "return None", gateway=">=7")
    running = gateway(ONE, settings=SETTINGS)
    assert (ask(running), ready(running)[0]) == (403, 200)
    shown = listed(running)["fix"]
    assert shown["state"] == "refused"
    assert "fix/manifest.json:5: gateway: is for >=7, and this is " in shown["reason"]
    assert [text for text in events.texts() if "is for >=7" in text]


def test_two_for_one_place_are_both_refused(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None", "a")
    lay(tmp_path, "return None", "b", apis=["one", "two"])
    lay(tmp_path, "return None", "c", replaces="AuthKey")
    running = gateway(ONE, settings=SETTINGS)
    assert ask(running) == 403
    both = "a and b both replace IPWhiteListMiddleware"
    assert both in ready(running)[1]
    states = {name: (each["state"], each["reason"]) for name, each in listed(running).items()}
    assert states == {"a": ("refused", both), "b": ("refused", both), "c": ("applied", "")}


def test_two_for_different_apis_are_none_the_less_welcome(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    lay(tmp_path, "return None", "a", apis=["one"])
    lay(tmp_path, "return Reply(418)", "b", apis=["two"])
    two = definition("two", allowed_ips=["10.0.0.1"])
    running = gateway(ONE, two, settings=SETTINGS)
    assert [running.get(f"/{name}/x").status for name in ("one", "two")] == [200, 418]


def test_what_is_in_force_is_not_thrown_out_by_a_newcomer(
    running: MemoryGateway, tmp_path: Path
) -> None:
    lay(tmp_path, "return Reply(418)", "a")
    reload(running)
    lay(tmp_path, "return Reply(419)", "b", apis=["one"])
    assert "a and b both replace IPWhiteListMiddleware" in reload(running)
    assert (ask(running), ready(running)[0]) == (418, 503)
    assert {name: each["state"] for name, each in listed(running).items()} == {
        "a": "kept",
        "b": "refused",
    }


def test_a_newcomer_does_not_take_the_place_of_what_goes_on(
    running: MemoryGateway, tmp_path: Path
) -> None:
    """The new version of ``a`` is to stand elsewhere, but is broken."""
    lay(tmp_path, "return Reply(418)", "a")
    reload(running)
    lay(tmp_path, "return None", "a", replaces="AuthKey", symbol="Nothing")
    lay(tmp_path, "return Reply(419)", "b")
    assert "b and a both replace IPWhiteListMiddleware" in reload(running)
    assert ask(running) == 418


def test_a_copy_of_what_is_in_force_is_told_of(running: MemoryGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return Reply(418)", "a")
    reload(running)
    lay(tmp_path, "return Reply(418)", "b", name="a")
    assert reload(running) == (
        "patch b: has the same content as a, which is in force; take one of the two away"
    )
    assert ask(running) == 418


def test_a_line_of_code_is_told_as_whoever_wrote_it_finds_it(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    lay(tmp_path, python("return", "raise ValueError('no')"))
    running = gateway(ONE, settings=SETTINGS)
    assert (
        "patch fix: patch.py: loading it raised ValueError: no (fix/patch.py:"
        in (ready(running)[1])
    )


def test_one_name_is_one_patch(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None", "a", name="fix")
    lay(tmp_path, "return None", "b", name="fix", replaces="AuthKey")
    running = gateway(ONE, settings=SETTINGS)
    assert "a and b are both called fix" in ready(running)[1]


def test_a_folder_may_get_another_name(running: MemoryGateway, tmp_path: Path) -> None:
    folder = lay(tmp_path, "return Reply(418)")
    reload(running)
    folder.rename(folder.with_name("other"))
    assert (reload(running), ask(running)) == ("", 418)
    assert list(listed(running)) == ["other"]


def test_a_folder_that_is_gone_takes_nothing_away(running: MemoryGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return Reply(418)")
    reload(running)
    (tmp_path / "patches").rename(tmp_path / "elsewhere")
    assert "the folder of patches cannot be read" in reload(running)
    assert (ask(running), ready(running)[0]) == (418, 503)
    (tmp_path / "elsewhere").rename(tmp_path / "patches")
    assert (reload(running), ready(running)[0]) == ("", 200)


def test_requests_under_way_end_where_they_began(running: MemoryGateway, tmp_path: Path) -> None:
    lay(tmp_path, "await Deferred()", timeout=3, on_error="skip")
    reload(running)
    client = running.connect()
    running.send(client, b"GET /one/x HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
    shutil.rmtree(tmp_path / "patches" / "fix")
    reload(running)
    assert ask(running) == 403
    running.advance(4)
    assert [answer.status for answer in client.answers] == [200]


def test_copies_are_removed(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(tmp_path, "return None")
    cache = tmp_path / "cache"
    running = gateway(ONE, settings={**SETTINGS, "plugin_cache_path": str(cache)})

    def copies() -> list[Path]:
        return list(cache.rglob("patch.py"))

    assert len(copies()) == 1
    for version in ("1.1", "1.2", "1.3"):
        lay(tmp_path, "return None", version=version)
        reload(running)
        assert len(copies()) == 1
    running.stop()
    running.advance(40)
    assert list(cache.iterdir()) == []


def test_what_a_gateway_left_is_removed_by_the_next(gateway: MakeGateway, tmp_path: Path) -> None:
    left = tmp_path / "cache" / "patches-left" / "new-x" / "patch"
    left.mkdir(parents=True)
    (tmp_path / "cache").chmod(0o700)
    lay(tmp_path, "return None")
    settings = {**SETTINGS, "plugin_cache_path": str(tmp_path / "cache")}
    gateway(ONE, settings=settings)
    assert not left.exists()
    assert len(list((tmp_path / "cache").iterdir())) == 1
