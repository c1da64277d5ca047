"""Code that raises what is no ``Exception``, and folders that are not text: others go on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from bundle_files import HOOK
from gateways import MakeGateway
from patch_files import SETTINGS, lay, listed, python, reload

from twisted_tyk.testing import MemoryGateway, definition

ONE = definition("one", allowed_ips=["10.0.0.1"])
HOOKED = definition(
    "one", custom_middleware={"driver": "twisted", "pre": [{"name": "Add", "path": "add.py"}]}
)
ODD = "class Odd(BaseException): pass\n"
GOOD = HOOK.format("1")
BAD = {
    "a module": f"{ODD}raise Odd('x')\n",
    "a generator's end": "raise GeneratorExit\n",
    "making it": f"{GOOD}    def __init__(self): raise SystemExit(3)\n",
    "its check": f"{ODD}{GOOD}    def check(self): raise Odd('x')\n",
    "looking for it": "def __getattr__(name): raise SystemExit(3)\n",
    "looking at it": f"{GOOD}    hook = property(lambda self: exit(4))\n",
}


def status_of(running: MemoryGateway, api_id: str) -> int:
    return running.get(f"/{api_id}/x").status


@pytest.mark.parametrize("source", BAD.values(), ids=BAD)
def test_a_hook_that_does_not_load_keeps_no_other_api_from_being_served(
    gateway: MakeGateway, tmp_path: Path, source: str
) -> None:
    (tmp_path / "add.py").write_text(source)
    running = gateway(HOOKED, definition("two"))
    assert status_of(running, "two") == 200
    assert status_of(running, "one") in (404, 500), "it is not served without its hook"
    assert running.control("/ready").status == 503


@pytest.mark.parametrize("source", BAD.values(), ids=BAD)
def test_a_hook_that_does_not_load_leaves_the_last_good_one(
    gateway: MakeGateway, tmp_path: Path, source: str
) -> None:
    (tmp_path / "add.py").write_text(GOOD)
    running = gateway(HOOKED, definition("two"))
    (tmp_path / "add.py").write_text(source)
    assert "the last good version is kept" in reload(running)
    assert status_of(running, "one") == 200
    assert running.upstream.requests[-1].headers.get("X-Bundle") == "1"


@pytest.mark.parametrize("odd", ["raise Odd('x')", "raise GeneratorExit", "await self.late()"])
def test_a_hook_that_raises_it_is_answered_for(
    gateway: MakeGateway, tmp_path: Path, odd: str
) -> None:
    late = "    async def late(self): raise Odd('x')\n"
    source = ODD + GOOD.replace('request.headers.add("X-Bundle", "1")', odd) + late
    (tmp_path / "add.py").write_text(
        source.replace("def hook", "async def hook" if "await" in odd else "def hook")
    )
    assert status_of(gateway(HOOKED), "one") == 500


@pytest.mark.parametrize("on_error", ["fail", "skip"])
@pytest.mark.parametrize("odd", ["raise Odd('x')", "raise GeneratorExit", "await self.late()"])
def test_a_patch_that_raises_it_is_answered_for(
    gateway: MakeGateway, tmp_path: Path, odd: str, on_error: str
) -> None:
    lay(tmp_path, python(odd, ODD) + "    async def late(self): raise Odd\n", on_error=on_error)
    running = gateway(ONE, settings=SETTINGS)
    wanted = {"fail": 500, "skip": 403}[on_error]
    assert running.get("/one/x", X_Forwarded_For="10.0.0.9").status == wanted
    fix = listed(running)["fix"]
    assert (fix["errors"], fix["running"]) == (1, 0)


PATCHES = {
    "making it": (
        python("return").replace(
            "        self.replaced", "        raise Odd\n        self.replaced"
        ),
        "making it raised Odd",
    ),
    "looking at it": (
        "class Meta(type):\n    def __call__(cls, *a): 1\n"
        "    __signature__ = property(lambda cls: exit(3))\n"
        + python("return").replace("class Patch:", "class Patch(metaclass=Meta):"),
        "looking at it raised SystemExit",
    ),
}


@pytest.mark.parametrize(("source", "reason"), PATCHES.values(), ids=PATCHES)
def test_a_patch_that_does_not_load_leaves_the_built_in_step(
    gateway: MakeGateway, tmp_path: Path, source: str, reason: str
) -> None:
    running = gateway(ONE, definition("two"), settings=SETTINGS)
    lay(tmp_path, ODD + source)
    assert reason in reload(running)
    assert running.get("/one/x", X_Forwarded_For="10.0.0.9").status == 403


def test_a_patch_with_a_name_that_is_no_text(gateway: MakeGateway, tmp_path: Path) -> None:
    running = gateway(ONE, settings=SETTINGS)
    laid = os.fsencode(lay(tmp_path, "return None"))
    Path(os.fsdecode(laid + b"/a\xff.txt")).touch()
    assert r'fix: the name "a\udcff.txt" is not UTF-8' in reload(running)
    os.rename(laid, laid + b"\xff")
    assert r'"fix\udcff": its name is not UTF-8' in reload(running)
    assert [each["state"] for each in listed(running).values()] == ["refused"]


@pytest.mark.parametrize("path", ["../../evil.py", "/etc/evil.py", "a/../../evil.py"])
def test_a_patch_has_its_code_in_its_own_folder(
    gateway: MakeGateway, tmp_path: Path, path: str
) -> None:
    (tmp_path / "evil.py").write_text(python("return None"))
    running = gateway(ONE, settings=SETTINGS)
    lay(tmp_path, "return None", path=path)
    assert f"path: {json.dumps(path)}: it " in reload(running)


def test_a_manifest_that_is_larger_than_any(gateway: MakeGateway, tmp_path: Path) -> None:
    running: Any = gateway(ONE, settings=SETTINGS)
    laid = lay(tmp_path, "return None")
    with (laid / "manifest.json").open("a") as file:
        file.write(" " * (1 << 20))
    assert "fix/manifest.json: has more than 1048576 bytes" in reload(running)
