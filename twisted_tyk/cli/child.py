"""Runs :mod:`twisted_tyk.cli.worker`, and says how it ended."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from math import inf
from typing import Any, Final

_SIGNALS: Final = {
    signal.SIGSEGV: "segfault",
    signal.SIGABRT: "abort",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "division by zero",
    signal.SIGILL: "illegal instruction",
    signal.SIGKILL: "killed, perhaps for want of memory",
}
_PATIENCE: Final = 5.0
#: Seconds between looks at whether the process is there.
_LOOK: Final = 0.25
#: Reads, of a megabyte at most, of what was left behind.
_READS: Final = 256
#: Bytes of a line that a plugin prints.
_LONGEST: Final = 65536
# With the paths of this process: -m would look into the working directory first.
_START: Final = (
    "import sys; sys.path[:] = sys.argv[3:]; from twisted_tyk.cli.worker import main; main()"
)


def events(
    job: dict[str, Any], timeout: float, printed: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """What happens while a worker does a job; the last event is ``ended``.

    Its ``crash`` is ``""`` when all went well, else a few words, such as ``segfault``.

    :param timeout: seconds from one event to the next; a worker that is quiet
        for longer is killed.
    :param printed: told each line that the plugin prints.
    """
    read, write = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", _START, str(write), str(os.getpid()), *sys.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=(write,),
        start_new_session=True,
    )
    os.close(write)
    assert process.stdin is not None
    assert process.stdout is not None
    output = _Lines(process.stdout.fileno(), _LONGEST)
    told = _Lines(read)
    try:
        with suppress(BrokenPipeError):
            process.stdin.write(json.dumps(job).encode())
            process.stdin.close()
        late = over = False
        last = ""
        deadline = time.monotonic() + timeout
        while not over and not late:
            # What the process has started may hold the other end when it is gone itself.
            over = process.poll() is not None or told.ended
            ready = _ready([told, output], min(_LOOK, deadline - time.monotonic()))
            for line in output.lines() if output in ready else ():
                printed(line)
            for line in told.rest() if over else told.lines() if told in ready else ():
                event = _event(line)
                last = event["event"]
                deadline = time.monotonic() + timeout
                yield event
            late = not over and time.monotonic() > deadline
        crash = f"no answer within {timeout:g} s" if late else _crash(process, last)
        _kill(process)
        for line in output.rest():
            printed(line)
        yield {"event": "ended", "crash": crash}
    finally:
        _kill(process)
        process.wait()
        process.stdout.close()
        os.close(read)


def _kill(process: subprocess.Popen[bytes]) -> None:
    """And what it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _event(line: str) -> dict[str, Any]:
    try:
        event = json.loads(line)
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            return event
    except ValueError:
        pass
    # Nobody but the worker has a reason to write there.
    return {"event": "refused", "error": "the plugin writes to descriptors that are not its own"}


class _Lines:
    """Lines from a descriptor, as they come."""

    def __init__(self, number: int, longest: float = inf) -> None:
        """:param longest: bytes of a line; what is longer is more than one."""
        self.number = number
        self._longest = longest
        self.ended = False
        self._part = b""
        os.set_blocking(number, False)

    def lines(self) -> list[str]:
        """What has come."""
        try:
            data = os.read(self.number, 1024 * 1024)
        except BlockingIOError:
            return []
        if not data:
            self.ended = True
            data = b"\n" if self._part else b""
        *whole, self._part = (self._part + data).split(b"\n")
        if self._longest < len(self._part):
            whole.append(self._part)
            self._part = b""
        return [line.decode("utf-8", "backslashreplace") for line in whole]

    def rest(self) -> list[str]:
        """What is there already, and not much more: somebody else may hold the other end."""
        found: list[str] = []
        for _ in range(_READS):
            if self.ended or not _ready([self], 0):
                break
            found += self.lines()
        return found


def _ready(sources: list[_Lines], timeout: float) -> list[_Lines]:
    with selectors.DefaultSelector() as selector:
        for source in sources:
            if not source.ended:
                selector.register(source.number, selectors.EVENT_READ, source)
        return [key.data for key, _ in selector.select(max(0.0, timeout))]


def _crash(process: subprocess.Popen[bytes], last: str) -> str:
    try:
        status = process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        return "its descriptors were closed"
    if status < 0:
        with suppress(ValueError):
            number = signal.Signals(-status)
            return _SIGNALS.get(number, f"signal {number.name}")
        return f"signal {-status}"
    if last in ("closed", "refused") and status == 0:
        return ""
    return f"exit with status {status}"
