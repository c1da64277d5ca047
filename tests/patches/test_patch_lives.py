"""Given a patch that asks to be checked and to be told of its end, this is when it is."""

from __future__ import annotations

import gc
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from gateways import Events, MakeGateway, in_the_end, stops_soon
from patch_files import SETTINGS, lay, listed, python, ready, reload

from twisted_tyk.testing import Client, MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
TWO = definition("two", allowed_ips=["10.0.0.1"])
_HEAD = """
import os
from twisted.internet.defer import Deferred as Wait
VERSION = {version!r}
told = []
waiting = []
def there():
    # Not what it was read from: the copy, as long as that is there.
    return os.path.exists(__file__) and __name__ in __import__("sys").modules
"""
_PROCESS = """
self.remembered = exchange
if "held" in exchange.path_and_query().decode():
    waiting.append(Wait())
    return waiting[-1]
return Reply(418, [(b"X-Version", VERSION.encode())])
"""
_LIFE = """
    def check(self):
        told.append(("checked", self.api.api_id))

    def shutdown(self):
        told.append(("shut down", self.api.api_id, there()))
"""


def source(version: str = "1.0", life: str = _LIFE, process: str = _PROCESS) -> str:
    return python(process, _HEAD.format(version=version)) + life


def modules() -> dict[str, Any]:
    """Those of the patch, by their versions."""
    return {
        module.VERSION: module
        for name, module in list(sys.modules.items())
        if name.startswith("twisted_tyk_hooks_patch_fix_") and name.endswith(".patch")
    }


@pytest.fixture(autouse=True)
def _nothing_left() -> None:
    """Of gateways of other tests."""
    gc.collect()


@pytest.fixture
def running(gateway: MakeGateway, tmp_path: Path) -> MemoryGateway:
    lay(tmp_path, source())
    return gateway(ONE, settings=SETTINGS)


def begin(running: MemoryGateway) -> Client:
    client = running.connect()
    running.send(client, b"GET /one/held HTTP/1.1\r\nHost: gateway.test\r\n\r\n")
    return client


def version(running: MemoryGateway) -> str | None:
    return running.get("/one/x").headers.get("X-Version")


def test_it_is_checked_once_and_told_when_the_gateway_stops(running: MemoryGateway) -> None:
    told = modules()["1.0"].told
    assert told == [("checked", "one")]
    assert version(running) == "1.0"
    reload(running)
    in_the_end(running)
    assert told == [("checked", "one")], "nothing had changed"
    stops_soon(running)
    assert told == [("checked", "one"), ("shut down", "one", True)]


@pytest.mark.parametrize("then", ["changed", "gone"])
def test_the_old_one_is_told_when_its_last_request_is_over(
    running: MemoryGateway, tmp_path: Path, then: str
) -> None:
    """Also when it has kept that request, and so everything that leads back to it."""
    old = modules()["1.0"]
    client = begin(running)
    if then == "changed":
        lay(tmp_path, source("1.1"), version="1.1")
    else:
        shutil.rmtree(tmp_path / "patches" / "fix")
    assert reload(running) == ""
    in_the_end(running)
    assert old.told == [("checked", "one")]
    assert old.there(), "its code is there as long as it runs"
    assert version(running) == ("1.1" if then == "changed" else None)
    old.waiting.pop().callback(None)
    running.settle()
    assert [answer.status for answer in client.answers] == [200]
    in_the_end(running)
    assert old.told == [("checked", "one"), ("shut down", "one", True)]
    in_the_end(running)
    assert not old.there()
    assert set(modules()) == ({"1.1"} if then == "changed" else set())
    stops_soon(running)
    assert len(old.told) == 2, "once is enough"


def test_each_api_has_its_own(gateway: MakeGateway, tmp_path: Path) -> None:
    lay(tmp_path, source())
    running = gateway(ONE, TWO, settings=SETTINGS)
    told = modules()["1.0"].told
    (tmp_path / "apps" / "two.json").unlink()
    reload(running)
    reload(running)
    in_the_end(running)
    assert told == [("checked", "one"), ("checked", "two"), ("shut down", "two", True)]
    assert version(running) == "1.0"


