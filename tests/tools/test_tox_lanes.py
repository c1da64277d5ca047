"""Environments of tox beside each other, as ``tools/test.py`` runs them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

#: Run with the Python that has tox, the folder of our tools and names of environments.
PROGRAM = """\
import os, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tox_lanes import run
tox = [sys.argv[1], "-m", "tox"]
try:
    sys.exit(run(tox, Path("."), sys.argv[3:], ["--", "given"], os.environ))
except KeyboardInterrupt:
    sys.exit(130)
"""

#: What its environments run, each with its own name.
PLAYED = """\
import signal, subprocess, sys, time
from pathlib import Path

def wait_for(file):
    while not Path(file).exists():
        time.sleep(0.01)

name, given = sys.argv[1:]
print(name, "says one", flush=True)
Path(name + ".began").touch()
if name in ("left", "right"):
    # Neither ends before both have begun.
    wait_for("left.began")
    wait_for("right.began")
elif name == "waits":
    wait_for("go")
elif name == "endless":
    # As stubborn as a process of a test can be.
    stubborn = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(600)"
    child = subprocess.Popen([sys.executable, "-c", stubborn])
    Path("child.new").write_text(str(child.pid))
    Path("child.new").rename("child")
    time.sleep(600)
elif name == "quiet":
    sys.exit()
print(name, "says two", flush=True)
print("===", "1 failed in 0.50s" if name == "bad" else "2 passed in 0.40s", "===")
sys.exit(name == "bad")
"""

CONFIGURATION = """\
[tox]
no_package = true
env_list = left, right, good, bad, quiet, waits, endless, early
[testenv]
parallel_show_output = true
skip_install = true
commands = python play.py {env_name} {posargs}
[testenv:early]
commands = absent
"""

Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="module")
def tox() -> str:
    """The Python that has tox: tox itself says which one, otherwise it may be this one."""
    python = os.environ.get("TYK_TEST_TOX", sys.executable)
    if subprocess.run([python, "-m", "tox", "--version"], capture_output=True).returncode:
        reason = "there is no tox: pip install tox"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return python


@pytest.fixture
def begin(tox: str, tmp_path: Path) -> Iterator[Begin]:
    """Runs environments in the test's folder; keywords are variables."""
    (tmp_path / "play.py").write_text(PLAYED)
    (tmp_path / "tox.ini").write_text(CONFIGURATION)
    shutil.copy(ROOT / "toxfile.py", tmp_path)
    running: list[subprocess.Popen[str]] = []

    def run(*environments: str, **variables: str) -> subprocess.Popen[str]:
        # This test may itself be run by tox.
        ours = {name: value for name, value in os.environ.items() if not name.startswith("TOX_")}
        running.append(
            subprocess.Popen(
                [sys.executable, "-c", PROGRAM, tox, str(ROOT / "tools"), *environments],
                cwd=tmp_path, stdout=subprocess.PIPE, text=True,
                env={**ours, "TOX_PARALLEL": "2", **variables},
            )
        )  # fmt: skip
        return running[-1]

    yield run
    for each in running:
        with each:
            each.terminate()


def said_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if words in line:
            return said
    raise AssertionError(said)


def test_they_run_beside_each_other_and_each_is_heard_whole(begin: Begin) -> None:
    process = begin("left", "right")
    said = process.communicate()[0]
    assert process.returncode == 0, said
    lines = said.splitlines()
    begun = [line.partition(":")[0] for line in lines if ": begun at " in line]
    assert sorted(begun) == ["left", "right"]
    for name in begun:
        at = lines.index(f"{name} says one")
        assert lines[at + 1 : at + 3] == [f"{name} says two", "=== 2 passed in 0.40s ==="]
    assert re.fullmatch(r"left: passed in \d+ s  2 passed in 0.40s", lines[-3])
    assert re.fullmatch(r"right: passed in \d+ s  2 passed in 0.40s", lines[-2])
    assert lines[-1] == "=== 2 passed in 0.40s ==="


def test_a_failure_stops_no_other_and_stands_in_the_last_line(begin: Begin) -> None:
    process = begin("good", "bad", "quiet")
    said = process.communicate()[0]
    assert process.returncode == 1, said
    *_, good, bad, quiet, last = said.splitlines()
    assert re.fullmatch(r"good: passed in \d+ s  2 passed in 0.40s", good)
    assert re.fullmatch(r"bad: FAILED in \d+ s  1 failed in 0.50s", bad)
    assert re.fullmatch(r"quiet: passed in \d+ s", quiet)
    assert last == "=== 1 failed in 0.50s ==="


def test_what_fails_before_pytest_is_told_of(begin: Begin) -> None:
    process = begin("good", "early")
    said = process.communicate()[0]
    assert process.returncode == 1
    assert re.search(r"^early: FAILED in \d+ s$", said, re.MULTILINE)
    assert said.splitlines()[-1] == "early: failed; its messages are above"


def test_one_that_does_not_end_keeps_nothing_of_the_others_back(
    begin: Begin, tmp_path: Path
) -> None:
    process = begin("waits", "good")
    assert "waits: begun at " in said_until(process, "good says two")
    (tmp_path / "go").touch()
    said = process.communicate()[0]
    assert "waits says one\nwaits says two\n" in said
    assert process.returncode == 0


@pytest.mark.parametrize("environments", [["waits"], ["waits", "good"]])
def test_when_one_runs_at_a_time_it_is_heard_at_once(
    begin: Begin, tmp_path: Path, environments: list[str]
) -> None:
    alone = {"TOX_PARALLEL": "1"} if len(environments) > 1 else {}
    process = begin(*environments, **alone)
    said_until(process, "waits says one")
    (tmp_path / "go").touch()
    said = process.communicate()[0]
    assert process.returncode == 0, said
    assert re.search(r"^waits: passed in \d+ s  2 passed in 0.40s$", said, re.MULTILINE)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_all_that_it_began(begin: Begin, tmp_path: Path, number: int) -> None:
    process = begin("endless", "waits")
    while not ((tmp_path / "child").exists() and (tmp_path / "waits.began").exists()):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    child = int((tmp_path / "child").read_text())
    # Whoever waits for it may not have come to it yet.
    stat = Path(f"/proc/{child}/stat")
    assert not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] == "Z"
