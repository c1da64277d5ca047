"""Given a library, this is the C library that it needs, and whether this system has it."""

from __future__ import annotations

import io
import os
import struct
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plugin_library import compile_c, compiler
from raw_plugin import raw_plugin

from twisted_tyk.native import examine as examining
from twisted_tyk.native import libc
from twisted_tyk.native.elf import Elf, ElfError
from twisted_tyk.native.libc import Libc, libc_of, this_libc
from twisted_tyk.plugins.driver import LoadError

SOURCE = """
#include <stdlib.h>
#include <stdio.h>
int say(void);
int say(void) { return printf("%s\\n", getenv("HOME")); }
"""


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("libc")
    (folder / "say.c").write_text(SOURCE)
    return compile_c(folder / "say.so", folder / "say.c").read_bytes()


def read(data: bytes) -> Elf:
    return Elf.read(io.BytesIO(data))


def test_it_is_what_binutils_read(library: bytes, tmp_path: Path) -> None:
    """The highest of all versions."""
    (tmp_path / "say.so").write_bytes(library)
    said = subprocess.run(
        [compiler("readelf"), "--version-info", "--wide", tmp_path / "say.so"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = [word for word in said.replace("(", " ").replace(")", " ").split() if "GLIBC_" in word]
    versions = [tuple(map(int, name.removeprefix("GLIBC_").split("."))) for name in names]
    assert libc_of(read(library)) == Libc("glibc", max(versions))


def test_this_one_is_what_the_interpreter_says() -> None:
    assert str(this_libc()) == os.confstr("CS_GNU_LIBC_VERSION")


@pytest.mark.parametrize("answer", [None, "musl", "glibc", "NPTL 2.3"])
def test_a_system_that_says_something_else(
    monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    monkeypatch.setattr(os, "confstr", lambda name: answer)
    assert this_libc() == Libc("")


def test_a_system_that_does_not_know_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> str:
        raise ValueError("unrecognized configuration name")

    monkeypatch.setattr(os, "confstr", unknown)
    assert this_libc() == Libc("")


def test_what_needs_no_library_needs_no_version(tmp_path: Path) -> None:
    (tmp_path / "add.c").write_text("int add(int);\nint add(int x) { return x + 1; }\n")
    file = compile_c(tmp_path / "add.so", tmp_path / "add.c", flags=["-nostdlib"])
    assert str(libc_of(read(file.read_bytes()))) == ""


def test_musl_says_so_by_its_name(tmp_path: Path) -> None:
    name = "libc.musl-x86_64.so.1"
    (tmp_path / "musl.c").write_text("int one(void);\nint one(void) { return 1; }\n")
    flags = [f"-Wl,-soname,{name}", "-fvisibility=default"]
    compile_c(tmp_path / name, tmp_path / "musl.c", flags=flags)
    (tmp_path / "say.c").write_text(SOURCE)
    linked = ["-Wl,--no-as-needed", f"-L{tmp_path}", f"-l:{name}"]
    file = compile_c(tmp_path / "say.so", tmp_path / "say.c", flags=linked)
    assert libc_of(read(file.read_bytes())) == Libc("musl")


@pytest.mark.parametrize(
    ("here", "needed", "out"),
    [
        (Libc("glibc", (2, 36)), Libc("glibc", (2, 36)), False),
        (Libc("glibc", (2, 36)), Libc("glibc", (2, 9)), False),
        (Libc("glibc", (2, 36)), Libc("glibc", (2, 36, 1)), True),
        (Libc("glibc", (2, 36)), Libc("glibc", (2, 100)), True),
        (Libc("glibc", (2, 36)), Libc("musl"), True),
        (Libc("glibc", (2, 36)), Libc(""), False),
        (Libc(""), Libc("glibc", (2, 36)), False),
    ],
)
def test_what_keeps_a_library_out(here: Libc, needed: Libc, out: bool) -> None:
    assert here.keeps_out(needed) is out


def test_a_plugin_that_needs_a_newer_one_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examining, "libc_of", lambda elf: Libc("glibc", (2, 99)))
    with pytest.raises(LoadError) as refused:
        examining.examine(raw_plugin(tmp_path), "p.so")
    assert str(refused.value) == (
        f"p.so: needs glibc 2.99, this system has {this_libc()}; rebuild its sources with "
        "`tyk plugin build` here, or on a system that is no newer than this one"
    )


def place(library: bytes) -> int:
    found = next(each for each in read(library).sections if each.name == ".gnu.version_r")
    return found.offset


@pytest.mark.parametrize("first", [1, 16, 0xFFFFFF00])
def test_versions_that_lead_nowhere(library: bytes, first: int) -> None:
    """Where the versions of the first library begin."""
    data = bytearray(library)
    struct.pack_into("=I", data, place(library) + 8, 0xFFFFFFFF if first > 255 else first + 0x10000)
    with pytest.raises(ElfError, match=r"its section \.gnu\.version_r is cut off"):
        libc_of(read(bytes(data)))


def test_versions_without_end(library: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libc, "_ENOUGH", 0)
    with pytest.raises(ElfError, match="names more than 0 versions"):
        libc_of(read(library))


@given(at=st.integers(0, 200), new=st.binary(min_size=1, max_size=8))
def test_any_bytes_there_are_read_or_refused(library: bytes, at: int, new: bytes) -> None:
    begin = place(library) + at
    data = library[:begin] + new + library[begin + len(new) :]
    with suppress(ElfError):
        assert libc_of(read(data)).name in ("", "glibc")
