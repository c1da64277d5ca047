"""One row of the table of plugins in one round, and the gateway without a hook beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import procfs
from .answers import verify, verify_soon
from .paced import Pace, pace
from .process import Cores, pinned
from .subjects import Subject
from .wrk import Invalid, Sample, load

#: The part of its own rate at which a row is looked at once more.
PART = 0.6
_SCRIPT = Path(__file__).with_name("call_cost.py")


@dataclass(frozen=True)
class Seconds:
    """How long each part of a turn takes."""

    warm_up: int
    full: int
    paced: int


@dataclass(frozen=True)
class Turn:
    """A row at its limit and at a part of it, and no hook at its limit and at the same rate."""

    full: Sample
    paced: Pace
    bare: Sample
    bare_paced: Pace

    @property
    def ratio(self) -> float:
        return self.full.rate / self.bare.rate

    @property
    def added(self) -> float:
        """Seconds by which the row's p99 is higher at the same rate."""
        return self.paced.p99 - self.bare_paced.p99


def turn(subject: Subject, bare: Subject, program: Path, cores: Cores, seconds: Seconds) -> Turn:
    """Both, each started fresh, one straight after the other."""
    full, paced = _timed(subject, program, cores, seconds, None)
    bare_full, bare_paced = _timed(bare, program, cores, seconds, paced.rate)
    return Turn(full, paced, bare_full, bare_paced)


def _timed(
    subject: Subject, program: Path, cores: Cores, seconds: Seconds, rate: float | None
) -> tuple[Sample, Pace]:
    with subject.serve(cores) as (pid, port):
        verify_soon(port, request_hook=subject.request_hook)
        if subject.spread:
            _pin(pid, cores)
        load(pid, port, seconds.warm_up, cores)
        full = load(pid, port, seconds.full, cores)
        paced = pace(program, port, rate or full.rate * PART, seconds.paced, cores)
        verify(port, request_hook=subject.request_hook)
        return full, paced


def _pin(pid: int, cores: Cores) -> None:
    """Keep the gateway's own threads on its core; the processes it has started stay free."""
    for thread in procfs.threads(pid):
        with suppress(ProcessLookupError):
            os.sched_setaffinity(thread, {cores.proxy})


def call_cost(library: Path, function: str, mode: str, cores: Cores) -> dict[str, float]:
    """See ``call_cost.py``; all of it on the gateway's core. :raises Invalid: when it fails."""
    command = [sys.executable, str(_SCRIPT), str(library), function, mode]
    try:
        with pinned(cores.proxy):
            done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    except subprocess.TimeoutExpired as error:
        raise Invalid(f"{_SCRIPT.name} did not come back") from error
    if done.returncode:
        raise Invalid(f"{_SCRIPT.name} ended with {done.returncode}: {done.stderr[-300:]}")
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
