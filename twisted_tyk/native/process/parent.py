"""A process that is of no use without the one that started it."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from typing import Final

_PR_SET_PDEATHSIG: Final = 1


def die_with(parent: int, name: str) -> None:
    """From now on this process is killed when the thread that started it ends.

    :param parent: its process id.
    :param name: what it is called.
    :raises SystemExit: when it has ended already.
    """
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(f"{name} is gone")
