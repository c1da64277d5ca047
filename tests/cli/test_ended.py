"""The command is ended before it is done, or has nowhere to write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from plugin_library import compile_c

COMMAND = [sys.executable, "-m", "twisted_tyk.cli", "plugin"]
#: Holds the other end of the pipe for as long as its process lives.
HANGS = """\
#include <fcntl.h>
#include <tyk_hook.h>
#include <unistd.h>

static int32_t Hang(tyk_call *call)
{
    (void)call;
    int pipe = open("pipe", O_WRONLY);
    if (write(pipe, "x", 1) == 1) {
        pause();
    }
    return TYK_OK;
}

TYK_PLUGIN("hangs", "1.0.0", (Hang, request, any));
"""


Hanging = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def hanging(folder: Path) -> Hanging:
    """Starts a command whose plugin hangs, with the pipe ``pipe`` open."""
    (folder / "hangs.c").write_text(HANGS)
    compile_c(folder / "hangs.so", folder / "hangs.c")
    os.mkfifo(folder / "pipe")
    (folder / "tmp").mkdir()

    def start(*before: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*before, *COMMAND, "run", "hangs.so", "-s", "Hang", "--timeout", "3600"],
            env={**os.environ, "TMPDIR": str(folder / "tmp")},
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
        )

    return start


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGINT, 1), (signal.SIGKILL, -9)],
)
def test_the_process_of_the_plugin_ends_with_it(
    hanging: Hanging, number: signal.Signals, status: int
) -> None:
    command = hanging()
    with open("pipe", "rb") as pipe:
        assert pipe.read(1) == b"x"
        command.send_signal(number)
        assert command.wait() == status
        assert pipe.read() == b""  # its end
    if number != signal.SIGKILL:
        assert os.listdir("tmp") == []


def test_nohup_lets_it_go_on(hanging: Hanging) -> None:
    command = hanging("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
    with open("pipe", "rb") as pipe:
        assert pipe.read(1) == b"x"
        command.send_signal(signal.SIGHUP)
        command.send_signal(signal.SIGTERM)
        assert command.wait() == 143


def test_a_full_disk_is_told_in_one_line(plugin: str) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "symbols", plugin], stdout=full, stderr=subprocess.PIPE, text=True,
            check=False,
        )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, "tyk: No space left on device\n")
