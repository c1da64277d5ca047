"""The command as it is typed: help, version, completion, a terminal, and its exit status."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tyk_command import Tyk
from tyk_command import tyk as typed

from twisted_tyk import __version__
from twisted_tyk._version import TYK_VERSION
from twisted_tyk.cli.command import tyk as command

COMMAND = [sys.executable, "-m", "twisted_tyk.cli"]


def on_a_terminal(*words: str) -> tuple[int, str]:
    """What is shown to somebody who sits before it."""
    here, there = pty.openpty()
    with subprocess.Popen([*COMMAND, *words], stdin=there, stdout=there, stderr=there) as process:
        os.close(there)
        shown = b""
        while True:
            try:
                data = os.read(here, 65536)
            except OSError:  # Linux, when nobody has the other end any more
                break
            if not data:
                break
            shown += data
    os.close(here)
    return process.returncode, shown.decode()


def test_its_version_and_that_of_tyk() -> None:
    said = typed("--version")
    assert said.stdout == f"twisted_tyk {__version__}, follows Tyk {TYK_VERSION}\n"


def test_help_says_all_that_there_is(tyk: Tyk) -> None:
    said = tyk("--help")
    for name in ("bench", "build", "check", "inspect", "load", "new", "run", "symbols"):
        assert f"\n  {name} " in said.stdout
        assert tyk(name, "-h").exit_code == 0
    assert "Exit status: 0 when all is well, 1 when not, 2 when" in said.stdout
    assert 'eval "$(tyk completion bash)"' in said.stdout


def names(group: click.Group, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert isinstance(command, click.Command), name
        yield (*above, name)
        if isinstance(command, click.Group):
            yield from names(command, (*above, name))


@pytest.mark.parametrize("words", list(names(command)), ids=" ".join)
def test_every_command_has_help(words: tuple[str, ...]) -> None:
    said = typed(*words, "--help")
    assert said.exit_code == 0
    assert said.stdout.startswith(f"Usage: tyk {' '.join(words)} ")


def test_no_command_waits_for_what_others_import() -> None:
    script = (
        "import sys; from twisted_tyk.cli.command import tyk; "
        "tyk(['schema'], standalone_mode=False); sys.exit('treq' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=True)


def test_what_is_typed_wrong_has_its_own_status(tyk: Tyk) -> None:
    assert tyk("inspect").exit_code == 2
    assert tyk("nothing").exit_code == 2
    assert typed("nothing").exit_code == 2


def test_colours_are_for_terminals_only(plugin: str) -> None:
    status, shown = on_a_terminal("plugin", "check", plugin, "-s", "AddHeader")
    assert status == 0
    assert "\x1b[32mok" in shown
    piped = subprocess.run([*COMMAND, "plugin", "check", plugin, "-s", "AddHeader"],
                           capture_output=True, text=True, check=True)  # fmt: skip
    assert "\x1b" not in piped.stdout + piped.stderr


def test_a_build_on_a_terminal_turns_something_and_cleans_up(tyk: Tyk, folder: Path) -> None:
    tyk("new", "hello", "--lang", "c")
    status, shown = on_a_terminal("plugin", "build", "hello")
    assert status == 0
    assert "building …" in shown
    assert "\x1b[?25h" in shown, "the cursor is not shown again"


def test_a_reader_that_leaves_is_no_trouble(plugin: str) -> None:
    command = f"{' '.join(COMMAND)} plugin symbols {plugin} | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=True)
    assert done.stdout == "function  tyk_plugin_abi\n"
    assert done.stderr == ""


def test_a_working_directory_can_not_change_what_is_imported(plugin: str, folder: Path) -> None:
    """Of the process that runs the plugin; the command itself is a script elsewhere."""
    (folder / "json.py").write_text("raise SystemExit('wrong json')\n")
    script = "from twisted_tyk.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.remove(''); {script}", "plugin", "run",
         plugin, "-s", "AddHeader", "--json"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"] is True


def test_calls_are_measured_in_each_way(tyk: Tyk, plugin: str) -> None:
    said = json.loads(
        tyk("bench", plugin, "-s", "TellStatus", "--seconds", "0.05", "--json").stdout
    )
    assert (said["ok"], said["function"]) == (True, "TellStatus")
    assert [row["way"] for row in said["ways"]] == ["inline", "pool", "process"]
    for row in said["ways"]:
        assert row["calls"] > 0
        assert row["failed"] == 0
        assert 0 < row["p50"] <= row["p99"]


def test_a_table_of_it_for_people(tyk: Tyk, plugin: str) -> None:
    said = tyk("bench", plugin, "-s", "Fail", "--seconds", "0.02", "--threads", "1")
    assert said.exit_code == 1
    assert [line.split()[0] for line in said.stdout.splitlines()] == [
        "calls/s", "inline", "pool", "process"
    ]  # fmt: skip
    assert said.stderr.splitlines()[-1].endswith(" calls failed process")


@pytest.mark.parametrize(("symbol", "problem"), [
    ("Segfault", "tyk: plugin.so: segfault in Segfault, inline\n"),
    ("nothing", "tyk: plugin.so: there is no function 'nothing' in it; "),
])  # fmt: skip
def test_what_can_not_be_measured(tyk: Tyk, plugin: str, symbol: str, problem: str) -> None:
    said = tyk("bench", plugin, "-s", symbol, "--seconds", "0.02")
    assert said.exit_code == 1
    assert said.stderr.startswith(problem)
