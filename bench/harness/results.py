"""Turn figures into text, and put that text into RESULTS.md."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import datetime, timezone
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from .process import Cores

RESULTS = Path(__file__).resolve().parent.parent / "RESULTS.md"


def environment(cores: Cores, *extra: str) -> str:
    """The lines above every table: without them no figure can be compared to another."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    lines = [
        f"date: {datetime.now(timezone.utc):%Y-%m-%d %H:%M} UTC",
        f"kernel: {platform.system()} {platform.release()}",
        f"CPU: {_cpu_model()}, {os.cpu_count()} cores; load average at start {load}",
        f"Python {platform.python_version()}, Twisted {_version('Twisted')}",
        f"revision: {_revision()}",
        cores.note,
        *extra,
    ]
    return "\n".join(f"- {line}" for line in lines)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: text in the first column, figures to the right in the others."""
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    ruler = ["-" * widths[0]] + ["-" * (width - 1) + ":" for width in widths[1:]]

    def line(cells: Sequence[str]) -> str:
        padded = [cells[0].ljust(widths[0])]
        padded += [cell.rjust(width) for cell, width in zip(cells[1:], widths[1:], strict=True)]
        return "| " + " | ".join(padded) + " |"

    return "\n".join([line(heads), line(ruler), *(line(row) for row in rows)])


def verdict(
    what: str, value: float, target: float, unit: str, *problems: str, least: bool = False
) -> str:
    """One line per target: the figure, and whether it is met; ``least`` when more is better."""
    met = (value >= target if least else value <= target) and not problems
    text = f"{'met' if met else 'MISSED'}: {what}: {value:.1f} {unit}, target {target:g} {unit}"
    return "; ".join([text, *problems])


def write(section: str, text: str) -> None:
    """Replace one section of RESULTS.md, between its own two markers."""
    begin, end = f"<!-- begin {section} -->", f"<!-- end {section} -->"
    before, found_begin, rest = RESULTS.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise SystemExit(f"{RESULTS.name} has lost its markers for {section!r}")
    RESULTS.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "not installed"


def _revision() -> str:
    try:
        return subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=RESULTS.parent,
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        ).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return "unknown"
