"""From a folder to a file: names, replacing, and what stays as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from building import BuildPlugin
from plugin_library import section

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.build.contract import BuildError
from twisted_tyk.native.machine import this_machine, this_system

SOURCE = """package main

import "net/http"

func init() {}

func F(rw http.ResponseWriter, r *http.Request) {}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same for all tests here, since only the first build of a folder links."""
    # Its name stands in the manifest, and so in C source.
    made = tmp_path_factory.mktemp("folder") / 'plug "in" ??= \\ é'
    made.mkdir()
    (made / "plugin.go").write_text(SOURCE)
    return made


@pytest.fixture
def files(folder: Path) -> list[str]:
    """Empties the folder of what other tests built."""
    for file in folder.iterdir():
        if file.suffix != ".go":
            file.unlink()
    return os.listdir(folder)


def test_the_file_is_called_plugin_and_nothing_else_is_left(
    folder: Path, files: list[str], build_plugin: BuildPlugin
) -> None:
    built = build_plugin(folder)
    assert built.file == folder / "plugin.so"
    assert sorted(os.listdir(folder)) == sorted([*files, "plugin.so"])
    assert os.access(built.file, os.X_OK)
    assert section(built.file) == built.manifest.text
    assert built.manifest.name == folder.name
    assert built.as_dict() == {
        "file": str(built.file),
        "language": "go",
        "functions": ["F"],
        "seconds": round(built.seconds, 3),
        "warnings": [],
    }


@pytest.mark.parametrize(
    ("keywords", "name"),
    [
        ({}, f"hook_{TYK_VERSION}_{this_system()}_{this_machine()}.so"),
        ({"gateway_version": "4.1.0-rc1"}, f"hook_v4.1.0_{this_system()}_{this_machine()}.so"),
    ],
)
def test_a_versioned_name(
    folder: Path, tmp_path: Path, build_plugin: BuildPlugin, keywords: dict[str, str], name: str
) -> None:
    built = build_plugin(folder, tmp_path / "new" / "hook.so", versioned=True, **keywords)
    assert built.file == tmp_path / "new" / name
    assert built.file.exists()


def test_an_older_file_is_replaced_and_not_written_over(
    folder: Path, tmp_path: Path, build_plugin: BuildPlugin
) -> None:
    output = tmp_path / "plugin.so"
    output.write_bytes(b"the file as somebody has it loaded")
    with output.open("rb") as loaded:
        build_plugin(folder, output)
        assert loaded.read() == b"the file as somebody has it loaded"
    assert output.read_bytes().startswith(b"\x7fELF")
    assert os.listdir(tmp_path) == ["plugin.so"]


def test_the_same_input_gives_the_same_bytes(
    folder: Path, tmp_path: Path, build_plugin: BuildPlugin, build_environ: Mapping[str, str]
) -> None:
    copy = tmp_path / folder.name
    shutil.copytree(folder, copy)
    elsewhere = {**build_environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    first = build_plugin(folder, tmp_path / "first.so").file
    second = build_plugin(copy, tmp_path / "second.so", environ=elsewhere).file
    assert first.read_bytes() == second.read_bytes()


def test_builds_of_one_folder_wait_for_each_other(
    folder: Path, tmp_path: Path, build_plugin: BuildPlugin
) -> None:
    outputs = [tmp_path / f"{number}.so" for number in range(3)]
    with ThreadPoolExecutor(3) as threads:
        built = list(threads.map(lambda output: build_plugin(folder, output).file, outputs))
    assert len({file.read_bytes() for file in built}) == 1


def test_what_was_kept_for_a_folder_goes_with_it(
    folder: Path, tmp_path: Path, build_plugin: BuildPlugin, build_environ: Mapping[str, str]
) -> None:
    environ = {**build_environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    gone = tmp_path / "gone"
    shutil.copytree(folder, gone)
    output = tmp_path / "plugin.so"
    build_plugin(folder, output, environ=environ)
    build_plugin(gone, output, environ=environ)
    notes = list((tmp_path / "cache").rglob("folder"))
    assert {note.read_text() for note in notes} == {str(folder), str(gone)}
    shutil.rmtree(gone)
    build_plugin(folder, output, environ=environ)
    (note,) = (tmp_path / "cache").rglob("folder")
    assert note.read_text() == str(folder)
    assert [other for other in notes if other.parent.exists()] == [note]


class TestWithoutHome:
    """As services and containers are started."""

    @pytest.fixture
    def environ(self, build_environ: Mapping[str, str]) -> dict[str, str]:
        return {key: value for key, value in build_environ.items() if key != "HOME"}

    @pytest.mark.parametrize("home", [None, ""])
    def test_the_user_has_one(
        self,
        folder: Path,
        tmp_path: Path,
        build_plugin: BuildPlugin,
        environ: dict[str, str],
        home: str | None,
    ) -> None:
        given = environ if home is None else {**environ, "HOME": home}
        assert build_plugin(folder, tmp_path / "plugin.so", environ=given).file.exists()

    def test_the_user_is_unknown(
        self,
        folder: Path,
        tmp_path: Path,
        build_plugin: BuildPlugin,
        environ: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)
        output = tmp_path / "plugin.so"
        assert build_plugin(folder, output, environ=environ).file.exists()
        del environ["XDG_CACHE_HOME"]
        with pytest.raises(BuildError, match="HOME is not set; set it to a folder that can be w"):
            build_plugin(folder, output, environ=environ)


def _hooks_in_python(path: Path) -> None:
    path.mkdir()
    (path / "hook.py").write_text("")


class TestRefusals:
    @pytest.mark.parametrize(
        ("make", "said"),
        [
            (lambda path: None, "no such folder"),
            (lambda path: path.write_text(""), "not a folder; name the folder it is in"),
            (lambda path: path.mkdir(), "nothing to build in it; looked for sources of "),
            (_hooks_in_python, "nothing to build in it; .* type `tyk plugin check` with the name"),
            (lambda path: path.symlink_to(path), "can not be read: Too many levels of symbolic"),
        ],
    )
    def test_folders(
        self, tmp_path: Path, build_plugin: BuildPlugin, make: object, said: str
    ) -> None:
        path = tmp_path / "mine"
        make(path)
        with pytest.raises(BuildError, match=f"mine: .*{said}"):
            build_plugin(path)

    def test_an_output_that_is_a_folder(
        self, folder: Path, tmp_path: Path, build_plugin: BuildPlugin
    ) -> None:
        with pytest.raises(BuildError, match=r"is a folder; name a file, such as .*/plugin\.so"):
            build_plugin(folder, tmp_path)

    def test_an_output_that_is_no_library(
        self, folder: Path, tmp_path: Path, build_plugin: BuildPlugin
    ) -> None:
        """A source file, say, that was named by mistake."""
        source = tmp_path / "a.c"
        source.write_text("int main;")
        with pytest.raises(BuildError, match=r"a\.c: is there already, and is no plugin; name ano"):
            build_plugin(folder, source)
        assert source.read_text() == "int main;"

    def test_an_output_that_was_built_before(
        self, folder: Path, tmp_path: Path, build_plugin: BuildPlugin
    ) -> None:
        """Whatever its name."""
        for _ in range(2):
            built = build_plugin(folder, tmp_path / "plugin.built")
        assert section(built.file) == built.manifest.text

    def test_an_output_that_is_no_file(
        self, folder: Path, tmp_path: Path, build_plugin: BuildPlugin
    ) -> None:
        os.mkfifo(tmp_path / "pipe.so")
        with pytest.raises(BuildError, match=r"pipe\.so: is no file that could be replaced"):
            build_plugin(folder, tmp_path / "pipe.so")
        assert os.listdir(tmp_path) == ["pipe.so"]

    def test_an_output_that_can_not_be_written(
        self, folder: Path, tmp_path: Path, build_plugin: BuildPlugin
    ) -> None:
        (tmp_path / "file").write_text("")
        with pytest.raises(BuildError, match=r"plugin\.so: can not be written: "):
            build_plugin(folder, tmp_path / "file" / "plugin.so")

    def test_a_cache_that_can_not_be_written(
        self,
        folder: Path,
        tmp_path: Path,
        build_plugin: BuildPlugin,
        build_environ: Mapping[str, str],
    ) -> None:
        (tmp_path / "file").write_text("")
        environ = {**build_environ, "XDG_CACHE_HOME": str(tmp_path / "file")}
        with pytest.raises(BuildError, match="set XDG_CACHE_HOME to a folder that can be"):
            build_plugin(folder, environ=environ)
