"""Programs that builders run."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import pytest

from twisted_tyk.build.contract import BuildError
from twisted_tyk.build.run import Ran, run


def test_what_it_said_and_how_it_ended(tmp_path: Path) -> None:
    told: list[str] = []
    script = "pwd; echo wrong >&2; echo $WORD; exit 3"
    environ = {"PATH": os.defpath, "WORD": "word"}
    ran = run(["sh", "-c", script], tmp_path, environ, told.append, "long")
    assert ran == Ran(3, f"{tmp_path}\nword\n", "wrong\n")
    assert told == []


def test_a_long_one_is_announced(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    told: list[str] = []

    def progress(line: str) -> None:
        told.append(line)
        (tmp_path / "gate").write_text("open")

    ran = run(["cat", "gate"], tmp_path, os.environ, progress, "it takes long", patience=0.01)
    assert (ran.out, told) == ("open", ["it takes long"])


def test_one_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no-such-program: can not be run: No such file"):
        run(["no-such-program"], tmp_path, os.environ, print, "")


def test_who_gives_up_leaves_no_process_behind(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")

    def interrupted(line: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(["cat", "gate"], tmp_path, os.environ, interrupted, "", patience=0.01)
    # Nobody reads from it any more.
    with pytest.raises(OSError, match="No such device"):
        os.open(tmp_path / "gate", os.O_WRONLY | os.O_NONBLOCK)


def test_what_it_started_ends_with_it(tmp_path: Path) -> None:
    """It has time to put its things away first; what does not take it is killed."""
    os.mkfifo(tmp_path / "gate")
    script = """
        trap "rm made; exit" INT
        touch made
        sh -c 'trap "" INT; cat gate' &
        wait
    """
    with ExitStack() as opened:
        gates: list[BinaryIO] = []

        def interrupted(line: str) -> None:
            # When somebody reads from it.
            gates.append(opened.enter_context((tmp_path / "gate").open("wb", buffering=0)))
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            run(["sh", "-c", script], tmp_path, os.environ, interrupted, "", patience=0.01)
        with pytest.raises(BrokenPipeError):
            gates[0].write(b"x")
    assert os.listdir(tmp_path) == ["gate"]
