"""The extension in C is built where it can be, and left out where it cannot."""

from __future__ import annotations

import os
import shutil
import sysconfig
import zipfile
from pathlib import Path

import pytest
from fresh_environment import FreshEnvironment

PURE = bool(os.environ.get("TWISTED_TYK_PURE"))
COMPILER = os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"
KIND = """
from twisted_tyk.native.host import make_host

host = make_host(print, print, print)
print("host:", host.kind)
"""

needs_compiler = pytest.mark.skipif(
    PURE or shutil.which(COMPILER.split()[0]) is None,
    reason="TWISTED_TYK_PURE=1, or there is no C compiler: install gcc",
)


def holds_extension(wheel: Path) -> bool:
    with zipfile.ZipFile(wheel) as archive:
        return any(name.endswith(".so") for name in archive.namelist())


@needs_compiler
def test_one_wheel_with_the_extension_is_for_every_python(wheel: Path) -> None:
    assert "-cp310-abi3-" in wheel.name
    assert holds_extension(wheel)


@needs_compiler
def test_the_wheel_brings_the_extension(
    fresh_environment: FreshEnvironment, wheel: Path, tmp_path: Path
) -> None:
    fresh_environment.install(wheel)
    assert fresh_environment.run("-c", KIND, cwd=tmp_path) == "host: c\n"


@needs_compiler
def test_an_editable_install_builds_the_extension(
    fresh_environment: FreshEnvironment, checkout: Path, tmp_path: Path
) -> None:
    fresh_environment.install("--editable", checkout)
    assert fresh_environment.run("-c", KIND, cwd=tmp_path) == "host: c\n"


def test_a_wheel_without_the_extension_is_for_every_machine(
    fresh_environment: FreshEnvironment,
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TWISTED_TYK_PURE", "1")
    arguments = ("wheel", "--no-deps", "--no-index", "--no-build-isolation", "-w", tmp_path)
    fresh_environment.pip(*arguments, checkout)
    [wheel] = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    assert not holds_extension(wheel)
    fresh_environment.install(wheel)
    assert fresh_environment.run("-c", KIND, cwd=tmp_path) == "host: python\n"


def test_without_a_compiler_it_installs_without_the_extension(
    fresh_environment: FreshEnvironment,
    checkout: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CC", "/bin/false")
    fresh_environment.install(checkout)
    assert fresh_environment.run("-c", KIND, cwd=tmp_path) == "host: python\n"
