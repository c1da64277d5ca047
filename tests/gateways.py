"""Gateways in memory that end with their test."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from queue import Empty
from typing import Any, Protocol

import pytest
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent, globalLogPublisher
from zope.interface import implementer

from twisted_tyk.jsonfile import make_converter
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.testing import MemoryGateway


class MakeGateway(Protocol):
    """Starts a gateway with these definitions; keywords are MemoryGateway's."""

    def __call__(self, *definitions: dict[str, Any], **keywords: Any) -> MemoryGateway: ...


@contextmanager
def one_converter() -> Iterator[None]:
    """Compile what reads JSON once and not for each gateway: five times quicker."""
    with pytest.MonkeyPatch.context() as patch:
        for module, made in (
            ("parts.definitions", make_converter),
            ("settings.load", make_converter),
            ("parts.identity", SessionReader),
        ):
            patch.setattr(import_module(f"twisted_tyk.{module}"), made.__name__, cache(made))
        yield


@pytest.fixture(scope="session")
def _one_converter() -> Iterator[None]:
    with one_converter():
        yield


@pytest.fixture
def gateway(tmp_path: Path, _one_converter: None) -> Iterator[MakeGateway]:
    """Makes the gateway of a test, in ``tmp_path``, and stops it in the end."""
    running: list[MemoryGateway] = []

    def make(*definitions: dict[str, Any], **keywords: Any) -> MemoryGateway:
        made = MemoryGateway(tmp_path, definitions, **keywords)
        running.append(made)
        return made

    yield make
    for each in running:
        stop(each)


def stop(running: MemoryGateway) -> None:
    """Stop a gateway, and wait until its plugins have ended; not twice."""
    if running.service.running:
        stopped = running.stop()
        running.advance(40)
        latest = time.monotonic() + 20
        while not stopped.called:
            assert time.monotonic() < latest, "the gateway does not stop"
            if running.reactor.readers:
                running.wait_for_plugins()
                continue
            # Threads and processes end in real time, and processes are looked at in the gateway's.
            with suppress(Empty):
                running.wait_for_thread(0.002)
            running.advance(0.25)


def stops_soon(running: MemoryGateway) -> None:
    """Stop a gateway that has nothing to wait for."""
    stopped = running.stop()
    running.advance(2)
    assert stopped.called


def in_the_end(running: MemoryGateway) -> None:
    """Let go of what only the tests hold, and let the reactor hear of it."""
    running.records.hits.clear()
    gc.collect()
    while not running.reactor.from_threads.empty():
        running.wait_for_thread()


@implementer(ILogObserver)
class Events:
    """What was logged while a test ran."""

    def __init__(self) -> None:
        self.seen: list[LogEvent] = []

    def __call__(self, event: LogEvent) -> None:
        self.seen.append(event)

    def texts(self) -> list[str]:
        """The messages, in their order."""
        return [formatEvent(event) for event in self.seen]

    def errors(self) -> list[str]:
        """Those that are worse than a warning."""
        return [formatEvent(event) for event in self.seen if event["log_level"] >= LogLevel.error]


@pytest.fixture
def events() -> Iterator[Events]:
    """Collects what is logged."""
    collected = Events()
    globalLogPublisher.addObserver(collected)
    yield collected
    globalLogPublisher.removeObserver(collected)
