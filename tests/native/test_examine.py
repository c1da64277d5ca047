"""Given a file that somebody names as a plugin, this is what is said of it before it is loaded."""

from __future__ import annotations

import os
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest
from building import TykPlugin
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plugin_library import compile_c, compiler
from raw_plugin import EXPORTS, MANIFEST, raw_plugin

from twisted_tyk.native.examine import examine
from twisted_tyk.native.machine import this_machine
from twisted_tyk.plugins.driver import LoadError

REBUILD = "rebuild its sources with `tyk plugin build`"


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return raw_plugin(tmp_path_factory.mktemp("examine")).read_bytes()


def said(file: Path) -> str:
    with pytest.raises(LoadError) as refused:
        examine(file, "p.so")
    text = str(refused.value)
    assert text.startswith("p.so: ")
    assert "\n" not in text
    return text.removeprefix("p.so: ")


def said_of(folder: Path, content: bytes) -> str:
    (folder / "p.so").write_bytes(content)
    return said(folder / "p.so")


def test_a_plugin_says_what_it_is(tmp_path: Path, library: bytes) -> None:
    (tmp_path / "p.so").write_bytes(library)
    manifest = examine(tmp_path / "p.so", "p.so")
    assert manifest.language == "c"
    assert [f.kind for f in manifest.functions.values()] == ["request", "response"]


def test_no_such_file(tmp_path: Path) -> None:
    assert said(tmp_path / "none.so") == "no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert said(tmp_path).startswith("is a folder, expected a plugin library; if its sources")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert said(tmp_path / "pipe") == "is a device, pipe or socket, expected a plugin library"


def test_a_path_that_can_not_be() -> None:
    assert said(Path("a\0b.so")) == "no file has a null byte in its name"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As root everything may be read, so the system's answer is made here."""

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)
    assert said(tmp_path / "p.so") == (
        f"cannot be read by user {os.geteuid()}; it needs mode 444, and the folders it is in "
        "need 555"
    )


FOREIGN: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty, expected a plugin library; was it copied whole?"),
    "a Mach-O": (b"\xcf\xfa\xed\xfe" + bytes(60), "is a library or program for macOS, expected"),
    "a PE": (b"MZ" + bytes(60), "is a library or program for Windows, expected"),
    "an archive": (b"!<arch>\n" + bytes(60), "is a static archive, expected a plugin library; "),
    "gzip": (b"\x1f\x8b\x08" + bytes(60), "is compressed with gzip, expected"),
    "Go": (b"// a plugin\npackage main\n", "is Go source, expected a plugin library; build it: "),
    "C": (b'/* a plugin */\n#include "tyk_hook.h"\n', "is C source, expected a plugin library; "),
    "Rust": (b"use tyk::Request;\n\nfn hook() {}\n", "is Rust source, expected a plugin library;"),
    "Python": (b"import json\n", "is Python source, expected a plugin library; hooks in Python"),
    "text": ("Grüße, nothing else\n".encode() * 400, "is a text file, expected a plugin library;"),
    "JSON": (b'{"file_list": []}', "is a text file, expected a plugin library; name the library"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "is a Git LFS pointer, expected"),
    "a script": (b"#!/bin/sh\necho\n", "is a script, expected a plugin library; name the library"),
    "zeros": (bytes(100), "is no library: it begins with 00 00 00 00 00 00 00 00, expected"),
    "Latin-1": ("Grüße".encode("latin-1"), "is no library: it begins with 47 72 fc df 65, "),
}


