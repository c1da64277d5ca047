"""Plugins built from sources: each folder of Go once for all tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import pytest
from plugin_library import compiler

from twisted_tyk._version import TYK_VERSION
from twisted_tyk.build.contract import BuildError, Built
from twisted_tyk.build.folder import build
from twisted_tyk.build.toolchain import find_go


class BuildPlugin(Protocol):
    """Builds a folder; keywords are those of :func:`twisted_tyk.build.folder.build`."""

    def __call__(self, folder: Path, output: Path | None = None, **keywords: Any) -> Built: ...


class Make(Protocol):
    """Builds a folder; keywords are variables of the environment."""

    def __call__(self, folder: Path, **variables: str) -> Built: ...


class TykPlugin(Protocol):
    """Builds a plugin as Tyk's compiler does, with more flags."""

    def __call__(self, *flags: str) -> Path: ...


@pytest.fixture(scope="session")
def tyk_plugin(tmp_path_factory: pytest.TempPathFactory) -> TykPlugin:
    """A plugin as Tyk's compiler makes it, but for a package that is compiled quickly."""
    folder = tmp_path_factory.mktemp("tyk_plugin")
    (folder / "go.mod").write_text("module example.com/p\n\ngo 1.21\n")
    (folder / "p.go").write_text("package main\n\nfunc AddFoo() {}\n\nfunc main() {}\n")
    go = compiler("go")
    environ = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off", "GOTOOLCHAIN": "local"}

    def build(*flags: str) -> Path:
        command = [go, "build", "-buildmode=plugin", "-trimpath", *flags, "-o", "p.so", "."]
        subprocess.run(command, cwd=folder, check=True, env=environ)
        return folder / "p.so"

    return build


@pytest.fixture(scope="session")
def build_environ(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """Variables for a Go build that leaves nothing behind but what Go itself caches."""
    try:
        go = find_go(os.environ)
    except BuildError as error:
        pytest.skip(str(error))
    asked = [go.command, "env", "GOCACHE", "GOMODCACHE"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True, env=os.environ)
    caches = dict(zip(("GOCACHE", "GOMODCACHE"), answer.stdout.splitlines(), strict=True))
    return {**os.environ, **caches, "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="session")
def build_plugin(build_environ: Mapping[str, str]) -> BuildPlugin:
    """Builds plugins, and skips the test where there is no toolchain."""

    def made(folder: Path, output: Path | None = None, **keywords: Any) -> Built:
        given = {
            "environ": build_environ,
            "gateway_version": TYK_VERSION,
            "progress": lambda line: None,
        }
        return build(folder, output, **{**given, **keywords})

    return made


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Builds plugins in C and Rust, with a cache that is the test's own."""

    def made(folder: Path, **variables: str) -> Built:
        environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), **variables}
        return build(folder, gateway_version=TYK_VERSION, progress=print, environ=environ)

    return made
