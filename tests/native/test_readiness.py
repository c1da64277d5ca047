"""A plugin in a process of its own that is not ready: who is told, and what helps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from gateways import Events, MakeGateway
from plugin_library import compile_c

from twisted_tyk.testing import MemoryGateway, definition

#: It wants its database, which is a file here.
SOURCE = """\
#include <fcntl.h>
#include <stdlib.h>
#include <tyk_hook.h>
#include <unistd.h>

static int32_t Begin(tyk_text config)
{
    (void)config;
#ifdef PIPE
    if (open(PIPE, O_WRONLY) >= 0) {
        pause();
    }
#endif
#ifdef CRASHES
    abort();
#endif
    if (access(DATABASE, F_OK) == 0) {
        return TYK_OK;
    }
    tyk_log(NULL, TYK_SEVERE, "there is no database");
    return TYK_E_FAILED;
}

static int32_t Mark(tyk_call *call)
{
    return tyk_reply_text(call, "marked");
}

TYK_PLUGIN_WITH("shop", "1.0.0", Begin, NULL, (Mark, request, MODE));
"""
SENTENCE = (
    "shop.so: its initialisation failed: it says that it failed; what it has logged may tell why"
)
TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the plugin looks for it; nothing is there yet."""
    compiled(tmp_path)
    return tmp_path / "database"


def compiled(folder: Path, *flags: str) -> None:
    (folder / "shop.c").write_text(SOURCE)
    database = f'-DDATABASE="{folder}/database"'
    mode = [] if any(flag.startswith("-DMODE=") for flag in flags) else ["-DMODE=process"]
    compile_c(folder / "shop.so", folder / "shop.c", flags=[database, *mode, *flags])


def api() -> dict[str, object]:
    return definition("one", pre=[{"name": "Mark", "path": "shop.so"}])


def until(gateway: MemoryGateway, holds: Callable[[], bool]) -> None:
    while not holds():
        gateway.wait_for_plugins()


def test_ready_says_why_and_a_reload_tries_again(
    gateway: MakeGateway, database: Path, events: Events, tmp_path: Path
) -> None:
    running = gateway(api(), settings={"plugin_cache_path": str(tmp_path / "cache")})
    until(running, lambda: running.get("/ready").status == 503)
    assert (
        json.loads(running.control("/ready").body)["message"]
        == f"1 problem while loading: {SENTENCE}"
    )
    assert SENTENCE.encode() not in running.get("/ready").body
    assert running.get("/one/").status == 500

    database.touch()
    assert running.control("/tyk/reload").status == 200
    assert running.get("/one/").body == b"marked"
    assert running.get("/ready").status == 200
    assert events.texts().count(SENTENCE) == 1


def write(folder: Path) -> list[str]:
    """A folder for a gateway; the command that checks it."""
    (folder / "apps").mkdir()
    (folder / "apps" / "one.json").write_text(json.dumps(api()))
    settings = {"secret": "x", "plugin_cache_path": str(folder / "cache")}
    (folder / "tyk.conf").write_text(json.dumps(settings))
    return [*TWISTD, "tyk", "--config", str(folder / "tyk.conf"), "--check"]


def test_a_check_waits_for_it_and_leaves_nothing_behind(database: Path, tmp_path: Path) -> None:
    command = write(tmp_path)
    conf = tmp_path / "tyk.conf"
    chain = "API one at /one/: GoPluginMiddleware:shop.so:Mark → ReverseProxy\n"
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (bad.returncode, bad.stderr) == (1, "")
    assert bad.stdout == (
        'msg="there is no database" plugin="shop.so"\n'
        f"issues found in {conf}:\n{conf}: error: {SENTENCE} [not-loaded]\n"
        f"{chain}APIs: 1, errors: 1, warnings: 0\n"
    )
    database.touch()
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    found = f"found no issues in {conf}\n{chain}APIs: 1, errors: 0, warnings: 0\n"
    assert (good.returncode, good.stdout) == (0, found)
    assert os.listdir(tmp_path / "cache") == []


def test_a_check_that_is_interrupted_has_not_found_all_well(tmp_path: Path) -> None:
    command = write(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    compiled(tmp_path, f'-DPIPE="{tmp_path}/pipe"')
    check = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with (tmp_path / "pipe").open("rb") as pipe:
        check.send_signal(signal.SIGINT)
        out, _ = check.communicate()
        assert pipe.read() == b""  # the end of the plugin's process
    assert check.returncode == 1
    assert "error: ended before everything was loaded [not-loaded]\n" in out


def test_one_that_takes_the_gateway_along_is_told_of(tmp_path: Path) -> None:
    """As far as can be: on standard error, which twistd itself keeps for the log."""
    *twistd, _ = write(tmp_path)
    compiled(tmp_path, "-DMODE=pool", "-DCRASHES")
    twistd[len(TWISTD) : len(TWISTD)] = ["-n", "--pidfile="]
    gone = subprocess.run([*twistd, "--port", "0"], capture_output=True, text=True, check=False)
    assert gone.returncode == -signal.SIGABRT
    assert gone.stderr.startswith("Fatal Python error: Aborted\n")
