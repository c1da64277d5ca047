"""Given any file, this is what is read of it, and never more than an ElfError goes wrong."""

from __future__ import annotations

import contextlib
import io
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plugin_library import compile_c, compiler
from raw_plugin import MANIFEST, raw_plugin

from twisted_tyk.native import elf as elf_module
from twisted_tyk.native.elf import SHARED, Elf, ElfError
from twisted_tyk.native.toolchain import compilers, go_build, go_build_id


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return raw_plugin(tmp_path_factory.mktemp("elf")).read_bytes()


@pytest.fixture(scope="session")
def go_program(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("go")
    (folder / "go.mod").write_text("module example.com/small\n\ngo 1.21\n")
    (folder / "main.go").write_text("package main\n\nfunc main() {}\n")
    command = [compiler("go"), "build", "-o", "small", "."]
    subprocess.run(command, cwd=folder, check=True, env=_go_environ())
    return (folder / "small").read_bytes()


def _go_environ() -> dict[str, str]:
    import os

    return {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local"}


def read(data: bytes) -> Elf:
    return Elf.read(io.BytesIO(data))


def everything(elf: Elf) -> list[object]:
    return [
        elf.sections,
        elf.symbols,
        elf.needed,
        elf.is_program,
        elf.content(".tyk_manifest"),
        compilers(elf),
        go_build(elf),
        go_build_id(elf),
    ]


def test_the_header_says_what_it_is(library: bytes) -> None:
    elf = read(library)
    assert (elf.bits, elf.order, elf.type) == (64, "little", SHARED)
    assert not elf.is_program


def test_a_section_is_found_by_its_name(library: bytes) -> None:
    content = read(library).content(".tyk_manifest")
    assert content is not None
    assert b'"name": "raw"' in content
    assert read(library).content(".nothing") is None


def test_exported_functions_are_told_from_those_it_wants(library: bytes) -> None:
    symbols = {symbol.name: symbol for symbol in read(library).symbols}
    assert symbols["tyk_plugin_call"].defined
    assert symbols["tyk_plugin_call"].kind == "function"
    assert not symbols["__cxa_finalize"].defined


def test_it_agrees_with_nm(library: bytes, tmp_path: Path) -> None:
    file = tmp_path / "library.so"
    file.write_bytes(library)
    nm = subprocess.run(
        [compiler("nm"), "-D", "--defined-only", file], capture_output=True, text=True, check=True
    )
    expected = {line.split()[-1] for line in nm.stdout.splitlines()}
    assert {symbol.name for symbol in read(library).symbols if symbol.defined} == expected


def test_it_says_who_compiled_it(library: bytes) -> None:
    assert any("GCC" in remark or "clang" in remark for remark in compilers(read(library)))


def test_it_says_which_libraries_it_needs(tmp_path: Path) -> None:
    source = tmp_path / "roots.c"
    source.write_text("#include <math.h>\ndouble root(double x);\n"
                      "double root(double x) { return cbrt(x); }\n")  # fmt: skip
    library = compile_c(tmp_path / "roots.so", source, flags=["-Wl,--no-as-needed", "-lm"])
    assert "libm.so.6" in read(library.read_bytes()).needed


def test_go_says_its_version_module_and_settings(go_program: bytes) -> None:
    elf = read(go_program)
    build = go_build(elf)
    assert build is not None
    assert build.version.startswith("go1.")
    assert build.module == "example.com/small"
    assert build.settings["-buildmode"] == "exe"
    assert go_build_id(elf).count("/") == 3
    assert elf.is_program


def test_what_is_not_from_go_has_no_build_information(library: bytes) -> None:
    assert go_build(read(library)) is None
    assert go_build_id(read(library)) == ""


def test_older_go_wrote_it_in_another_way_which_is_not_read(go_program: bytes) -> None:
    start = go_program.index(b"\xff Go buildinf:")
    data = bytearray(go_program)
    data[start + 15] = 0
    build = go_build(read(bytes(data)))
    assert build is not None
    assert build.version == ""


@pytest.mark.parametrize(
    ("offset", "value", "problem"),
    [
        (14, 0, "Go build information is broken"),
        (32, 0xFF, "Go build information is cut off"),
    ],
)
def test_broken_go_information(go_program: bytes, offset: int, value: int, problem: str) -> None:
    start = go_program.index(b"\xff Go buildinf:")
    data = bytearray(go_program)
    if offset == 14:
        data[start + 1] = value
    else:
        data[start + 32 : start + 42] = b"\xff" * 10
    with pytest.raises(ElfError, match=problem):
        go_build(read(bytes(data)))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "cut off"),
        (b"\x7fELF", "cut off"),
        (b"\x7fELF" + bytes(60), "word size or byte order"),
        (b"no library at all" * 10, "not an ELF file"),
        (b"\x7fELF\x02\x01" + bytes(20), "cut off"),
    ],
)
def test_what_does_not_begin_as_one(data: bytes, problem: str) -> None:
    with pytest.raises(ElfError, match=problem):
        read(data)


