"""How much memory does the gateway take to pass large bodies on?

Each case runs on a fresh gateway: a body goes through it, its length and hash are compared at
the far end, and the highest resident size meanwhile is held against the size before.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from harness import procfs, results
from harness.process import HOST, Cores, NotStarted, leave_on_signals, pinned, require_free, serving
from harness.subjects import UPSTREAM_PORT, Subject, subjects
from upstream.stream_server import BLOCK, Pace, blocks

MIB = 1 << 20
TARGET = 32.0
SLOW = 20_000_000
PATH = "/api/stream"


@dataclass(frozen=True)
class Moved:
    """What arrived at the far end."""

    count: int
    sha256: str


Transfer = Callable[[int, int, int | None], Moved]


def upload(port: int, size: int, rate: int | None) -> Moved:
    """Send at full speed; with a rate it is the upstream that is slow."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.putrequest("PUT", f"{PATH}?rate={rate or ''}")
        connection.putheader("Content-Length", str(size))
        connection.endheaders()
        for block in blocks(size):
            connection.send(block)
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise http.client.HTTPException(f"status {response.status}")
        answer = json.loads(text)
        return Moved(answer["bytes"], answer["sha256"])
    finally:
        connection.close()


def download(port: int, size: int, rate: int | None) -> Moved:
    """Receive at full speed; with a rate it is this client that is slow."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    try:
        connection.request("GET", f"{PATH}?size={size}")
        response = connection.getresponse()
        if response.status != 200:
            raise http.client.HTTPException(f"status {response.status}")
        pace, digest, buffer = Pace(rate), hashlib.sha256(), memoryview(bytearray(BLOCK))
        while count := response.readinto(buffer):
            digest.update(buffer[:count])
            pace.wait(count)
        return Moved(pace.count, digest.hexdigest())
    finally:
        connection.close()


def expected(size: int) -> Moved:
    digest = hashlib.sha256()
    for block in blocks(size):
        digest.update(block)
    return Moved(size, digest.hexdigest())


def once_ready(transfer: Transfer, port: int) -> None:
    """One small body first, so that what is loaded on first use is not counted."""
    deadline = time.monotonic() + 5
    while True:
        try:
            if transfer(port, 100_000, None) == expected(100_000):
                return
            problem = "a small body arrives changed"
        except (OSError, ValueError, http.client.HTTPException) as error:
            problem = f"{type(error).__name__}: {error}"
        if time.monotonic() > deadline:
            raise NotStarted(problem)
        time.sleep(0.1)


def case(
    subject: Subject, cores: Cores, name: str, transfer: Transfer, size: int, rate: int | None
) -> tuple[str, list[str]]:
    """Verdict and table row of one case."""
    target = expected(size)
    problems = []
    with subject.serve(cores) as (pid, port):
        once_ready(transfer, port)
        procfs.reset_peak(pid)
        before, cpu, began = procfs.memory(pid, "VmRSS"), procfs.cpu_seconds(pid), time.monotonic()
        try:
            moved = transfer(port, size, rate)
        except (OSError, ValueError, http.client.HTTPException) as error:
            problems.append(f"FAILED: {type(error).__name__}: {error}")
        else:
            if moved.count != target.count:
                problems.append(f"WRONG LENGTH: {moved.count:,} bytes of {size:,}")
            elif moved != target:
                problems.append("WRONG HASH")
        seconds, cpu = time.monotonic() - began, procfs.cpu_seconds(pid) - cpu
        peak = (procfs.memory(pid, "VmHWM") - before) / MIB
        left = (procfs.memory(pid, "VmRSS") - before) / MIB
    verdict = results.verdict(f"peak RSS growth, {name}", peak, TARGET, "MiB", *problems)
    speed = "–" if problems else f"{size / 1e6 / seconds:,.0f}"
    return verdict, [name, f"{size / MIB:,.0f}", speed, f"{cpu:.1f}", f"{peak:.1f}", f"{left:.1f}"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--proxy", default="keyless", help="the row of run.py to look at")
    parser.add_argument("--mib", type=int, default=1024, help="size of the fast bodies")
    parser.add_argument("--slow-seconds", type=int, default=6, help="length of the slow cases")
    parser.add_argument("--write", action="store_true", help="put the result into RESULTS.md")
    options = parser.parse_args()
    leave_on_signals()
    cores = Cores.choose()
    [subject] = subjects([options.proxy])
    full, slow = options.mib * MIB, options.slow_seconds * SLOW
    cases: list[tuple[str, Transfer, int, int | None]] = [
        ("upload", upload, full, None),
        ("download", download, full, None),
        (f"upload, upstream reads {SLOW / 1e6:.0f} MB/s", upload, slow, SLOW),
        (f"download, client reads {SLOW / 1e6:.0f} MB/s", download, slow, SLOW),
    ]
    text = results.environment(cores, f"proxy: {subject.label}")
    verdicts, rows = [], []
    server = Path(__file__).with_name("upstream") / "stream_server.py"
    command = [sys.executable, str(server), str(UPSTREAM_PORT)]
    require_free(UPSTREAM_PORT)
    try:
        with (
            TemporaryDirectory(prefix="bench-") as folder,
            serving(command, port=UPSTREAM_PORT, core=cores.load, scratch=Path(folder)),
            pinned(cores.load),
        ):
            for arguments in cases:
                verdict, row = case(subject, cores, *arguments)
                print(verdict, file=sys.stderr, flush=True)
                verdicts.append(verdict)
                rows.append(row)
    except NotStarted as error:
        verdicts.append(f"MISSED: {subject.label} did not start: {error}")
    except KeyboardInterrupt:
        sys.exit("interrupted: everything is stopped, nothing is written")
    heads = ("case", "MiB", "MB/s", "CPU s", "peak growth MiB", "left after MiB")
    text += "\n\n" + results.table(heads, rows) if rows else ""
    text += "\n\n" + "\n".join(f"- {verdict}" for verdict in verdicts)
    print(text)
    if options.write:
        results.write("streaming", text)
    return 0 if all(verdict.startswith("met") for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
