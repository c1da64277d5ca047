"""The command, and a plugin to try it with."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest
from plugin_library import compile_c
from tyk_command import Tyk
from tyk_command import tyk as typed


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Path(__file__).with_name("troubles.c")
    return compile_c(tmp_path_factory.mktemp("troubles") / "plugin.so", source)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GOOS", raising=False)
    monkeypatch.delenv("GOARCH", raising=False)
    return tmp_path


@pytest.fixture
def plugin(folder: Path, compiled: Path) -> str:
    """Its path from the working directory."""
    shutil.copy(compiled, folder / "plugin.so")
    return "plugin.so"


@pytest.fixture
def tyk(folder: Path) -> Tyk:
    """``tyk plugin``, in the working directory."""
    return partial(typed, "plugin")
