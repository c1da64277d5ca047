"""CPU time and memory of a process and all its descendants, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and everything it started that is still there."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            try:
                found.extend(int(child) for child in children.read_text().split())
            except OSError:
                continue  # that thread has just ended
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time spent so far."""
    return sum(own_cpu_seconds(member) for member in tree(pid))


def own_cpu_seconds(pid: int) -> float:
    """The same, of the process alone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    # The command name is in parentheses and may hold spaces: count from behind it.
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def threads(pid: int) -> dict[int, str]:
    """Ids and names of the threads of a process."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found[int(task.name)] = (task / "comm").read_text().strip()
        except OSError:
            continue  # it has just ended
    return found


def memory(pid: int, field: str) -> int:
    """Bytes in a field of /proc/<pid>/status: VmRSS is now, VmHWM the highest so far."""
    total = 0
    for member in tree(pid):
        try:
            status = Path(f"/proc/{member}/status").read_text()
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith(field + ":"):
                total += int(line.split()[1]) * 1024
    return total


def reset_peak(pid: int) -> None:
    """Let VmHWM start again from what is resident now."""
    for member in tree(pid):
        Path(f"/proc/{member}/clear_refs").write_text("5")
