"""A gateway that is told to stop twice, since it takes its time."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import os, signal, sys
from twisted.internet.defer import Deferred
from twisted.logger import globalLogBeginner, textFileLogObserver
from twisted_tyk.transport.reactor import install

install()
from twisted.internet import reactor

globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stdout)])

def stops():
    under_way = Deferred()
    os.kill(os.getpid(), signal.{second})
    reactor.callLater(0, reactor.callLater, 0, under_way.callback, None)
    return under_way

reactor.addSystemEventTrigger("before", "shutdown", stops)
reactor.callWhenRunning(os.kill, os.getpid(), signal.{first})
reactor.run()
"""


@pytest.mark.parametrize("first", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("second", ["SIGINT", "SIGTERM"])
def test_the_second_time_changes_nothing(first: str, second: str) -> None:
    script = SCRIPT.format(first=first, second=second)
    ran = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    said = ran.stdout
    assert (ran.stderr, "Traceback" in said) == ("", False)
    assert said.index(f"Received {first}") < said.index("stopping already: what is under way may")
    assert "Main loop terminated" in said
