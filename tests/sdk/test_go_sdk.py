"""The Go modules that stand for Tyk's: their own tests, run by Go."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from plugin_library import SDK

from twisted_tyk.build.toolchain import find_go

HERE = Path(__file__).parent
MODULES = ("logrus", "opentelemetry", "tyk", "tyk-pump")


def go(environ: Mapping[str, str], *arguments: str) -> None:
    command = find_go(os.environ).command
    settings = {"GOPROXY": "off", "GOFLAGS": "", "GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [command, *arguments, *(f"./{module}/..." for module in MODULES)],
        cwd=SDK / "go",
        env={**environ, **settings, "GOWORK": str(SDK / "go" / "go.work")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_they_pass(build_environ: Mapping[str, str]) -> None:
    go(build_environ, "test")


def test_vet_finds_nothing(build_environ: Mapping[str, str]) -> None:
    go(build_environ, "vet")


def test_they_ask_for_no_modules_of_others(build_environ: Mapping[str, str]) -> None:
    for module in MODULES:
        assert "require" not in (SDK / "go" / module / "go.mod").read_text(encoding="utf-8")


def test_they_are_formatted(build_environ: Mapping[str, str]) -> None:
    program = Path(find_go(os.environ).command).with_name("gofmt")
    found = shutil.which(program) or shutil.which("gofmt")
    if found is None:
        pytest.skip("install gofmt, which comes with Go, to run this")
    done = subprocess.run(
        [found, "-l", SDK / "go", HERE / "go"], capture_output=True, text=True, check=True
    )
    assert done.stdout == ""
