"""The page about ``tyk lint``: what it shows is what is printed."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from console_page import commands, fits
from tyk_command import tyk

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "checking.rst"

FILES = {
    "tyk.conf": """{
  "app_path": "apps",
  "listn_port": 8080
}
""",
    "hooks.py": "def AddHeader(rw, request):\n    pass\n",
    "policies/gold.json": '{"id": "gold", "rate": 5, "per": 1}\n',
    "apps/shop.json": """{
  "api_id": "shop",
  "use_keyless": true,
  "proxy": {
    "listen_path": 5,
    "target_url": "http://localhost:8081/"
  },
  "custom_middleware": {
    "pre": [{ "name": "AddHedder", "path": "hooks.py",  "on_error": "skp"}]
  }
}
""",
}


def test_the_commands_of_the_page_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in FILES.items():
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    monkeypatch.chdir(tmp_path)
    tried = 0
    for command, wanted in commands(PAGE):
        printed = tyk(*shlex.split(command)[1:]).stdout
        assert fits(printed, wanted), f"{command} printed\n{printed}"
        tried += 1
    assert tried == 3


def test_the_options_of_the_page_are_those_of_the_command() -> None:
    named = set(re.findall(r"``tyk lint[^`]*?(--[a-z]+)", PAGE.read_text())) | {
        "--kind", "--format", "--strict", "--timeout",
    }  # fmt: skip
    offered = set(re.findall(r"--[a-z]+", tyk("lint", "--help").stdout))
    assert named <= offered
    assert {"--kind", "--strict", "--timeout"} <= set(re.findall(r"--[a-z]+", PAGE.read_text()))
