"""Starts the process of a plugin, and says how it ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from twisted_tyk.native.process import begin
from twisted_tyk.native.process.channel import Channel

_SCRIPT: Final = os.path.abspath(begin.__file__)


def spawn(memory: int) -> tuple[subprocess.Popen[bytes], Channel]:
    """
    :param memory: MiB that the plugin may take.
    :returns: the process with pipes from its standard output and error, and
        the channel to it.
    :raises OSError: when the system gives no descriptors or no process.
    """
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        with there:
            # A session of its own: signals to the gateway's group pass it by.
            # All descriptors but this one are closed in it.
            process = subprocess.Popen(
                [sys.executable, _SCRIPT, str(there.fileno()), str(os.getpid())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                pass_fds=[there.fileno()],
                start_new_session=True,
                env=_environment(os.environ, memory),
            )
        return process, Channel(here)
    except BaseException:
        here.close()
        raise


def how_it_ended(status: int) -> str:
    """What became of a process, to follow its name: ``died of SIGSEGV``.

    :param status: the exit status, or the negative of a signal's number.
    """
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"died of {signal.Signals(-status).name}"
    except ValueError:
        return f"died of signal {-status}"


def _environment(ours: Mapping[str, str], memory: int) -> dict[str, str]:
    """Go's collector does not see the limit, so it is told to work harder before it."""
    return {"GOMEMLIMIT": f"{memory * 3 // 4}MiB", **ours}
