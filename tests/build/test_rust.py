"""Crates become plugins, or sentences that say why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from building import Make
from plugin_library import Frame, PluginLibrary, compiler

from twisted_tyk.build.contract import BuildError

MANIFEST = """\
[package]
name = "crate-of-tests"
version = "0.3.0"
edition = "2021"

[profile.release]
panic = "abort"

[dependencies]
tyk-plugin = "0.1"
"""
SOURCE = """\
use tyk_plugin::{Reply, Request};

fn answer(reply: &mut Reply, request: &mut Request) -> Result<(), String> {
    assert!(request.method() != "PANIC", "on demand");
    reply.write("from Rust");
    Ok(())
}

tyk_plugin::export! {
    name: env!("CARGO_PKG_NAME"),
    version: env!("CARGO_PKG_VERSION"),
    request fn answer(mode = inline);
}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    compiler("cargo")
    folder = tmp_path / "crate"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(MANIFEST)
    (folder / "src" / "lib.rs").write_text(SOURCE)
    return folder


def test_a_crate_becomes_a_plugin_and_nothing_else_changes(folder: Path, make: Make) -> None:
    before = sorted(folder.rglob("*"))
    built = make(folder)
    assert (built.manifest.language, built.manifest.name) == ("rust", "crate-of-tests")
    assert (built.manifest.version, built.warnings) == ("0.3.0", ())
    assert PluginLibrary(built.file).call("answer").written() == b"from Rust"
    assert sorted(folder.rglob("*")) == sorted([*before, built.file])


def test_a_crate_of_a_later_edition(folder: Path, make: Make) -> None:
    (folder / "Cargo.toml").write_text(MANIFEST.replace("2021", "2024"))
    assert PluginLibrary(make(folder).file).call("answer").written() == b"from Rust"


def test_panics_are_contained_whatever_the_profile_says(folder: Path, make: Make) -> None:
    library = PluginLibrary(make(folder).file)
    library.init()
    gave = library.call("answer", Frame({0: b"PANIC"}))
    assert "on demand at src/lib.rs:4" in gave.error()


def test_a_lock_file_is_left_as_it_was(folder: Path, make: Make) -> None:
    lock = folder / "Cargo.lock"
    lock.write_text('version = 4\n\n[[package]]\nname = "crate-of-tests"\nversion = "0.3.0"\n')
    before = lock.read_bytes()
    make(folder)
    assert lock.read_bytes() == before


def test_errors_point_at_the_users_lines(
    folder: Path, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    (folder / "src" / "lib.rs").write_text(SOURCE.replace("reply.write(", "reply.writes("))
    with pytest.raises(BuildError, match=r"^crate: it does not compile$") as told:
        make(Path("crate"))
    assert any("--> crate/src/lib.rs:5:11" in line for line in told.value.lines)
    assert not (folder / "Cargo.lock").exists()


def test_a_crate_of_a_workspace(folder: Path, make: Make, tmp_path: Path) -> None:
    (tmp_path / "Cargo.toml").write_text('[workspace]\nmembers = ["crate"]\nresolver = "2"\n')
    (folder / "Cargo.toml").write_text(MANIFEST.replace('panic = "abort"\n', ""))
    source = folder / "src" / "lib.rs"
    source.write_text(SOURCE + "fn unused() {}\n")
    (warning,) = make(folder).warnings
    assert warning == f"{source}:14: function `unused` is never used"


def test_a_word_that_is_none_is_the_compilers_to_tell(folder: Path, make: Make) -> None:
    (folder / "src" / "lib.rs").write_text(SOURCE.replace("= inline", "= outline"))
    with pytest.raises(BuildError, match="does not compile") as told:
        make(folder)
    assert any("outline" in line for line in told.value.lines)


def test_a_crate_that_makes_no_plugin(folder: Path, make: Make) -> None:
    (folder / "src" / "lib.rs").write_text("pub fn nothing() {}\n")
    with pytest.raises(BuildError, match=r"makes no plugin: it does not say tyk_plugin::export!"):
        make(folder)


def test_what_cargo_refuses(folder: Path, make: Make) -> None:
    (folder / "Cargo.toml").write_text(MANIFEST.replace("edition", "editions = 1\nedition ="))
    with pytest.raises(BuildError, match="crate: Cargo refuses it") as told:
        make(folder)
    assert any("Cargo.toml" in line for line in told.value.lines)


def test_without_cargo_it_says_what_to_install(folder: Path, make: Make, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"there is no cargo; install Rust from https://rustup.rs"):
        make(folder, PATH=str(tmp_path))
