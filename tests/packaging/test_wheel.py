"""What is in the wheel, and what must not be."""

from __future__ import annotations

import zipfile
from email.parser import Parser
from pathlib import Path, PurePosixPath

import pytest


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
