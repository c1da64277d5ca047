"""Given a plugin with troubles, tyk plugin check reports each of them and goes on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from plugin_library import compile_c
from raw_plugin import raw_plugin
from tyk_command import Tyk


def test_each_function_is_called_whatever_the_others_do(tyk: Tyk, plugin: str) -> None:
    said = tyk("check", plugin, "--json", "--timeout", "2")
    assert said.exit_code == 1
    report = json.loads(said.stdout)
    assert (report["file"], report["ok"]) == ("plugin.so", False)
    rows = {row["name"]: (row["ok"], row["text"]) for row in report["checks"]}
    assert rows["examine"] == (True, "C plugin, interface 1.0")
    assert rows["load"][0]
    assert rows["AddHeader"][1].startswith("request, 2 changes in ")
    assert rows["Echo"][0]
    assert rows["TellStatus"][1].startswith("response, 1 change in ")
    assert rows["Segfault"] == (False, "segfault in Segfault")
    assert rows["Exit"] == (False, "exit with status 3 in Exit")
    assert rows["Hang"] == (False, "no answer within 2 s in Hang")
    assert rows["Fail"] == (False, "request, failed: no database")
    assert rows["Inject"][1].startswith("request, asked for changes that cannot be made: ")


def test_a_good_function_alone(tyk: Tyk, plugin: str) -> None:
    said = tyk("check", plugin, "-s", "AddHeader")
    assert said.exit_code == 0
    lines = said.stdout.splitlines()
    assert lines[:2] == ["plugin.so", "  ok      examine: C plugin, interface 1.0"]
    assert lines[2].startswith("  ok      load: in ")
    assert lines[3].startswith("  ok      AddHeader: request, 2 changes in ")


def test_what_the_plugin_prints_is_shown_beside_the_report(tyk: Tyk, plugin: str) -> None:
    said = tyk("check", plugin, "-s", "Exit")
    assert said.stdout.endswith("  FAILED  Exit: exit with status 3 in Exit\n")
    assert said.stderr == "        | about to leave\n"


def test_no_such_function(tyk: Tyk, plugin: str) -> None:
    said = tyk("check", plugin, "-s", "Ecko")
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr.startswith(
        "tyk: plugin.so: there is no function 'Ecko' in it; did you mean Echo? there is AddHeader"
    )


def test_no_plugin(tyk: Tyk, folder: Path) -> None:
    said = tyk("check", "none.so", "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout) == {
        "ok": False,
        "error": "none.so: no such file",
        "file": "none.so",
    }


def test_a_library_that_says_another_thing_once_it_is_loaded(tyk: Tyk, folder: Path) -> None:
    """Its section is one manifest, and what it describes itself with another."""
    library = raw_plugin(folder).read_bytes()
    first = library.index(b'"version": "1.0.0"')
    second = library.index(b'"version": "1.0.0"', first + 1)
    for place, name in ((first, "a.so"), (second, "b.so")):
        (folder / name).write_bytes(
            library[:place] + b'"version": "9.9.9"' + library[place + len('"version": "1.0.0"') :]
        )
        said = tyk("check", name)
        assert said.exit_code == 1
        assert (
            "  FAILED  manifest: tyk_plugin_describe gives another than the file has in it\n"
            in said.stdout
        )


def test_a_library_that_crashes_when_it_is_loaded(tyk: Tyk, folder: Path) -> None:
    raw_plugin(folder)
    source = folder / "raw.c"
    source.write_text(
        source.read_text() + "\n#include <stdlib.h>\nvoid begin(void);\n"
        "__attribute__((constructor)) void begin(void) { abort(); }\n"
    )
    compile_c(folder / "crash.so", source)
    said = tyk("check", "crash.so")
    assert said.exit_code == 1
    assert said.stdout.endswith("  FAILED  load: abort\n")


@pytest.mark.parametrize("command", ["check", "bench"])
def test_a_library_that_is_not_ready_says_why(tyk: Tyk, folder: Path, command: str) -> None:
    (folder / "unready.c").write_text(UNREADY)
    compile_c(folder / "unready.so", folder / "unready.c")
    symbol = [] if command == "check" else ["-s", "F"]
    said = tyk(command, "unready.so", *symbol)
    assert said.exit_code == 1
    assert "there is no database" in said.stderr
    assert "unready.so: its initialisation failed: it says that it failed;" in said.output


UNREADY = """\
#include <tyk_hook.h>

static int32_t Begin(tyk_text config)
{
    (void)config;
    tyk_log(NULL, TYK_SEVERE, "there is no database");
    return TYK_E_FAILED;
}

static int32_t F(tyk_call *call)
{
    (void)call;
    return TYK_OK;
}

TYK_PLUGIN_WITH("unready", "1.0.0", Begin, NULL, (F, request, any));
"""