@pytest.mark.parametrize(("content", "expected"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_library(tmp_path: Path, content: bytes, expected: str) -> None:
    assert said_of(tmp_path, content).startswith(expected)


def test_a_bundle(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bundle.zip", "w") as bundle:
        bundle.writestr("manifest.json", "{}")
    assert said(tmp_path / "bundle.zip") == (
        "is a zip archive, expected a plugin library; if it is a plugin bundle, unpack it and name "
        "the .so in it"
    )


def patched(library: bytes, offset: int, value: int, size: int = 2) -> bytes:
    data = bytearray(library)
    data[offset : offset + size] = value.to_bytes(size, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("offset", "value", "size", "machine"),
    [
        (18, 243, 2, "riscv64"),
        (18, 9999, 2, "machine 9999 (64 bits, little endian)"),
        (4, 1, 1, "machine 62 (32 bits, little endian)"),
    ],
)
def test_another_architecture(
    tmp_path: Path, library: bytes, offset: int, value: int, size: int, machine: str
) -> None:
    if this_machine() != "amd64" and offset == 4:
        pytest.skip("written for amd64")
    here = this_machine()
    assert said_of(tmp_path, patched(library, offset, value, size)) == (
        f"is built for {machine}, this gateway runs on {here}; rebuild its sources for "
        f"linux/{here} with `tyk plugin build`"
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (1, "is an object file that was not linked, expected a plugin library"),
        (4, "is a core dump, expected a plugin library"),
        (77, "is an ELF file of type 77, expected a shared library"),
    ],
)
def test_another_kind_of_elf_file(tmp_path: Path, library: bytes, kind: int, expected: str) -> None:
    assert said_of(tmp_path, patched(library, 16, kind)).startswith(expected)


@pytest.mark.parametrize("flags", [["-pie", "-fPIE"], ["-no-pie"]])
def test_a_program(tmp_path: Path, flags: list[str]) -> None:
    (tmp_path / "main.c").write_text("int main(void) { return 0; }\n")
    command = [compiler("gcc", "clang"), *flags, "-o", "program", "main.c"]
    subprocess.run(command, cwd=tmp_path, check=True)
    assert said(tmp_path / "program") == f"is a program, expected a plugin library; {REBUILD}"


def test_a_library_that_is_cut_off(tmp_path: Path, library: bytes) -> None:
    text = said_of(tmp_path, library[:5000])
    assert text.startswith("is a broken library: it is cut off: its section headers would end at")
    assert text.endswith(f"was it copied whole? if so, {REBUILD}")


def test_a_library_of_another_kind(tmp_path: Path) -> None:
    (tmp_path / "add.c").write_text("int add(int a);\nint add(int a) { return a + 1; }\n")
    names = ", ".join(f"tyk_plugin_{name}" for name in EXPORTS)
    assert said(compile_c(tmp_path / "add.so", tmp_path / "add.c")) == (
        f"is a library but no plugin: it lacks {names} and the section .tyk_manifest; {REBUILD}"
    )


def test_a_library_without_a_manifest(tmp_path: Path) -> None:
    assert said(raw_plugin(tmp_path, section=False)) == (
        f"is a library but no plugin: it lacks the section .tyk_manifest; {REBUILD}"
    )


@pytest.mark.parametrize("name", EXPORTS)
def test_a_function_of_the_interface_is_missing(tmp_path: Path, name: str) -> None:
    file = raw_plugin(tmp_path, without=[name])
    assert said(file) == f"it does not export tyk_plugin_{name}; {REBUILD}"


def manifest(**members: object) -> dict[str, object]:
    return {**MANIFEST, **members}


INTERFACES = {
    "2.0": "is built for plugin interface 2.0, this gateway speaks 1.0; rebuild its sources with "
    "`tyk plugin build` of this gateway, or upgrade the gateway",
    "1.7": "is built for plugin interface 1.7, this gateway speaks 1.0; rebuild its sources with "
    "`tyk plugin build` of this gateway, or upgrade the gateway",
    "0.9": "is built for plugin interface 0.9, this gateway speaks 1.0; rebuild its sources with "
    "`tyk plugin build` of this gateway",
}


@pytest.mark.parametrize(("abi", "expected"), INTERFACES.items(), ids=INTERFACES)
def test_another_version_of_the_interface(tmp_path: Path, abi: str, expected: str) -> None:
    """Whatever else a later version may have in its manifest."""
    assert said(raw_plugin(tmp_path, {"abi": abi, "new": True})) == expected


BROKEN = {
    "not JSON": ("{", "its manifest is not JSON: "),
    "a list": ("[]", "its manifest is a list, not an object; "),
    "nothing": ("", f"its manifest is empty; {REBUILD}"),
    "no version": ("{}", "abi: found None, expected major.minor; "),
    "a long version": (
        '{"abi": "' + "1" * 5000 + '.0", "functions": [{"name": "a"}]}',
        "its manifest is broken; mend it, or ",
    ),
    "too deep": ("[" * 300_000, "its manifest is broken; mend it, or "),
    "no functions": ('{"abi": "1.0"}', "functions: expected a list with at least one function; "),
    "a strange kind": (
        '{"abi": "1.0", "functions": [{"name": "a", "kind": "auth"}]}',
        "functions[0].kind: found 'auth', expected one of request, response, analytics; mend it",
    ),
    "two of them": ("{}\0{}", "has two manifests, expected one; leave all but one of the files"),
}


@pytest.mark.parametrize(("text", "expected"), BROKEN.values(), ids=BROKEN)
def test_a_broken_manifest(tmp_path: Path, text: str, expected: str) -> None:
    assert said(raw_plugin(tmp_path, text)).startswith(expected)


def test_a_manifest_that_is_not_utf_8(tmp_path: Path, library: bytes) -> None:
    assert said_of(tmp_path, library.replace(b'"gcc"', b'"g\xffc"')).startswith(
        "its manifest is not UTF-8: "
    )


BUILT_FOR_TYK = (
    "is built with -buildmode=plugin, which only the one release of Tyk that it was built for can "
    f"load; {REBUILD}, unchanged"
)


@pytest.mark.parametrize("flags", [(), ("-ldflags=-s -w",)], ids=["whole", "stripped"])
def test_a_plugin_built_for_tyk(
    tyk_plugin: TykPlugin, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    file = tyk_plugin(*flags)
    assert said(file) == BUILT_FOR_TYK
    # What an older Go has left in its place: only the symbols tell.
    data = bytearray(file.read_bytes())
    data[data.index(b"\xff Go buildinf:") + 15] = 0
    assert said_of(tmp_path, bytes(data)) == BUILT_FOR_TYK


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1), new=st.binary(min_size=1, max_size=16))
def test_a_plugin_with_any_bytes_changed_is_taken_or_refused_with_a_sentence(
    library: bytes, tmp_path_factory: pytest.TempPathFactory, place: float, new: bytes
) -> None:
    start = int(place * (len(library) - len(new)))
    file = tmp_path_factory.getbasetemp() / "changed.so"
    file.write_bytes(library[:start] + new + library[start + len(new) :])
    try:
        examine(file, "p.so")
    except LoadError:
        assert "expected" in said(file) or "rebuild" in said(file)


def test_the_file_need_not_be_executable(tmp_path: Path, library: bytes) -> None:
    file = tmp_path / "p.so"
    file.write_bytes(library)
    file.chmod(stat.S_IRUSR)
    assert examine(file, "p.so").name == "raw"
