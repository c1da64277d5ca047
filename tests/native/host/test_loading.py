"""Libraries that are loaded, and the sentence for each that is not."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from plugin_host import ECHO, MakeHost, PluginHost
from plugin_library import compile_c

from twisted_tyk.native import abi
from twisted_tyk.plugins.driver import LoadError


def refused(host: PluginHost, config: str = "{}", plugin: Path | None = None) -> str:
    with pytest.raises(LoadError) as raised:
        host.load(config, plugin=plugin)
    host.host.drain()
    return str(raised.value)


def test_a_file_that_is_no_library(host: PluginHost, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("not a library")
    told = refused(host, plugin=tmp_path / "text")
    assert told.startswith("plugin.so: the system's loader refuses it: ")
    assert "invalid ELF header" in told or "file too short" in told
    assert str(tmp_path) not in told
    assert "tyk plugin build" in told


def test_a_file_that_is_not_there(host: PluginHost, tmp_path: Path) -> None:
    with pytest.raises(LoadError, match=r"^plugin.so: .*No such file"):
        host.load_again(tmp_path / "none.so")


def test_a_library_that_needs_what_is_not_there(host: PluginHost, tmp_path: Path) -> None:
    source = tmp_path / "lacks.c"
    source.write_text("extern int not_there(void); int f(void); int f(void){return not_there();}")
    library = compile_c(tmp_path / "lacks.so", source, flags=["-Wl,-z,lazy"])
    assert "undefined symbol: not_there" in refused(host, plugin=library)


def test_a_library_that_lacks_a_function(host: PluginHost, compiled: Callable[..., Path]) -> None:
    told = refused(host, plugin=compiled("without", "-Dtyk_plugin_call=another"))
    assert told == (
        "plugin.so: it does not export tyk_plugin_call; rebuild it with `tyk plugin build`"
    )


@pytest.mark.parametrize("version", [0x20000, 0x10001, 0])
def test_a_library_for_another_interface(
    host: PluginHost, compiled: Callable[..., Path], version: int
) -> None:
    told = refused(host, plugin=compiled(f"abi{version}", f"-DABI={version}"))
    found = f"{version >> 16}.{version & 0xFFFF}"
    assert told.startswith(
        f"plugin.so: it is built for plugin interface {found}, this gateway speaks 1.0; "
    )


def test_a_library_that_says_it_cannot_be_made_ready(host: PluginHost) -> None:
    told = refused(host, '{"fail": true}')
    assert told == (
        "plugin.so: its initialisation failed: it could not be made ready; what it has logged "
        "may tell why"
    )
    assert host.told == [("plugin.so", abi.SEVERE, "no database", "")]


def test_a_library_that_is_never_ready_is_left_behind(make: MakeHost) -> None:
    host = make(load_time=0.2)
    told = refused(host, '{"never ready": true}')
    assert re.match(r"plugin.so: it was not ready within 0.2 s of being loaded", told)
    assert host.run(host.load(), ECHO, b"others are")[1] == b"others are"


def test_services_are_not_to_be_had_before_it_is_ready(host: PluginHost) -> None:
    """Who would answer is the one that loads it."""
    host.answer = abi.OK, b"never"
    host.load('{"ask early": true}')
    host.until(lambda: host.told)
    assert host.lines() == [f"asked early: {abi.E_REFUSED}"]


def test_its_file_may_go_once_it_is_loaded(host: PluginHost) -> None:
    library = host.load()
    (host.folder / "1.so").unlink()
    assert host.run(library, ECHO, b"still")[1] == b"still"


def test_two_libraries_do_not_see_each_other(host: PluginHost) -> None:
    one, other = host.load('{"ask early": 1}'), host.load()
    one.call(ECHO, bytes(70_000))
    assert (host.freed(one), host.freed(other)) == (1, 0)


def test_definitions_are_told_as_packed_strings(host: PluginHost) -> None:
    library = host.load()
    library.define(b"a1", b"classic", b"{}")
    library.forget(b"a1")
    host.until(lambda: len(host.told) == 2)
    # A level that there is not is taken for the nearest.
    assert {level for _, level, _, _ in host.told} == {abi.SEVERE}
    assert host.lines() == [f"control {abi.DEFINE} 27", f"control {abi.FORGET} 10"]
    assert "a1classic{}" in host.told[0][3]


def test_a_plugin_that_takes_no_definitions_is_heard(host: PluginHost) -> None:
    library = host.load('{"no definitions": true}')
    library.define(b"a1", b"classic", b"{}")
    expected = f"its tyk_plugin_control returned {abi.E_FAILED}"
    assert host.told == [("plugin.so", abi.WARNING, expected, "")]


def test_a_host_that_is_closed_loads_nothing(host: PluginHost) -> None:
    host.host.close()
    host.host.close()
    with pytest.raises(LoadError, match=r"plugin.so: the gateway has stopped"):
        host.load()
    host.host.drain()


def test_programs_that_are_started_get_nothing_of_it(host: PluginHost) -> None:
    assert not os.get_inheritable(host.host.fileno())
