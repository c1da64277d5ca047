"""tyk plugin load says what Tyk's says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from tyk_command import Tyk


def test_it_prints_tyks_line_and_above_it_what_the_plugin_says(tyk: Tyk, plugin: str) -> None:
    said = tyk("load", "-f", plugin, "-s", "Echo")
    assert said.exit_code == 0
    assert re.fullmatch(
        r"\[file=plugin\.so, symbol=Echo\] loaded ok, got 0x[0-9a-f]+\n", said.stdout
    )
    assert re.fullmatch(
        r'time="\w{3} \d\d \d\d:\d\d:\d\d" level=info msg="ready \\"now\\"" fields={"a": 1}\n',
        said.stderr,
    )


def test_several_files(tyk: Tyk, plugin: str, folder: Path) -> None:
    shutil.copy(folder / plugin, folder / "other.so")
    said = tyk("load", "--file", "plugin.so,other.so", "--symbol", "Echo")
    assert [line.split(",")[0] for line in said.stdout.splitlines()] == [
        "[file=plugin.so",
        "[file=other.so",
    ]


@pytest.mark.parametrize(
    ("file", "symbol", "problem"),
    [
        ("none.so", "Echo", "none.so: no such file"),
        (
            "plugin.so",
            "echo",
            "plugin.so: there is no function 'echo' in it; did you mean Echo? there is AddHeader, "
            "Echo, TellStatus, Segfault, Exit, Hang, Fail, Inject and 3 more",
        ),
    ],
)
def test_what_does_not_load_is_told_as_by_tyk(
    tyk: Tyk, plugin: str, file: str, symbol: str, problem: str
) -> None:
    said = tyk("load", "-f", file, "-s", symbol)
    assert said.exit_code == 1
    assert said.stdout == ""
    assert said.stderr == f"tyk: error: unexpected error: {problem}, try --help\n"


def test_without_a_symbol_it_was_typed_wrong(tyk: Tyk, plugin: str) -> None:
    assert tyk("load", "-f", plugin).exit_code == 2
