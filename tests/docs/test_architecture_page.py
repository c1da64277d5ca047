"""The page about the code names what is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = (ROOT / "docs" / "architecture.rst").read_text(encoding="utf-8")
PACKAGE = ROOT / "twisted_tyk"


def test_its_files_exist() -> None:
    files = set(re.findall(r"``([\w/]+\.py)``", PAGE))
    assert len(files) > 15
    assert [name for name in files if not (PACKAGE / name).is_file()] == []


def test_its_classes_and_methods_exist() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    names = set(re.findall(r"``([A-Z]\w+)\.(\w+)(?:\([^`]*\))?``", PAGE))
    assert len(names) > 10
    for owner, method in names - {("AddFooBarHeader", "hook")}:
        assert re.search(rf"^class {owner}\b", code, re.MULTILINE), owner
        assert re.search(rf"^    def {method}\(", code, re.MULTILINE), method


def test_every_package_has_its_place() -> None:
    packages = {file.parent.name for file in PACKAGE.glob("*/__init__.py")}
    assert len(packages) > 20
    path = PAGE.partition(":class: path")[2].partition("\n\n")[2].splitlines()[0]
    rows = set(re.findall(r"``(\w+)``", PAGE.partition(":header-rows: 1")[2]))
    assert packages - set(re.findall(r"\w+", path)) - rows == set()


def test_every_module_that_makes_a_part_is_named() -> None:
    modules = {file.name for file in (PACKAGE / "parts").glob("[!_]*.py")}
    assert set(re.findall(r"``parts/(\w+\.py)``", PAGE)) == modules
