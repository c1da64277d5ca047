"""Load at a constant rate, by a program of our own that is compiled at the start."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .answers import PATH
from .process import Cores, pinned
from .wrk import Invalid

SOURCE = Path(__file__).with_name("paced.c")
CONNECTIONS = 32
#: Seconds that it may take longer than it is told, and then it hangs.
_LIMIT = 15


@dataclass(frozen=True)
class Pace:
    """What requests that came at a constant rate had to wait; in seconds."""

    rate: float
    p50: float
    p99: float
    p999: float
    longest: float


def compile_paced(folder: Path) -> Path:
    """Make the program. :raises SystemExit: when it cannot be made."""
    program = folder / "paced"
    command = ["gcc", "-O2", "-std=c11", str(SOURCE), "-o", str(program)]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise SystemExit(
            f"gcc cannot be run ({error.strerror}), and {SOURCE.name} needs it"
        ) from None
    if done.returncode:
        raise SystemExit(f"{SOURCE.name} does not compile: {done.stderr.strip()[:500]}")
    return program


def pace(program: Path, port: int, rate: float, seconds: float, cores: Cores) -> Pace:
    """Send requests for some seconds. :raises Invalid: when not all are answered with 200."""
    arguments = [str(port), PATH, f"{rate:.3f}", str(seconds), str(CONNECTIONS)]
    try:
        with pinned(cores.load):
            run = subprocess.run(
                [str(program), *arguments],
                capture_output=True,
                text=True,
                timeout=seconds + _LIMIT,
            )
    except subprocess.TimeoutExpired as error:
        raise Invalid(f"{program.name} did not come back") from error
    if run.returncode:
        raise Invalid(f"{program.name} ended with {run.returncode}: {run.stderr.strip()[:200]}")
    figures = json.loads(run.stdout)
    errors = [f"{count} {kind}" for kind, count in figures["errors"].items() if count]
    if errors:
        raise Invalid(f"of {figures['due']} requests at {rate:,.0f}/s: {', '.join(errors)}")
    p50, p99, p999, longest = (figures[name] / 1e9 for name in ("p50", "p99", "p999", "max"))
    return Pace(rate, p50, p99, p999, longest)
