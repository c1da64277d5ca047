"""Plugins that misbehave, compiled once, and libraries of them in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from attrs import define, field
from plugin_library import compile_c
from twisted.internet import reactor
from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.task import deferLater
from twisted.logger import LogEvent, formatEvent, globalLogPublisher

import twisted_tyk
from twisted_tyk.native.contract import Answer, Line, Loading
from twisted_tyk.native.examine import examine
from twisted_tyk.native.process.options import Options
from twisted_tyk.native.process.supervisor import InHelper

HERE = Path(__file__).parent / "native" / "process"
HEADER = Path(twisted_tyk.__file__).parent / "sdk" / "c"

Outcome = tuple[int, bytes, float]


@define(eq=False)
class Made:
    """One call.

    :ivar outcome: fires when it is done; twice would be an error.
    :ivar lines: that were said in it: level, text, fields.
    """

    outcome: Deferred[Outcome] = field(factory=Deferred)
    lines: list[Line] = field(factory=list)

    def said(self, *line: Any) -> None:
        assert not self.outcome.called, "a line after the end"
        self.lines.append(line)

    def over(self, *outcome: Any) -> None:
        self.outcome.callback(outcome)


@define(eq=False)
class Running:
    """A library in a process, and what the gateway was told by it."""

    library: InHelper
    service: Callable[[int, bytes, Answer], None] = field()
    tell: Callable[[str, int, str, str], None] = field()
    told: list[tuple[str, int, str, str]] = field(factory=list)
    metrics: list[tuple[str, int, str, float]] = field(factory=list)
    asked: list[tuple[int, bytes, Answer]] = field(factory=list)
    closing: Deferred[None] | None = None

    @service.default
    def _service(self) -> Any:
        return lambda *request: self.asked.append(request)

    @tell.default
    def _tell(self) -> Any:
        return lambda *line: self.told.append(line)

    def submit(self, function: str, frame: bytes = b"") -> tuple[Any, Deferred[Outcome]]:
        """:returns: the call, and what fires when it is done; twice would be an error."""
        caller = Made()
        number = self.library.manifest.functions[function].number
        call = self.library.submit(number, frame, caller)
        assert not caller.outcome.called, "never before it has returned"
        return call, caller.outcome

    def call(self, function: str, frame: bytes = b"") -> Deferred[Outcome]:
        return self.submit(function, frame)[1]

    def close(self) -> Deferred[Any]:
        if self.closing is None:
            self.closing = self.library.close()
        return DeferredList([self.closing])

    @property
    def state(self) -> dict[str, Any]:
        return self.library.state()

    async def until(self, holds: Callable[[], object]) -> None:
        """Wait for something. The time limit of tests would be lost in the reactor's loop."""
        for _ in range(6000):
            if holds():
                return
            await deferLater(reactor, 0.005)
        raise AssertionError("it did not come to that")


Start = Callable[..., Running]


def compile_troubles(folder: Path) -> Path:
    """A library of ``troubles.c``."""
    return compile_c(folder / "troubles.so", HERE / "troubles.c", flags=["-O1"])


@pytest.fixture(scope="session")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_troubles(tmp_path_factory.mktemp("troubles"))


@pytest.fixture(scope="session")
def go_troubles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of ``gotroubles``."""
    if shutil.which("go") is None or shutil.which("gcc") is None:
        pytest.skip("needs Go and a C compiler: https://go.dev/dl and apt install gcc")
    library = tmp_path_factory.mktemp("gotroubles") / "troubles.so"
    command = ["go", "build", "-buildmode=c-shared", "-ldflags=-s -w", "-o", str(library), "."]
    environment = {**os.environ, "CGO_ENABLED": "1", "CGO_CFLAGS": f"-I{HEADER} -O1"}
    subprocess.run(command, check=True, cwd=HERE / "gotroubles", env=environment)
    return library


def loading(copy: Path, config: bytes = b"{}", threads: int = 4) -> Loading:
    file = "plugins/troubles.so"
    return Loading(file, str(copy), examine(copy, file), config, threads)


@pytest.fixture
def start(troubles: Path) -> Iterator[Start]:
    """Runs a library in a process; at the end nothing of it may be left."""
    pytest_twisted.blockon(deferLater(reactor, 0))
    before = descriptors()
    others = set(children())
    all_running: list[Running] = []

    def start(
        options: Options | None = None,
        copy: Path | None = None,
        config: bytes = b"{}",
        threads: int = 4,
    ) -> Running:
        # It is told nothing before this function has returned.
        running: Running
        library = InHelper(
            reactor,
            loading(copy or troubles, config, threads),
            lambda *request: running.service(*request),
            lambda *line: running.tell(*line),
            lambda *metric: running.metrics.append(metric),
            options or Options(),
        )
        running = Running(library)
        all_running.append(running)
        return running

    yield start
    pytest_twisted.blockon(DeferredList([running.close() for running in all_running]))
    assert {running.state["state"] for running in all_running} <= {"closed"}
    # What tests before this one left open may be closed by now.
    opened = descriptors().items() - before.items()
    assert not opened, f"left open: {dict(opened)}"
    left = set(children()) - others
    assert not left, "no process is left, and none that nobody asked for its end"


def descriptors() -> dict[str, str]:
    """What is open."""
    found = {}
    for number in os.listdir("/proc/self/fd"):
        # The folder's own is closed by now.
        with suppress(OSError):
            found[number] = os.readlink(f"/proc/self/fd/{number}")
    return found


def children() -> list[int]:
    """Processes whose parent this one is, and those that ended unseen; not the tests' Redis."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            named, _, rest = status.read_text().rpartition(")")
        except OSError:
            continue
        if int(rest.split()[1]) == os.getpid() and not named.endswith("(redis-server"):
            found.append(int(status.parent.name))
    return found


@pytest.fixture
def log() -> Iterator[list[str]]:
    """What the gateway logs of plugins; one that was stopped may still tell of its requests."""
    lines: list[str] = []

    def observe(event: LogEvent) -> None:
        if event["log_namespace"].startswith("twisted_tyk.native."):
            lines.append(formatEvent(event))

    globalLogPublisher.addObserver(observe)
    yield lines
    globalLogPublisher.removeObserver(observe)