PATCHES = {
    "section headers beyond the end": (0x28, 8, 1 << 40, "would end at byte"),
    "section headers of another size": (0x3A, 2, 12, "section headers have 12 bytes"),
    "names in no section": (0x3E, 2, 0xFFF0, "names of its sections are missing"),
}


@pytest.mark.parametrize(("offset", "size", "value", "problem"), PATCHES.values(), ids=PATCHES)
def test_a_header_that_lies(
    library: bytes, offset: int, size: int, value: int, problem: str
) -> None:
    data = bytearray(library)
    data[offset : offset + size] = value.to_bytes(size, "little")
    with pytest.raises(ElfError, match=problem):
        read(bytes(data)).sections  # noqa: B018


def test_without_section_headers_nothing_is_found(library: bytes) -> None:
    data = bytearray(library)
    data[0x28:0x30] = bytes(8)
    assert everything(read(bytes(data))) == [(), (), (), False, None, [], None, ""]


def test_a_section_longer_than_wanted_is_not_read(library: bytes) -> None:
    with pytest.raises(ElfError, match=r"section \.tyk_manifest is longer than 10 bytes"):
        read(library).content(".tyk_manifest", 10)


def test_no_more_than_so_much_is_read(library: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """However much of it a file says there is."""
    strings = next(s for s in read(library).sections if s.name == ".dynstr")
    monkeypatch.setattr(elf_module, "LIMIT", strings.size)
    with pytest.raises(ElfError, match=r"section headers has .* bytes, which is too much"):
        read(library).sections  # noqa: B018
    elf = read(library)
    monkeypatch.undo()
    assert elf.sections
    monkeypatch.setattr(elf_module, "LIMIT", strings.size - 1)
    with pytest.raises(ElfError, match="is longer than"):
        elf.symbols  # noqa: B018


def test_names_that_overlap_do_not_cost_more_than_they_should(
    library: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    elf = read(library)
    sections = {section.name: section for section in elf.sections}
    table, strings = sections[".dynsym"], sections[".dynstr"]
    data = bytearray(library)
    for start in range(table.offset + 24, table.offset + table.size, 24):
        data[start : start + 4] = (1).to_bytes(4, "little")
    data[strings.offset + 1 : strings.offset + strings.size] = b"x" * (strings.size - 1)
    elf = read(bytes(data))
    assert elf.sections
    monkeypatch.setattr(elf_module, "LIMIT", max(strings.size, table.size))
    with pytest.raises(ElfError, match="the names of its symbols are too long"):
        elf.symbols  # noqa: B018


def test_32_bits_and_the_other_byte_order_are_read(library: bytes) -> None:
    """Written by hand: one section with a manifest, and the names."""
    for bits, order in ((1, "little"), (1, "big"), (2, "big")):
        elf = read(_by_hand(bits, order))  # type: ignore[arg-type]
        assert elf.content(".tyk_manifest") == b"{}"
        assert (elf.bits, elf.order) == (32 * bits, order)


def _by_hand(bits: int, order: object) -> bytes:
    import struct

    end = "<" if order == "little" else ">"
    names = b"\0.tyk_manifest\0"
    word = "I" if bits == 1 else "Q"
    head_form = f"{end}HHI{word * 3}IHHHHHH"
    row_form = f"{end}II{word * 4}II{word * 2}"
    head_size, row_size = 16 + struct.calcsize(head_form), struct.calcsize(row_form)
    after = head_size + 3 * row_size
    head = b"\x7fELF" + bytes([bits, 1 if end == "<" else 2, 1]) + bytes(9)
    head += struct.pack(head_form, 3, 8, 1, 0, 0, head_size, 0, head_size, 0, 0, row_size, 3, 2)
    rows = struct.pack(row_form, *[0] * 10)
    rows += struct.pack(row_form, 1, 1, 0, 0, after, 2, 0, 0, 1, 0)
    rows += struct.pack(row_form, 0, 3, 0, 0, after + 2, len(names), 0, 0, 1, 0)
    return head + rows + b"{}" + names


@given(data=st.binary(max_size=300).map(lambda tail: b"\x7fELF\x02\x01\x01" + tail))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(ElfError):
        everything(read(data))


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=9)), max_size=6))
def test_a_library_with_any_bytes_changed_is_read_or_refused(
    library: bytes, changes: list[tuple[float, bytes]]
) -> None:
    """Mostly in the headers and tables, which are at both ends."""
    data = bytearray(library)
    tables = [*range(64), *range(len(data) - 28 * 64, len(data))]
    for place, new in changes:
        start = tables[int(place * (len(tables) - 1))]
        data[start : start + len(new)] = new
    with contextlib.suppress(ElfError):
        everything(read(bytes(data)))


@settings(max_examples=100)
@given(part=st.floats(0, 0.9999))
def test_a_library_that_is_cut_off_is_refused(library: bytes, part: float) -> None:
    with pytest.raises(ElfError):
        everything(read(library[: int(part * len(library))]))


def test_the_manifest_of_these_tests_is_what_was_compiled(library: bytes) -> None:
    assert str(MANIFEST["version"]).encode() in library