def test_one_that_is_made_for_all_apis_has_one_life(gateway: MakeGateway, tmp_path: Path) -> None:
    only = """
    only = None
    def __new__(cls, *_):
        cls.only = cls.only or super().__new__(cls)
        return cls.only
"""
    lay(tmp_path, source(life=only + _LIFE))
    running = gateway(ONE, TWO, settings=SETTINGS)
    told = modules()["1.0"].told
    (tmp_path / "apps" / "two.json").unlink()
    reload(running)
    in_the_end(running)
    assert told == [("checked", "one")]
    stops_soon(running)
    assert [each[0] for each in told] == ["checked", "shut down"]


@pytest.mark.parametrize(
    ("check", "reason"),
    [
        ("def check(self): raise ValueError('no database')", "raised ValueError: no database"),
        ("def check(self): raise SystemExit", "raised SystemExit"),
        ("async def check(self): pass", "would have to be waited for"),
        ("def check(self): return Wait()", "would have to be waited for"),
    ],
)
def test_a_check_that_fails_keeps_the_old_one(
    running: MemoryGateway, tmp_path: Path, check: str, reason: str
) -> None:
    lay(tmp_path, source("1.1", f"\n    {check}\n"), version="1.1")
    said = reload(running)
    assert f"patch fix 1.1 is not used: patch.py: Patch: its check {reason}" in said
    if "ValueError" in reason:
        assert "(fix/patch.py:" in said
    assert (version(running), ready(running)[0]) == ("1.0", 200)
    assert reason in listed(running)["fix"]["unmade"]["one"]
    lay(tmp_path, source("1.2"), version="1.2")
    assert (reload(running), version(running)) == ("", "1.2")


def test_with_none_before_the_built_in_step_stays(gateway: MakeGateway, tmp_path: Path) -> None:
    life = "\n    def check(self): 1 / 0\n    def shutdown(self): TOLD.append('shut down')\n"
    told = sys.modules.setdefault("told_of_patches", type(sys)("told_of_patches"))
    told.TOLD = []  # type: ignore[attr-defined]
    try:
        lay(tmp_path, "from told_of_patches import TOLD\n" + source(life=life))
        running = gateway(ONE, settings=SETTINGS)
        assert running.get("/one/x").status == 403
        assert "its check raised ZeroDivisionError" in ready(running)[1]
        in_the_end(running)
        assert told.TOLD == ["shut down"], "it was made, and may have opened what it must close"
    finally:
        del sys.modules["told_of_patches"]


def test_methods_that_only_have_the_name_are_left_alone(
    gateway: MakeGateway, tmp_path: Path
) -> None:
    lay(tmp_path, source(life=_LIFE.replace("(self)", "(self, exchange)")))
    running = gateway(ONE, settings=SETTINGS)
    told = modules()["1.0"].told
    assert version(running) == "1.0"
    stops_soon(running)
    assert told == []


def test_a_shutdown_that_raises_is_told_with_its_own_frames(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    lay(tmp_path, source(life="\n    def shutdown(self):\n        1 / 0\n"))
    stops_soon(gateway(ONE, settings=SETTINGS))
    [line] = [text for text in events.texts() if "the shutdown of" in text]
    assert line.startswith("the shutdown of patch fix 1.0 of API one raised:")
    assert "1 / 0" in line
    assert "lives.py" not in line


def test_a_shutdown_that_waits_is_waited_for_but_not_for_ever(
    gateway: MakeGateway, tmp_path: Path, events: Events
) -> None:
    life = "\n    def shutdown(self):\n        waiting.append(Wait())\n        return waiting[-1]\n"
    lay(tmp_path, source(life=life))
    running = gateway(ONE, settings={**SETTINGS, "plugin_shutdown_timeout": 3})
    old = modules()["1.0"]
    shutil.rmtree(tmp_path / "patches" / "fix")
    reload(running)
    in_the_end(running)
    assert len(old.waiting) == 1
    assert old.there(), "its code is there until it has ended"
    running.advance(3.5)
    assert any("fix 1.0 of API one took longer than 3 s" in text for text in events.texts())
    in_the_end(running)
    assert not old.there()
