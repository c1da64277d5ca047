"""Given files, tyk plugin inspect and symbols say what they are, and run nothing of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from plugin_library import compile_c
from rights import as_somebody_without_rights
from tyk_command import Tyk

from twisted_tyk.native.machine import this_machine


def test_a_plugin_says_what_it_is(tyk: Tyk, plugin: str, folder: Path) -> None:
    said = tyk("inspect", plugin)
    assert said.exit_code == 0
    lines = [line.split(maxsplit=1) for line in said.stdout.splitlines()]
    assert ["language", "C"] in lines
    assert ["plugin", "troubles 1.2.3"] in lines
    assert ["interface", "1.0; this gateway speaks 1.0"] in lines
    assert ["system", f"linux/{this_machine()}"] in lines
    assert "    int32_t AddHeader(tyk_call *call)\n        request; asks for mode inline\n" in (
        said.stdout
    )
    assert "        request; asks for mode pool; needs body, session\n" in said.stdout
    assert "ready" not in said.stdout, "its init was run"


def test_scripts_get_json(tyk: Tyk, plugin: str, folder: Path) -> None:
    said = json.loads(tyk("inspect", plugin, "--json").stdout)
    assert said["ok"] is True
    assert said["sha256"] == hashlib.sha256((folder / plugin).read_bytes()).hexdigest()
    assert said["size"] == (folder / plugin).stat().st_size
    assert said["go"] is None
    assert said["functions"][1] == {
        "name": "Echo",
        "kind": "request",
        "needs": ["body", "session"],
        "mode": "pool",
        "signature": "int32_t Echo(tyk_call *call)",
    }


def test_a_folder_stands_for_the_libraries_in_it(tyk: Tyk, plugin: str, folder: Path) -> None:
    (folder / "a.so").write_text("no library\n")
    (folder / "notes.txt").write_text("not looked at\n")
    said = tyk("inspect", ".", "--json")
    assert said.exit_code == 1
    first, second = map(json.loads, said.stdout.splitlines())
    assert (first["file"], first["ok"]) == ("a.so", False)
    assert first["error"] == (
        "a.so: is a text file, expected a plugin library; name the library that was built"
    )
    assert second["ok"] is True


def test_what_is_no_plugin_is_told_in_one_sentence(tyk: Tyk, folder: Path) -> None:
    (folder / "main.go").write_text("package main\n")
    said = tyk("inspect", "main.go", "none.so")
    assert said.exit_code == 1
    assert said.stdout == "\n"
    assert said.stderr == (
        "tyk: main.go: is Go source, expected a plugin library; build it: type `tyk plugin build` "
        "with the name of its folder\n"
        "tyk: none.so: no such file\n"
    )


def test_a_folder_without_libraries(tyk: Tyk, folder: Path) -> None:
    said = tyk("inspect", folder)
    assert (said.exit_code, said.stdout) == (1, "")
    assert said.stderr == (
        f"tyk: {folder}: there is no .so and no bundle in it; type `tyk plugin build {folder}`\n"
    )


def test_scripts_are_told_of_a_folder_too(tyk: Tyk, folder: Path, plugin: str) -> None:
    (folder / "none").mkdir()
    said = tyk("inspect", "none", plugin, "--json")
    none, found = map(json.loads, said.stdout.splitlines())
    assert (said.exit_code, found["ok"]) == (1, True)
    assert none == {
        "file": "none",
        "ok": False,
        "error": "none: there is no .so and no bundle in it; type `tyk plugin build none`",
    }


def test_a_folder_that_may_not_be_entered(tyk: Tyk, folder: Path) -> None:
    folder.chmod(0o755)
    inner = folder / "inner"
    inner.mkdir()
    with as_somebody_without_rights(inner):
        said = tyk("inspect", "inner", "inner/plugin.so")
    of_folder, of_file = said.stderr.splitlines()
    assert of_folder == "tyk: inner: can not be read: Permission denied"
    assert of_file.startswith("tyk: inner/plugin.so: cannot be read by user ")


def test_names_can_not_play_with_the_terminal(tyk: Tyk, plugin: str, folder: Path) -> None:
    library = (folder / plugin).read_bytes()
    (folder / plugin).write_bytes(library.replace(b"troubles", b"\\u001b[J"))
    assert "  plugin     \\x1b[J 1.2.3\n" in tyk("inspect", plugin).stdout


def test_symbols_of_a_plugin(tyk: Tyk, plugin: str) -> None:
    said = tyk("symbols", plugin)
    assert said.exit_code == 0
    names = ("abi", "call", "control", "describe", "free", "init", "shutdown")
    assert said.stdout == "".join(f"function  tyk_plugin_{name}\n" for name in names)


def test_symbols_of_any_library(tyk: Tyk, folder: Path) -> None:
    source = folder / "count.c"
    source.write_text("extern int count;\nint count = 1;\n")
    compile_c(folder / "count.so", source, flags=["-fvisibility=default"])
    said = json.loads(tyk("symbols", "count.so", "--json").stdout)
    assert said == {
        "file": "count.so",
        "ok": True,
        "symbols": [{"name": "count", "kind": "object"}],
    }


def test_symbols_of_what_has_none(tyk: Tyk, plugin: str, folder: Path) -> None:
    (folder / "cut.so").write_bytes((folder / plugin).read_bytes()[:3000])
    (folder / "text.so").write_text("text\n")
    for name, problem in (("cut", "is a broken library: it is cut off"), ("text", "is a text")):
        said = tyk("symbols", f"{name}.so")
        assert said.exit_code == 1
        assert said.stderr.startswith(f"tyk: {name}.so: {problem}")
        as_json = json.loads(tyk("symbols", f"{name}.so", "--json").stdout)
        assert as_json["ok"] is False
        assert as_json["error"].startswith(f"{name}.so: {problem}")
