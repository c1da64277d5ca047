"""Run environments of tox beside each other, and say at the end how each went.

Standard library only: tox is a program to these lines.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

#: What tox itself reads: how many at a time, or ``all``, or ``auto``.
LANES = "TOX_PARALLEL"

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COMMAND = re.compile(r"^(\S+): commands\[\d+\]> ")
_CLOSING = re.compile(
    r"^=* ?(\d+ (passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?)\b.*"
    r"|no tests (ran|collected).*) in [\d.]+s.*$"
)
#: How long tox has, in seconds, to end what it runs.
_PATIENCE = 10.0


def run(
    tox: Sequence[str],
    project: Path,
    environments: Sequence[str],
    options: Sequence[str],
    environ: Mapping[str, str],
) -> int:
    """Run ``environments``, begun in this order; return 0 when each has passed.

    What an environment says is printed in one piece when it ends, or at once when only one
    runs at a time. The last line is pytest's of the first environment, or of one that failed.

    :param tox: the command.
    :param project: the folder with ``tox.ini``.
    :param options: what follows the names of the environments.
    :param environ: variables; ``TOX_PARALLEL`` among them says how many run at a time,
        otherwise one for each core that this process may use.
    :raises KeyboardInterrupt: on SIGINT, SIGTERM or SIGHUP, once all that ran has ended.
    """
    several = len(environments) > 1 and environ.get(LANES, str(_cores())) not in ("0", "1")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [*tox, "run-parallel" if several else "run", "-e", ",".join(environments)]
        command += ["--result-json", str(report), *options]
        status, closings = _stream(command, project, {**environ, "PYTHONUNBUFFERED": "1"})
        results = _results(report)
    return _close(environments, closings, results) or status


def _cores() -> int:
    """As many as this process may use; tox counts the same way."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _stream(
    command: Sequence[str], project: Path, environ: Mapping[str, str]
) -> tuple[int, dict[str, str]]:
    """Run ``command``, show what it says, and keep pytest's closing line of each environment."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    closings: dict[str, str] = {}
    current = ""
    with subprocess.Popen(
        command,
        cwd=project,
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # A terminal's Ctrl-C reaches us alone, and tox hears of it once.
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                plain = _COLOUR.sub("", line).rstrip()
                if started := _COMMAND.match(plain):
                    current = started[1]
                elif _CLOSING.match(plain):
                    closings[current] = plain
        except BaseException:
            _end(process)
            raise
    return process.returncode, closings


def _end(process: subprocess.Popen[str]) -> None:
    """Have tox end what it runs, and end what is left after that."""
    try:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            print(process.communicate(timeout=_PATIENCE)[0], end="", flush=True)
    finally:
        # Servers of tests that had no time to end them are in the session as well.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _results(report: Path) -> dict[str, Any]:
    """What tox wrote of each environment; nothing of those it never came to."""
    try:
        found: dict[str, Any] = json.loads(report.read_text())["testenvs"]
    except (OSError, ValueError, KeyError):
        return {}
    return {name: each.get("result", {}) for name, each in found.items()}


def _close(
    environments: Sequence[str], closings: Mapping[str, str], results: Mapping[str, Any]
) -> int:
    print()
    failed = [name for name in environments if results.get(name, {}).get("success") is not True]
    for name in environments:
        result = results.get(name, {})
        word = "FAILED" if name in failed else "skipped" if result.get("skipped") else "passed"
        took = f" in {result['duration']:.0f} s" if "duration" in result else ""
        closing = closings.get(name, "").strip("= ")
        print(f"{name}: {word}{took}{closing and '  ' + closing}")
    # Whoever reads only the last line must see a failure when there is one.
    last = (failed or environments)[0]
    unclosed = "failed; its messages are above" if failed else "passed"
    print(closings.get(last, f"{last}: {unclosed}"))
    return int(bool(failed))
