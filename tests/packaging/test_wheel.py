"""What is in the wheel, and what must not be."""

from __future__ import annotations

import os
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest

PURE = bool(os.environ.get("TWISTED_TYK_PURE"))
NATIVE = "twisted_tyk/native"
EXTENSION = f"{NATIVE}/_host.abi3.so"
SDK = "twisted_tyk/sdk"


def sdk_files(source: Path) -> set[str]:
    paths = (source / SDK).rglob("*")
    return {path.relative_to(source).as_posix() for path in paths if path.is_file()}


@pytest.fixture(scope="session")
def files(wheel: Path) -> set[str]:
    """The names of the wheel's files."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("name", ["twisted/plugins/tyk_plugin.py", "twisted_tyk/py.typed"])
def test_the_wheel_holds_what_others_look_for(files: set[str], name: str) -> None:
    assert name in files


def test_the_wheel_holds_every_module(files: set[str], source: Path) -> None:
    paths = (source / "twisted_tyk").rglob("*.py")
    modules = {path.relative_to(source).as_posix() for path in paths}
    assert modules - files == set()


def test_the_wheel_holds_what_plugins_are_built_with(files: set[str], source: Path) -> None:
    """Headers, Go and Rust sources, which lie in folders that are no packages."""
    assert {path.name for path in (source / SDK).iterdir()} >= {"c", "go", "rust"}
    assert sdk_files(source) - files == set()


def test_the_sources_hold_everything_that_the_wheel_is_built_from(
    sdist: Path, files: set[str], source: Path
) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    in_wheel = {name for name in files if ".dist-info/" not in name and name != EXTENSION}
    assert in_wheel - names == set()
    assert sdk_files(source) - names == set()
    if not PURE:
        native = {path.relative_to(source).as_posix() for path in source.glob(f"{NATIVE}/c/*")}
        assert native | {"setup.py"} <= names


def test_the_wheel_holds_nothing_else(files: set[str], source: Path) -> None:
    roots = {PurePosixPath(name).parts[0] for name in files}
    assert {root for root in roots if not root.endswith(".dist-info")} == {
        "twisted",
        "twisted_tyk",
    }
    plugins = {path.relative_to(source).as_posix() for path in source.glob("twisted/plugins/*.py")}
    assert {name for name in files if name.startswith("twisted/")} == plugins


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [n for n in archive.namelist() if n.endswith(".dist-info/METADATA")]
        facts = Parser().parsestr(archive.read(name).decode())
        licences = [n for n in archive.namelist() if n.endswith("/licenses/LICENSE")]
    assert facts["Name"] == "twisted-tyk"
    assert facts["License-Expression"] == "MIT"
    assert facts["Requires-Python"] == ">=3.10"
    assert len(licences) == 1
