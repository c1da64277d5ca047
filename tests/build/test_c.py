"""Folders of C and C++ files become plugins, or sentences that say why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import Make
from plugin_library import Frame, PluginLibrary, compiler

from twisted_tyk.build.contract import BuildError, Built
from twisted_tyk.native import abi

PLUGIN = """\
#include <tyk_hook.h>

int32_t answer(tyk_call *call);

TYK_PLUGIN("many", "0.1", (answer, request, inline));
"""
ANSWER = """\
#include <tyk_hook.h>
#include "words.h"

int32_t answer(tyk_call *call);

int32_t answer(tyk_call *call)
{
    return tyk_reply_text(call, WORDS);
}
"""
PLUS = ANSWER.replace("int32_t answer", 'extern "C" int32_t answer').replace(
    "tyk_reply_text(call, WORDS)", "tyk_reply_text(call, std::string(WORDS).c_str())"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    compiler("cc", "gcc", "clang")
    folder = tmp_path / "many"
    folder.mkdir()
    (folder / "plugin.c").write_text(PLUGIN)
    (folder / "answer.c").write_text(ANSWER)
    (folder / "words.h").write_text('#ifndef WORDS\n#define WORDS "from here"\n#endif\n')
    return folder


def answer(built: Built) -> bytes:
    return PluginLibrary(built.file).call("answer", Frame()).written()


def test_all_files_of_a_folder_become_one_library(folder: Path, make: Make) -> None:
    before = sorted(folder.iterdir())
    built = make(folder)
    assert built.file == folder / "plugin.so"
    assert (built.manifest.language, built.manifest.name) == ("c", "many")
    assert built.warnings == ()
    assert answer(built) == b"from here"
    assert sorted(folder.iterdir()) == sorted([*before, built.file])


def test_c_and_cpp_stand_side_by_side(folder: Path, make: Make) -> None:
    compiler("c++", "g++", "clang++")
    (folder / "answer.c").unlink()
    (folder / "answer.cpp").write_text("#include <string>\n" + PLUS)
    assert answer(make(folder)) == b"from here"


def test_flags_of_the_environment_count(folder: Path, make: Make) -> None:
    built = make(folder, CFLAGS="-DWORDS='\"from flags\"' -O0", LDFLAGS="-Wl,-soname,my.so")
    assert answer(built) == b"from flags"
    assert b"my.so\0" in built.file.read_bytes()


def test_errors_point_at_the_users_lines(
    folder: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    (folder / "answer.c").write_text(ANSWER.replace("WORDS", "WORD"))
    with pytest.raises(BuildError, match=r"^many: it does not compile$") as told:
        make(Path("many"))
    assert any(line.startswith("many/answer.c:8:33: error:") for line in told.value.lines)


def test_warnings_are_handed_over(folder: Path, make: Make) -> None:
    (folder / "answer.c").write_text("#warning mind this\n" + ANSWER)
    (warning,) = make(folder).warnings
    assert warning.startswith(f"{folder}/answer.c:1:")
    assert "mind this" in warning


def test_a_name_that_is_nowhere_is_told_when_it_is_linked(folder: Path, make: Make) -> None:
    (folder / "answer.c").unlink()
    with pytest.raises(BuildError, match="does not compile") as told:
        make(folder)
    assert any("undefined reference" in line and "answer" in line for line in told.value.lines)


def test_files_that_make_no_plugin(folder: Path, make: Make) -> None:
    (folder / "plugin.c").unlink()
    with pytest.raises(BuildError, match=r"many: it compiles, but makes no plugin: .* TYK_PLUGIN"):
        make(folder)


def test_a_manifest_that_is_broken(folder: Path, make: Make) -> None:
    (folder / "plugin.c").write_text(PLUGIN.replace('"many"', '"ma\\"ny"'))
    with pytest.raises(BuildError, match=r"would not be loaded: .*its manifest is not JSON"):
        make(folder)


def test_without_a_compiler_it_says_what_to_install(
    folder: Path, make: Make, tmp_path: Path
) -> None:
    with pytest.raises(BuildError, match="no C compiler; install gcc or clang, or set CC"):
        make(folder, PATH=str(tmp_path), CC="")
    (folder / "answer.c").rename(folder / "answer.cc")
    with pytest.raises(BuildError, match=r"no C\+\+ compiler; install g\+\+ or clang, or set CXX"):
        make(folder, PATH=str(tmp_path), CXX="")


def test_a_compiler_that_is_none(folder: Path, make: Make) -> None:
    with pytest.raises(BuildError, match="CC: there is no program no-such-cc; name a compiler"):
        make(folder, CC="no-such-cc -pipe")
    with pytest.raises(BuildError, match="CFLAGS: No closing quotation; found"):
        make(folder, CFLAGS="-D'x")


def test_a_compiler_with_words_of_its_own(folder: Path, make: Make) -> None:
    assert answer(make(folder, CC=f"env X=1 {compiler('cc', 'gcc')}")) == b"from here"


def test_a_folder_of_two_languages(folder: Path, make: Make) -> None:
    (folder / "Cargo.toml").write_text("")
    (folder / "main.go").write_text("package main\n")
    with pytest.raises(BuildError, match="sources of Go and of Rust in it; keep one language"):
        make(folder)


def test_the_status_of_the_first_call(folder: Path, make: Make) -> None:
    assert PluginLibrary(make(folder).file).call(7).status == abi.E_FUNCTION
