"""Plugins built by this package load in a gateway of the next minor version, and not the reverse.

That gateway is made of this one (``next_minor.py``), and runs in processes of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from case_languages import NATIVE, Plugins, in_language
from gateways import MakeGateway
from header_plugins import HERE, MODES, api, built
from next_minor import NEXT, environ, next_minor
from plugin_library import SDK

from twisted_tyk.native.abi import ABI_MAJOR, ABI_MINOR
from twisted_tyk.testing import definition

#: As many cases have hooks in each language.
ENOUGH = 40


@pytest.fixture(scope="session")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The gateway of the next minor version."""
    return next_minor(tmp_path_factory.mktemp("newer"))


def header_of(newer: Path) -> str:
    return (newer / "twisted_tyk" / "sdk" / "c" / "tyk_plugin.h").read_text(encoding="utf-8")


def run(newer: Path, *words: object) -> str:
    """Python there, which may put the working directory before all other places of modules."""
    done = subprocess.run(
        [sys.executable, *map(str, words)], env=environ(newer), capture_output=True, text=True,
        cwd=newer,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("language", NATIVE)
def test_it_plays_the_cases_with_plugins_of_this_version(
    newer: Path, plugins: Plugins, tmp_path: Path, language: str, mode: str
) -> None:
    (tmp_path / f"{language}.so").symlink_to(plugins[language])
    told = json.loads(run(newer, HERE / "play_cases.py", tmp_path, mode))
    assert told["bad"] == {}
    assert told["good"] > ENOUGH
    assert told["interface"] == "{}.{}".format(*NEXT)
    assert (told["host"], told["modes"]) == ("c", [mode])


@pytest.mark.timeout(600)
def test_it_loads_plugins_of_all_headers_that_are_kept(newer: Path) -> None:
    assert str(newer) in run(newer, "-c", "import twisted_tyk as it; print(it.__file__)")
    said = run(newer, "-m", "pytest", "-q", "-p", "no:cacheprovider", HERE / "test_frozen.py",
               "-k", "not test_the_header and not test_a_version")  # fmt: skip
    assert " passed" in said


def test_it_hands_them_more_than_they_know(newer: Path) -> None:
    """So that the tests above are of something."""
    program = (
        "from twisted_tyk.native import _host, abi\nprint(_host.ffi.sizeof('tyk_host'), abi.SLICES)"
    )
    # Not from the root of the project, whose sources would be found first.
    here = subprocess.run(
        [sys.executable, "-c", program],
        cwd=newer.parent, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    there = run(newer, "-c", program).split()
    assert all(int(more) > int(less) for more, less in zip(there, here, strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_this_gateway_refuses_plugins_of_the_next(
    gateway: MakeGateway, newer: Path, tmp_path: Path, mode: str
) -> None:
    header = header_of(newer)
    found = "{}.{}".format(*NEXT)
    refused(gateway(api("one", mode, built(tmp_path, header), pre=["tell"])), found,
            " of this gateway, or upgrade the gateway")  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("major", [ABI_MAJOR - 1, ABI_MAJOR + 1])
def test_another_major_version_is_refused(
    gateway: MakeGateway, tmp_path: Path, major: int, mode: str
) -> None:
    text = (SDK / "c" / "tyk_plugin.h").read_text(encoding="utf-8")
    text = text.replace(f"#define TYK_ABI_MAJOR {ABI_MAJOR}\n", f"#define TYK_ABI_MAJOR {major}\n")
    more = ", or upgrade the gateway" if major > ABI_MAJOR else ""
    refused(gateway(api("one", mode, built(tmp_path, text), pre=["tell"])),
            f"{major}.{ABI_MINOR}", f" of this gateway{more}")  # fmt: skip


@pytest.mark.parametrize("mode", MODES)
def test_a_plugin_that_says_one_version_and_has_another_is_refused(
    gateway: MakeGateway, newer: Path, tmp_path: Path, mode: str
) -> None:
    """What is in its manifest can be read without running it, so the code is asked, too."""
    header = header_of(newer)
    library = built(tmp_path, header)
    new, old = ('"abi": "{}.{}"'.format(*each).encode() for each in (NEXT, (ABI_MAJOR, ABI_MINOR)))
    content = library.read_bytes()
    assert content.count(new) == 1
    library.write_bytes(content.replace(new, old))
    running = gateway(api("one", mode, library, pre=["tell"]))
    while mode == "process" and b"interface" not in running.control("/ready").body:
        running.wait_for_plugins()
    assert running.get("/one/x").status in (500, 502, 503)
    assert (
        f"it is built for plugin interface {NEXT[0]}.{NEXT[1]}, this gateway speaks "
        f"{ABI_MAJOR}.{ABI_MINOR}; rebuild it with `tyk plugin build` of this gateway"
    ) in running.control("/ready").body.decode()


def refused(running: Any, found: str, more: str) -> None:
    assert running.get("/one/x").status == 500
    assert running.upstream.requests == []
    assert (
        f"is built for plugin interface {found}, this gateway speaks {ABI_MAJOR}.{ABI_MINOR}; "
        f"rebuild its sources with `tyk plugin build`{more}"
    ) in running.control("/ready").body.decode()


def test_the_cases_are_played_in_the_mode_that_is_said() -> None:
    """So that the tests above are of three modes."""
    entry = {"name": "a", "path": "hooks/a"}
    made = in_language(definition("one", pre=[entry]), "c", "process")
    assert made["custom_middleware"]["pre"][0]["mode"] == "process"
