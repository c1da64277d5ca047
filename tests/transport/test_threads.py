"""Ending threads: none that is stuck is waited for, and none that is not is complained of."""

from __future__ import annotations

from threading import Event
from time import sleep
from typing import Any

import pytest_twisted
from gateways import Events
from twisted.internet import reactor as _reactor
from waiting import until

from twisted_tyk.transport.threads import Threads

reactor: Any = _reactor


def complaints(events: Events) -> list[str]:
    return [text for text in events.texts() if "did not end" in text]


@pytest_twisted.inlineCallbacks
def test_one_that_is_about_to_end(events: Events) -> Any:
    """What it was to do is done, but it has not come round to saying so."""
    threads = Threads(reactor, 1, "tasks")
    threads.start()
    done = Event()

    def work() -> None:
        done.set()
        sleep(0.02)

    ended = threads.run(work)
    yield until(done.is_set)
    threads.stop()
    yield ended
    assert complaints(events) == []


@pytest_twisted.inlineCallbacks
def test_one_that_is_stuck(events: Events) -> Any:
    threads = Threads(reactor, 1, "tasks")
    threads.start()
    begun, gate = Event(), Event()
    ended = threads.run(lambda: begun.set() or gate.wait())
    yield until(begun.is_set)
    threads.stop()
    assert complaints(events) == [
        "1 of the threads for tasks did not end and are left to themselves"
    ]
    gate.set()
    yield ended
    yield until(lambda: not threads._pool.working)
    threads.stop()
