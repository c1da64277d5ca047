"""Given ``"watch": true``, what is written counts a moment later, and nobody has to ask."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from select import select
from typing import Any

import pytest
from gateway_process import Upstream, gateway_process, serving, until
from gateways import Events, MakeGateway

from twisted_tyk.testing import MemoryGateway, definition

linux = pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
WATCH = {"watch": True}
HOOK = "def hook(rw, request):\n    request.headers.set('Said', {what})\n"


def hook(path: str) -> list[dict[str, str]]:
    return [{"name": "hook", "path": path}]


def said(gateway: MemoryGateway) -> str | None:
    assert gateway.get("/one/x").status == 200
    return gateway.upstream.requests[-1].headers.get("Said")


def a_moment(gateway: MemoryGateway) -> None:
    """Let the gateway hear of changes, and wait."""
    for _ in range(3):
        readers = list(gateway.reactor.readers)
        while ready := select(readers, [], [], 0)[0]:
            for each in ready:
                each.doRead()
        gateway.advance(0.25)


@linux
def test_definitions_count_when_they_are_written(gateway: MakeGateway, events: Events) -> None:
    running = gateway(definition("one"), settings=WATCH)
    running.define(definition("two"))
    assert running.get("/two/x").status == 404
    a_moment(running)
    assert running.get("/two/x").status == 200
    assert "changed: apps/two.json; reloading" in events.texts()
    a_moment(running)
    assert sum("reloading" in text for text in events.texts()) == 1


@linux
def test_without_it_nobody_looks(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    running.define(definition("two"))
    a_moment(running)
    assert running.get("/two/x").status == 404
    assert not running.reactor.readers


@linux
def test_hooks_and_their_helpers_count(gateway: MakeGateway, tmp_path: Path) -> None:
    folder = tmp_path / "hooks"
    (folder / "below").mkdir(parents=True)
    (folder / "hook.py").write_text("from .below.helper import WHAT\n" + HOOK.format(what="WHAT"))
    (folder / "below" / "helper.py").write_text("WHAT = 'first'\n")
    running = gateway(definition("one", pre=hook("hooks/hook.py")), settings=WATCH)
    assert said(running) == "first"
    (folder / "below" / "helper.py").write_text("WHAT = 'second'\n")
    a_moment(running)
    assert said(running) == "second"
    (folder / "hook.py").write_text(HOOK.format(what="'third'"))
    a_moment(running)
    assert said(running) == "third"


@linux
def test_what_is_broken_leaves_the_last_good_until_it_is_mended(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    file = tmp_path / "hook.py"
    file.write_text(HOOK.format(what="'good'"))
    running = gateway(definition("one", pre=hook("hook.py")), settings=WATCH)
    file.write_text("def hook(")
    a_moment(running)
    assert said(running) == "good"
    file.write_text(HOOK.format(what="'mended'"))
    a_moment(running)
    assert said(running) == "mended"


@linux
def test_a_hook_that_could_not_be_loaded_is_watched_too(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "hook.py").write_text(HOOK.format(what="'good'"))
    running = gateway(
        definition("one", pre=hook("hook.py")),
        definition("two", pre=hook("later/gone.py")),
        settings=WATCH,
    )
    assert running.get("/two/x").status == 500
    # Another file than the one that works is asked for, and is not right yet.
    running.define(definition("one", pre=hook("new/hook.py")))
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "hook.py").write_text("oops(")
    a_moment(running)
    assert said(running) == "good"
    (tmp_path / "new" / "hook.py").write_text(HOOK.format(what="'new'"))
    a_moment(running)
    assert said(running) == "new"
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "gone.py").write_text(HOOK.format(what="'there'"))
    a_moment(running)
    assert running.get("/two/x").status == 200


@linux
def test_a_module_that_could_not_be_imported_is_watched_too(
    gateway: MakeGateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site" / "hooks_of_watching"
    (package / "below").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "hooks.py").write_text(f"from .below.a import b\n{HOOK.format(what='b')}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    running = gateway(definition("one", pre=hook("hooks_of_watching.hooks")), settings=WATCH)
    assert running.get("/one/x").status == 500
    (package / "below" / "a.py").write_text("b = 'mended'\n")
    a_moment(running)
    assert said(running) == "mended"
    (package / "below" / "a.py").write_text("b = 'changed'\n")
    a_moment(running)
    assert said(running) == "changed"


@linux
def test_policies_count(gateway: MakeGateway, tmp_path: Path, events: Events) -> None:
    policies = {"policy_source": "file", "policy_path": "policies"}
    running = gateway(definition("one"), settings={**WATCH, "policies": policies})
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "gold.json").write_text('{"id": "gold", "rate": ')
    a_moment(running)
    assert any("gold.json" in text and "not JSON" in text for text in events.texts())


@linux
def test_what_is_named_by_other_reloads_is_watched_from_then_on(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    (tmp_path / "far").mkdir()
    running = gateway(settings={**WATCH, "app_path": "elsewhere"})
    (tmp_path / "far" / "hook.py").write_text(HOOK.format(what="'a'"))
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / "elsewhere" / "one.json"
    file.write_text(json.dumps(definition("one", pre=hook("far/hook.py"))))
    assert running.control("/tyk/reload").status == 200
    assert said(running) == "a"
    (tmp_path / "far" / "hook.py").write_text(HOOK.format(what="'b'"))
    a_moment(running)
    assert said(running) == "b"


@linux
def test_a_change_before_anybody_looked_is_not_lost(gateway: MakeGateway, tmp_path: Path) -> None:
    """The file changes while it is executed."""
    file = tmp_path / "hook.py"
    changes = HOOK.format(what="'new'")
    file.write_text(
        HOOK.format(what="'old'")
        + f"import pathlib\npathlib.Path(__file__).write_text({changes!r})\n"
    )
    running = gateway(definition("one", pre=hook("hook.py")), settings=WATCH)
    a_moment(running)
    assert said(running) == "new"


@linux
def test_a_gateway_that_is_stopping_does_not_reload(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    running = gateway(definition("one"), settings=WATCH)
    running.define(definition("two"))
    running.stop()
    a_moment(running)
    assert not any("reloading" in text for text in events.texts())
    assert not running.reactor.readers


def test_a_system_without_it_says_so(
    gateway: MakeGateway, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "twisted_tyk.watch.notifier", None)
    running = gateway(definition("one"), settings=WATCH)
    assert any("this system has no inotify" in text for text in events.texts())
    running.define(definition("two"))
    assert running.control("/tyk/reload").status == 200
    assert running.get("/two/x").status == 200


@linux
def test_a_limit_of_the_system_says_so(
    gateway: MakeGateway, events: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limited(*arguments: Any) -> int:
        from twisted.internet.inotify import INotifyError

        raise INotifyError("too many")

    monkeypatch.setattr("twisted.internet.inotify._inotify.init", limited)
    gateway(definition("one"), settings=WATCH)
    (line,) = [text for text in events.texts() if '"watch" does nothing' in text]
    assert "fs.inotify.max_user_instances" in line


class Says(Upstream):
    """Tells what the hook said."""

    def do_GET(self) -> None:
        self.say(self.headers.get("Said", ""))


@linux
def test_a_gateway_with_real_sockets_and_a_real_clock(tmp_path: Path) -> None:
    """An editor's ways to write a file: in place, beside with a rename, and bad in between."""
    file = tmp_path / "hooks" / "hook.py"
    file.parent.mkdir()
    file.write_text(HOOK.format(what="'0'"))
    with serving(Says) as port:
        one = definition("one", f"http://127.0.0.1:{port}/", pre=hook("hooks/hook.py"))
        with gateway_process(tmp_path, one, watch=True) as gateway:
            assert gateway.get("/one/x") == (200, "0")
            file.write_text(HOOK.format(what="'1'"))
            until(lambda: gateway.get("/one/x") == (200, "1"))
            file.write_text("def hook(")
            until(lambda: "SyntaxError" in gateway.log())
            assert gateway.get("/one/x") == (200, "1")
            beside = file.with_name(".hook.py.swp")
            beside.write_text(HOOK.format(what="'2'"))
            beside.replace(file)
            until(lambda: gateway.get("/one/x") == (200, "2"))
            file.parent.rename(tmp_path / "before")
            file.parent.mkdir()
            file.write_text(HOOK.format(what="'3'"))
            until(lambda: gateway.get("/one/x") == (200, "3"))
            assert "changed: hooks/hook.py; reloading" in gateway.log()


@linux
def test_bundles_of_a_folder_and_patches_are_watched(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    for name in ("bundles", "patches"):
        (tmp_path / name).mkdir()
    settings = {
        **WATCH,
        "enable_bundle_downloader": True,
        "bundle_base_url": f"{(tmp_path / 'bundles').as_uri()}/",
        "patches_path": "patches",
    }
    running = gateway(definition("one"), settings=settings)
    (tmp_path / "bundles" / "plans.zip").write_bytes(b"")
    (tmp_path / "patches" / "mend").mkdir()
    a_moment(running)
    assert "changed: bundles/plans.zip, patches/mend; reloading" in events.texts()
    (tmp_path / "patches" / "mend" / "code.py").write_text("")
    while running.service.reloader.busy:
        running.wait_for_thread()
    a_moment(running)
    assert "changed: patches/mend/code.py; reloading" in events.texts()
    while running.service.reloader.busy:
        running.wait_for_thread()
