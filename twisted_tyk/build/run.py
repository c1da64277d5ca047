"""Compilers, run as other programs."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from attrs import frozen

from twisted_tyk.build.contract import BuildError, Progress

#: Seconds after which people want to know what takes so long.
PATIENCE: Final = 2.0
#: Seconds that a compiler which is interrupted may take to put its things away.
_GRACE: Final = 2.0


@frozen
class Ran:
    """:ivar status: 0 when all went well. :ivar said: standard error, or all of it."""

    status: int
    out: str
    said: str


def run(
    command: Sequence[str],
    folder: Path,
    environ: Mapping[str, str],
    progress: Progress,
    notice: str,
    patience: float = PATIENCE,
) -> Ran:
    """Run a program and wait for its end.

    :param notice: a line that is told when it takes longer than ``patience``, in seconds.
    :raises BuildError: when it can not be started.
    """
    try:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            # Compilers start others: this is what all of them are ended by.
            start_new_session=True,
        )
    except OSError as error:
        raise BuildError(f"{command[0]}: can not be run: {error.strerror}") from error
    with process:
        try:
            try:
                out, said = process.communicate(timeout=patience)
            except subprocess.TimeoutExpired:
                progress(notice)
                out, said = process.communicate()
        except BaseException:
            _end(process)
            raise
    return Ran(process.returncode, out, said)


def _end(process: subprocess.Popen[str]) -> None:
    """It, and what it has started: first as Ctrl-C does, which lets it remove its files."""
    for number in (signal.SIGINT, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_GRACE)
