"""Every test here runs on the host in C and on the one in Python."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from plugin_host import MakeHost, PluginHost, both
from plugin_library import compile_c

SOURCE = Path(__file__).with_name("plugin.c")


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """The plugin with some of it defined otherwise."""
    folder = tmp_path_factory.mktemp("plugins")

    def compile(name: str, *flags: str) -> Path:
        return compile_c(folder / f"{name}.so", SOURCE, flags=["-D_GNU_SOURCE", *flags])

    return compile


@pytest.fixture(scope="session")
def plugin(compiled: Callable[..., Path]) -> Path:
    return compiled("plugin")


@pytest.fixture(params=both())
def make(request: pytest.FixtureRequest, plugin: Path, tmp_path: Path) -> Iterator[MakeHost]:
    """Makes hosts, and closes them after the test."""
    made: list[PluginHost] = []

    def make(**options: Any) -> PluginHost:
        # Nobody writes over a library that another one has loaded.
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(PluginHost(plugin, folder, request.param, **options))
        return made[-1]

    yield make
    for host in made:
        host.host.close()


@pytest.fixture
def host(make: MakeHost) -> PluginHost:
    return make()
