"""The console command ``tyk``."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Do what the command line says, and end the process."""
    # Not above: the processes that run plugins import this package, and no command.
    from twisted_tyk.cli.command import tyk

    for number in (signal.SIGTERM, signal.SIGHUP):
        # With nohup it is to go on.
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)
    try:
        tyk(prog_name="tyk")
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        # What could not be written would be tried once more in the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(f"tyk: {where}{error.strerror or error}")


def _end(number: int, frame: FrameType | None) -> None:
    """As Ctrl-C does it: what was started is ended, and what was made for it is removed."""
    sys.exit(128 + number)
