"""Whatever a plugin does to the process it runs in, the command goes on and says it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from plugin_library import compile_c
from tyk_command import Tyk

PRELUDE = """\
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <tyk_hook.h>
#include <unistd.h>

static int32_t Hook(tyk_call *call)
{
    (void)call;
    %s
    return TYK_OK;
}

static int32_t Begin(tyk_text config)
{
    (void)config;
    %s
    return TYK_OK;
}

TYK_PLUGIN_WITH("bad", "1.0.0", Begin, NULL, (Hook, request, any));
"""


def plugin(folder: Path, hook: str, begin: str = "") -> str:
    (folder / "bad.c").write_text(PRELUDE % (hook, begin))
    compile_c(folder / "bad.so", folder / "bad.c")
    return "bad.so"


ENDS = {
    "abort": ("abort();", "abort in Hook"),
    "another signal": ("kill(getpid(), SIGUSR1); pause();", "signal SIGUSR1 in Hook"),
    "a signal without a name": ("kill(getpid(), SIGRTMIN + 1); pause();", "signal "),
    "status 0": ("_exit(0);", "exit with status 0 in Hook"),
    "killed": ("kill(getpid(), SIGKILL);", "killed, perhaps for want of memory in Hook"),
    "its descriptors closed": (
        "for (int each = 3; each < 1000; each++) { close(each); } pause();",
        "its descriptors were closed in Hook",
    ),
}


@pytest.mark.parametrize(("hook", "problem"), ENDS.values(), ids=ENDS)
def test_it_ends(
    tyk: Tyk, folder: Path, monkeypatch: pytest.MonkeyPatch, hook: str, problem: str
) -> None:
    monkeypatch.setattr("twisted_tyk.cli.child._PATIENCE", 1.0)
    said = tyk("run", plugin(folder, hook), "-s", "Hook")
    assert said.exit_code == 1
    assert said.stderr.startswith(f"tyk: bad.so: {problem}")


def test_a_process_that_it_leaves_behind_holds_nothing_up(tyk: Tyk, folder: Path) -> None:
    hook = "if (fork() == 0) { pause(); } _exit(5);"
    said = tyk("run", plugin(folder, hook), "-s", "Hook", "--timeout", "60")
    assert said.stderr == "tyk: bad.so: exit with status 5 in Hook\n"


def test_it_writes_where_it_should_not(tyk: Tyk, folder: Path) -> None:
    hook = 'for (int each = 3; each < 64; each++) (void)!write(each, "lies\\n[]\\n", 8);'
    said = tyk("run", plugin(folder, hook), "-s", "Hook", "--timeout", "5")
    assert said.exit_code == 1
    assert "the plugin writes to descriptors that are not its own" in said.stderr


def test_a_line_without_an_end_is_not_waited_for(tyk: Tyk, folder: Path) -> None:
    hook = "for (int each = 0; each < 200000; each++) { putchar(65); } fflush(stdout);"
    said = tyk("run", plugin(folder, hook), "-s", "Hook")
    assert said.exit_code == 0
    assert sum(map(len, said.stderr.splitlines())) == 200000
    assert len(said.stderr.splitlines()) > 1


@pytest.mark.parametrize(
    ("begin", "problem"),
    [
        ("raise(SIGSEGV);", "bad.so: segfault while it was loaded"),
        ("return TYK_E_FAILED;", "bad.so: "),
    ],
)
def test_a_plugin_that_does_not_get_ready_is_told_by_load(
    tyk: Tyk, folder: Path, begin: str, problem: str
) -> None:
    file = plugin(folder, "", begin)
    said = tyk("load", "-f", file, "-s", "Hook")
    assert said.exit_code == 1
    assert said.stderr.startswith(f"tyk: error: unexpected error: {problem}")
    assert said.stderr.endswith(", try --help\n")
    report = json.loads(tyk("check", file, "--json").stdout)
    assert [row["ok"] for row in report["checks"]] == [True, False]
