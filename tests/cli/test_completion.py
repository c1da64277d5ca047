"""Words that a shell completes: what it is told, and what becomes of it in real shells."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.shell_completion import BashComplete
from tyk_command import tyk

from twisted_tyk.cli.command import tyk as command
from twisted_tyk.schema.files import schema

COMMAND = [sys.executable, "-m", "twisted_tyk.cli"]


def told(*words: str) -> list[str]:
    """What a shell is told of the last word."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COMP_WORDS", " ".join(words))
        patch.setenv("COMP_CWORD", str(len(words) - 1))
        return BashComplete(command, {}, "tyk", "_TYK_COMPLETE").complete().split()


def test_commands() -> None:
    assert told("tyk", "plugin", "in") == ["plain,inspect"]
    assert "plain,completion" in told("tyk", "")


def test_names_of_schemas() -> None:
    assert told("tyk", "schema", "pol") == ["plain,policies", "plain,policy"]


@pytest.mark.parametrize(
    "words",
    [
        ("bench",), ("build",), ("check",), ("inspect",), ("inspect", "a.so"), ("run",),
        ("symbols",), ("build", "-o"), ("load", "-f"), ("run", "--request"), ("run", "--session"),
        ("run", "--definition"), ("run", "--record"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_files(words: tuple[str, ...]) -> None:
    assert told("tyk", "plugin", *words, "pl") == ["file,pl"]


def test_other_files() -> None:
    for words in (
        ("import",), ("import", "--for-api"), ("schema", "-o"), ("lint",), ("lint", "-c"),
        ("bundle", "build"), ("bundle", "build", "-k"), ("bundle", "build", "-o"),
        ("bundle", "verify"), ("bundle", "verify", "-k"), ("bundle", "list", "--config"),
    ):  # fmt: skip
        assert told("tyk", *words, "pl") == ["file,pl"]


@pytest.mark.parametrize("name", ["bench", "check", "run"])
def test_functions_of_a_plugin(plugin: str, name: str) -> None:
    assert told("tyk", "plugin", name, plugin, "-s", "Tell") == ["plain,TellStatus"]
    assert told("tyk", "plugin", name, "nothing.so", "-s", "Tell") == []
    assert told("tyk", "plugin", name, "-s", "Tell") == []


def test_functions_of_the_first_of_several(plugin: str) -> None:
    assert told("tyk", "plugin", "load", "-f", f"{plugin},b.so", "-s", "Tell") == [
        "plain,TellStatus"
    ]


def test_classes_of_a_python_file(folder: Path) -> None:
    (folder / "hook.py").write_text("import sys\nsys.exit('was run')\nclass AddHeader: ...\n")
    assert told("tyk", "plugin", "run", "hook.py", "-s", "A") == ["plain,AddHeader"]
    (folder / "hook.py").write_text("class AddHeader\n")
    assert told("tyk", "plugin", "run", "hook.py", "-s", "A") == []


def test_a_script_for_each_shell() -> None:
    for shell in ("bash", "zsh", "fish"):
        said = tyk("completion", shell)
        assert said.exit_code == 0
        assert f"_TYK_COMPLETE={shell}_complete" in said.stdout
    assert "'csh' is not one of 'bash', 'zsh', 'fish'" in tyk("completion", "csh").stderr


class Terminal:
    """A shell, and somebody who types."""

    def __init__(self, words: list[str], environ: dict[str, str]) -> None:
        self._here, there = pty.openpty()
        self._process = subprocess.Popen(
            words, stdin=there, stdout=there, stderr=there, env=environ, start_new_session=True
        )
        os.close(there)

    def type(self, line: str) -> None:
        """A line, and wait until it is done."""
        # What is typed is shown as well, so it must not be what is waited for.
        os.write(self._here, f"{line}; echo done-$((41+1))\r".encode())
        shown = b""
        while b"done-42" not in shown:
            shown += os.read(self._here, 65536)

    def end(self) -> None:
        os.close(self._here)
        self._process.kill()
        self._process.wait()


@pytest.fixture
def on_path(folder: Path) -> dict[str, str]:
    """An environment in which ``tyk`` is found."""
    script = folder / "bin" / "tyk"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec {" ".join(COMMAND)} "$@"\n')
    script.chmod(0o755)
    return {**os.environ, "PATH": f"{script.parent}:{os.environ['PATH']}",
            "TERM": "dumb", "HOME": str(folder)}  # fmt: skip


@pytest.fixture(
    params=[
        (["bash", "--norc", "--noprofile", "-i"], 'eval "$(tyk completion bash)"'),
        (["zsh", "-f", "-i"],
         'autoload -U compinit; compinit -u -D; eval "$(tyk completion zsh)"'),
    ],
    ids=["bash", "zsh"],
)  # fmt: skip
def terminal(request: pytest.FixtureRequest, on_path: dict[str, str]) -> Iterator[Terminal]:
    words, setup = request.param
    if shutil.which(words[0]) is None:
        pytest.skip(f"there is no {words[0]}")
    made = Terminal(words, on_path)
    made.type(setup)
    yield made
    made.end()


def test_a_line_with_tabs(terminal: Terminal, folder: Path, plugin: str) -> None:
    terminal.type("tyk sche\tdef\t > schema.json")
    assert json.loads((folder / "schema.json").read_text()) == schema("definition")
    terminal.type("tyk plugin sym\tplu\t > symbols.txt")
    assert "tyk_plugin_abi" in (folder / "symbols.txt").read_text()
    terminal.type("tyk plugin run plu\t -s TellS\t --status 404 > run.txt")
    assert "X-Status" in (folder / "run.txt").read_text()


def test_fish_is_told(on_path: dict[str, str]) -> None:
    if shutil.which("fish") is None:
        pytest.skip("there is no fish")
    script = "tyk completion fish | source; complete -C 'tyk schema pol'"
    done = subprocess.run(["fish", "--no-config", "-c", script], env=on_path,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.stdout.split() == ["policies", "policy"]
