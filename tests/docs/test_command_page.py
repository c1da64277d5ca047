"""The page of the command ``tyk``: what it shows is what is printed."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from console_page import commands, fits
from plugin_library import compiler
from tyk_command import tyk

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "tyk-command.rst"


def test_the_commands_of_the_page_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiler("gcc", "cc")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copy(PAGE.parent / "code" / "pets.json", tmp_path)
    tried = set()
    for command, wanted in commands(PAGE):
        program, *words = shlex.split(command)
        if program == "cd":
            monkeypatch.chdir(words[0])
            continue
        if program == "cp":
            shutil.copy(*words)
            continue
        said = tyk(*words)
        printed = said.stdout + said.stderr
        assert fits(printed, wanted), f"{command} printed\n{printed}"
        tried.add(words[1] if words[0] == "plugin" else words[0])
    assert tried == {"new", "build", "inspect", "symbols", "check", "run", "load", "import", "lint"}
