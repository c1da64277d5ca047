"""Start one server on one core, wait until it listens, and stop it whatever happens."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

HOST = "127.0.0.1"
START_LIMIT = 15.0
STOP_LIMIT = 5.0


class NotStarted(Exception):
    """A server ended, or stayed silent, before it accepted a connection."""


@dataclass(frozen=True)
class Cores:
    """Where things run: the proxy alone on one core, its surroundings on the other."""

    proxy: int
    load: int

    @classmethod
    def choose(cls) -> Cores:
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[0], usable[min(1, len(usable) - 1)])

    @property
    def note(self) -> str:
        if self.proxy == self.load:
            return "only one core: the proxy shares it with wrk and the upstream"
        return f"proxy on core {self.proxy}; wrk, clients and upstream on core {self.load}"


@contextmanager
def pinned(*cores: int) -> Iterator[None]:
    """Pin this process, and so whatever it starts meanwhile, to one core or some."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int) -> None:
    """Leave with a message when a port that is written in the configurations is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            sys.exit(f"port {port} is taken, and the upstream needs it")


@contextmanager
def serving(
    command: Sequence[str],
    *,
    port: int,
    core: int,
    scratch: Path,
    quiet: bool = False,
    spread: Sequence[int] = (),
    environ: Mapping[str, str] = {},
) -> Iterator[int]:
    """Run a server; yields its process id once the port accepts connections.

    ``scratch`` is its working directory and keeps its output for the reason of a failure;
    ``spread`` are cores on which it may run beside its own; ``environ`` is added to its variables;
    ``quiet`` throws standard output away, for a server that logs every request there. (Not by
    ``twistd --logfile /dev/null``: run by root, its log rotation would rename the device.)
    """
    with (scratch / "stdout").open("wb") as stdout, (scratch / "stderr").open("wb") as stderr:
        try:
            with pinned(core, *spread):
                process = subprocess.Popen(
                    command,
                    cwd=scratch,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL if quiet else stdout,
                    stderr=stderr,
                    start_new_session=True,
                    env={**os.environ, **environ},
                )
        except OSError as error:
            raise NotStarted(f"{command[0]}: {error.strerror}") from error
    try:
        _await_port(process, port, scratch)
        yield process.pid
    finally:
        _stop(process)


def _await_port(process: subprocess.Popen[bytes], port: int, scratch: Path) -> None:
    deadline = time.monotonic() + START_LIMIT
    while process.poll() is None:
        if time.monotonic() > deadline:
            raise NotStarted(f"no connection within {START_LIMIT:.0f} s")
        with suppress(OSError), socket.create_connection((HOST, port), 0.5):
            return
        time.sleep(0.05)
    raise NotStarted(_reason(scratch) or f"exit status {process.returncode}")


def _reason(scratch: Path) -> str:
    """The line that says why: first of stderr, but the last of a traceback or of a usage text."""
    for name, position in (("stderr", 0), ("stdout", -1)):
        text = (scratch / name).read_text(errors="replace")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if lines:
            line = lines[-1] if lines[0].startswith("Traceback") else lines[position]
            return re.sub(r"(?:/[^/\s]+)+/", "", line)  # results name no folder of one machine
    return ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask, wait, then end the whole group; the leader is reaped last, so its id stays ours."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    deadline = time.monotonic() + STOP_LIMIT
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    while os.waitid(os.P_PID, process.pid, flags) is None and time.monotonic() < deadline:
        time.sleep(0.02)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def leave_on_signals() -> None:
    """Let a terminate or hang-up unwind the stack as Ctrl-C does, so that servers are stopped."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
