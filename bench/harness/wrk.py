"""One timed run of wrk against one proxy."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import procfs
from .answers import PATH
from .keyed import KEY
from .process import HOST, Cores, pinned

SCRIPT = Path(__file__).with_name("wrk.lua")


class Invalid(Exception):
    """wrk met errors, so its figures mean nothing."""


@dataclass(frozen=True)
class Sample:
    """One round of one row; times in seconds.

    ``cpu`` is of all the proxy's processes, ``children`` of all but the first.
    """

    requests: int
    seconds: float
    cpu: float
    children: float
    p50: float
    p99: float

    @property
    def rate(self) -> float:
        return self.requests / self.seconds

    @property
    def cpu_per_request(self) -> float:
        return self.cpu / self.requests

    @property
    def core_share(self) -> float:
        return self.cpu / self.seconds

    @property
    def tail(self) -> float:
        return self.p99 / self.p50


def load(pid: int, port: int, seconds: int, cores: Cores) -> Sample:
    """Load a proxy for some seconds, and note what CPU time it took for that."""
    command = ["wrk", "-t1", "-c32", "--latency", f"-d{seconds}s", "-s", str(SCRIPT)]
    command += ["-H", f"Authorization: {KEY}"]
    before, own = procfs.cpu_seconds(pid), procfs.own_cpu_seconds(pid)
    try:
        with pinned(cores.load):
            run = subprocess.run(
                [*command, f"http://{HOST}:{port}{PATH}"],
                capture_output=True,
                text=True,
                timeout=seconds + 30,
            )
    except subprocess.TimeoutExpired as error:
        raise Invalid("wrk did not come back") from error
    cpu, own = procfs.cpu_seconds(pid) - before, procfs.own_cpu_seconds(pid) - own
    results = [line for line in run.stdout.splitlines() if line.startswith("result ")]
    if run.returncode != 0 or not results:
        raise Invalid(f"wrk ended with status {run.returncode}: {run.stderr.strip()[:200]}")
    figures = json.loads(results[-1].removeprefix("result "))
    errors = [f"{count} {kind} errors" for kind, count in figures["errors"].items() if count]
    if errors:
        raise Invalid(f"{', '.join(errors)} in {figures['requests']} requests")
    if not figures["requests"]:
        raise Invalid("not one request was answered")
    if not cpu:
        raise Invalid("the proxy took no CPU time: another process has answered")
    return Sample(
        requests=figures["requests"],
        seconds=figures["microseconds"] / 1e6,
        cpu=cpu,
        children=cpu - own,
        p50=figures["p50"] / 1e6,
        p99=figures["p99"] / 1e6,
    )
