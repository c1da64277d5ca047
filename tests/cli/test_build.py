"""tyk plugin new and build: from a name to a library that loads."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from plugin_library import compiler
from tyk_command import Tyk

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.native.examine import examine
from twisted_tyk.native.machine import this_machine

NEEDS = {"c": ("gcc", "cc"), "go": ("go",), "rust": ("cargo",)}


@pytest.fixture
def hello(tyk: Tyk, folder: Path) -> Path:
    """A new plugin in C."""
    compiler(*NEEDS["c"])
    assert tyk("new", "hello", "--lang", "c").exit_code == 0
    return folder / "hello"


@pytest.mark.parametrize("language", NEEDS)
def test_a_new_plugin_builds_and_passes_its_checks(tyk: Tyk, folder: Path, language: str) -> None:
    compiler(*NEEDS[language])
    said = tyk("new", "my-first", "--lang", language)
    assert said.exit_code == 0
    for command in said.stdout.splitlines()[1:]:
        typed = command.split()
        assert typed[:2] == ["tyk", "plugin"]
        done = tyk(*typed[2:])
        assert done.exit_code == 0, done.stderr
    assert done.stdout.count("  ok      ") == 4


def test_a_new_hook_in_python_needs_no_build(tyk: Tyk, folder: Path) -> None:
    said = tyk("new", "a/hooks", "--lang", "python")
    assert said.stdout == (
        "a/hooks: made, a plugin in Python; go on with\n  tyk plugin check a/hooks/hook.py\n"
    )
    assert tyk("check", "a/hooks/hook.py").exit_code == 0


def test_what_is_there_is_left_alone(tyk: Tyk, hello: Path) -> None:
    before = {file: file.read_bytes() for file in hello.iterdir()}
    said = tyk("new", "hello", "--lang", "go")
    assert said.exit_code == 1
    assert said.stderr == (
        "tyk: hello: is there already, with something in it; choose another name\n"
    )
    assert {file: file.read_bytes() for file in hello.iterdir()} == before


def test_an_empty_folder_is_filled(tyk: Tyk, folder: Path) -> None:
    (folder / "empty").mkdir()
    assert tyk("new", "empty", "--lang", "c").exit_code == 0
    assert (folder / "empty" / "plugin.c").read_text().startswith("/* empty: ")


def test_so_is_the_folder_one_is_in(
    tyk: Tyk, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "mine").mkdir()
    monkeypatch.chdir(folder / "mine")
    assert tyk("new", ".", "--lang", "c").stdout == (
        ".: made, a plugin in C; go on with\n  tyk plugin build .\n  tyk plugin check plugin.so\n"
    )
    assert Path("plugin.c").read_text().startswith("/* mine: ")


@pytest.mark.parametrize("name", ["9x", "a b", "..", "x" * 65, "é"])
def test_a_name_that_no_plugin_can_have(tyk: Tyk, folder: Path, name: str) -> None:
    said = tyk("new", name, "--lang", "c")
    assert said.exit_code == 2
    assert "expected letters, digits, - and _, a letter first" in said.stderr


def test_a_place_that_can_not_be_written_to(tyk: Tyk, folder: Path) -> None:
    (folder / "file").write_text("")
    said = tyk("new", "file/inside", "--lang", "c")
    assert said.exit_code == 1
    assert said.stderr == "tyk: file/inside: cannot be written: Not a directory\n"


def test_a_build_tells_what_it_made_and_what_to_write_down(tyk: Tyk, hello: Path) -> None:
    said = tyk("build", "hello")
    lines = said.stdout.splitlines()
    assert lines[0].startswith("hello/plugin.so: C plugin, ")
    assert lines[1] == "  int32_t add_header(tyk_call *call)"
    at = lines.index("In an API definition:")
    written = json.loads("{" + "\n".join(lines[at + 1 :]) + "}")
    path = str(hello / "plugin.so")
    assert written == {
        "custom_middleware": {
            "driver": "goplugin",
            "pre": [{"name": "add_header", "path": path}],
            "response": [{"name": "tell_status", "path": path}],
        }
    }


def test_scripts_get_json(tyk: Tyk, hello: Path, folder: Path) -> None:
    said = json.loads(tyk("build", "hello", "-o", "out/x.so", "--json").stdout)
    assert said.pop("seconds") > 0
    assert said == {
        "ok": True,
        "file": "out/x.so",
        "language": "c",
        "functions": ["add_header", "tell_status"],
        "warnings": [],
        "size": (folder / "out" / "x.so").stat().st_size,
    }


def test_the_name_tyk_looks_for(tyk: Tyk, hello: Path) -> None:
    assert tyk("build", "hello", "--versioned").exit_code == 0
    assert (hello / f"plugin_{TYK_VERSION}_linux_{this_machine()}.so").is_file()


def test_an_analytics_function_goes_to_its_own_place(tyk: Tyk, hello: Path) -> None:
    source = hello / "plugin.c"
    source.write_text(source.read_text().replace("(tell_status, response", "(tell_status, analytics"
                                                 ))  # fmt: skip
    said = tyk("build", "hello").stdout
    assert '"pre": [{' in said
    assert f'"analytics_plugin": {{"enable": true, "plugin_path": "{hello}/plugin.so", ' in said


class TestTheArgumentsOfTyksCompilerImage:
    @pytest.fixture(autouse=True)
    def in_the_folder(self, hello: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(hello)

    @pytest.mark.parametrize(
        "more", [(), ("my-id",), ("my-id", "linux"), ("", "linux", this_machine())]
    )
    def test_give_a_versioned_name(self, tyk: Tyk, hello: Path, more: tuple[str, ...]) -> None:
        said = tyk("build", "p.so", *more)
        assert said.exit_code == 0
        file = hello / f"p_{TYK_VERSION}_linux_{this_machine()}.so"
        assert examine(file, "p.so").name == "hello"

    def test_for_another_system_are_refused(self, tyk: Tyk) -> None:
        said = tyk("build", "p.so", "id", "plan9", "z80")
        assert said.exit_code == 2
        assert f"found plan9/z80, expected linux/{this_machine()}" in said.stderr

    def test_come_from_the_environment_too(self, tyk: Tyk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("GOARCH", "z80")
        assert "found linux/z80" in tyk("build", "p.so").stderr

    def test_are_four(self, tyk: Tyk) -> None:
        assert tyk("build", "p.so", "a", "b", "c", "d").exit_code == 2

    def test_name_the_file_once(self, tyk: Tyk) -> None:
        said = tyk("build", "p.so", "-o", "q.so")
        assert "the file to make is named twice: p.so and q.so" in said.stderr


def test_an_error_names_the_users_file_and_line(tyk: Tyk, hello: Path) -> None:
    source = hello / "plugin.c"
    source.write_text(source.read_text().replace("return tyk_header_set", "retrun tyk_header_set"))
    line = (
        source.read_text()
        .splitlines()
        .index('    retrun tyk_header_set(call, "X-Plugin", "hello");')
    )
    said = tyk("build", "hello")
    assert (said.exit_code, said.stdout) == (1, "")
    assert f"hello/plugin.c:{line + 1}:5: error: " in said.stderr
    assert said.stderr.splitlines()[-1].startswith("tyk: hello: ")
    as_json = json.loads(tyk("build", "hello", "--json").stdout)
    assert as_json["ok"] is False
    assert any(f"plugin.c:{line + 1}:5: error: " in each for each in as_json["lines"])


def test_nothing_to_build(tyk: Tyk, folder: Path) -> None:
    said = tyk("build")
    assert said.exit_code == 1
    assert said.stderr.startswith("tyk: .: there is nothing to build in it; looked for sources of ")
    assert tyk("build", "none").stderr == "tyk: none: no such folder\n"
    assert tyk("build", "a", "b").exit_code == 2


def test_a_folder_may_end_in_so(tyk: Tyk, hello: Path, folder: Path) -> None:
    os.rename(hello, folder / "hello.so")
    assert tyk("build", "hello.so").stdout.startswith("hello.so/plugin.so: C plugin, ")
