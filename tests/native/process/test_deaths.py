"""Whatever a plugin does to its process, its calls are told and the gateway goes on."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from random import Random

import pytest
import pytest_twisted
from plugin_processes import Start, children, descriptors
from twisted.internet import reactor
from twisted.internet.defer import DeferredList
from twisted.internet.task import deferLater

from twisted_tyk.native import abi
from twisted_tyk.native.process import wire
from twisted_tyk.native.process.options import Options

#: How often a process is killed to see whether anything grows.
GENERATIONS = int(os.environ.get("GENERATIONS", "20"))

#: Function, frame, how its process ends.
DEADLY = {
    "segmentation fault": ("Segfault", b"", "died of SIGSEGV"),
    "exit": ("Exit", b"", "exited with status 3"),
    "abort": ("Abort", b"", "died of SIGABRT"),
    "half a message": (
        "Garbage",
        b"xxx",
        "was ended because it sent 3 bytes where a head of 26 was expected",
    ),
    "message of no kind": (
        "Garbage",
        wire.pack(99, 0, 0, 0.0, b""),
        "was ended because it sent a message of kind 99",
    ),
    "answer to nobody": (
        "Garbage",
        wire.pack(wire.DONE, 7000, 0, 0.0, b""),
        "was ended because it sent an answer to call 7000, which is not under way",
    ),
    "parted with a child": ("Fork", b"2000", "exited with status 0"),
    "memory without end": ("Allocate", b"", "was ended because it took more than 48 MiB of memory"),
}


@pytest.mark.parametrize(("function", "frame", "how"), DEADLY.values(), ids=DEADLY)
@pytest_twisted.ensureDeferred
async def test_a_death_is_told_and_made_good(
    start: Start, log: list[str], function: str, frame: bytes, how: str
) -> None:
    """To the call that did it and the one beside it; the next call is served again."""
    running = start(Options(memory=48, watching=0.02))
    assert (await running.call("Echo", b"before"))[1] == b"before"
    running.library.define(b"a", b"classic", b"{}")
    pid = running.state["pid"]
    both = running.call("Sleep", b"60000"), running.call(function, frame)
    assert [outcome[0] for _, outcome in await DeferredList(both)] == [abi.E_DIED] * 2
    assert (await running.call("Definitions"))[1] == b"1:aclassic{};"
    await running.until(lambda: running.state["last_exit"])
    assert running.state["last_exit"] == how
    assert running.state["restarts"] == 1
    assert log[0].startswith(
        f"plugins/troubles.so: its process {pid} {how}; 2 calls were lost; it starts again at once"
    )


@pytest_twisted.ensureDeferred
async def test_closed_descriptors_end_the_process_with_the_next_word(
    start: Start, log: list[str]
) -> None:
    """The kernel keeps the socket for as long as the process waits for it."""
    running = start()
    calls = [running.call("CloseAll")]
    await running.until(lambda: not running.state["waiting"])
    await running.until(
        lambda: calls[0].called or len(os.listdir(f"/proc/{running.state['pid']}/fd")) == 3
    )
    calls.append(running.call("Echo"))
    first, second = (outcome[0] for _, outcome in await DeferredList(calls))
    assert first == abi.E_DIED
    assert second in (abi.E_DIED, abi.OK)  # it may be quick enough to meet the next process
    assert (await running.call("Echo", b"x"))[1] == b"x"


@pytest_twisted.ensureDeferred
async def test_a_process_that_is_killed_is_started_again(start: Start, log: list[str]) -> None:
    running = start()
    await running.library.loaded()
    call = running.call("Sleep", b"60000")
    os.kill(running.state["pid"], signal.SIGKILL)
    assert (await call)[0] == abi.E_DIED
    assert (await running.call("Echo", b"x"))[1] == b"x"
    assert "died of SIGKILL; 1 call was lost" in log[0]


@pytest_twisted.ensureDeferred
async def test_what_was_answered_before_is_not_lost(start: Start, log: list[str]) -> None:
    """Though the gateway reads it only when the process is dead."""
    running = start(threads=1)
    await running.library.loaded()
    pid = running.state["pid"]
    big, small = running.call("Echo", b"z" * 200_000), running.call("Echo", b"x")
    running.call("Sleep", b"100")
    died = running.call("Segfault")
    await deferLater(reactor, 0)  # calls are sent when the turn is over
    # The reactor does not get to read before that.
    while "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]:
        pass
    assert (await small)[1] == b"x"
    assert (await big)[1] == b"z" * 200_000
    assert (await died)[0] == abi.E_DIED


@pytest_twisted.ensureDeferred
async def test_where_our_own_code_was_is_not_told(start: Start, log: list[str]) -> None:
    """It says nothing of the plugin that crashed."""
    running = start()
    await running.call("Segfault")
    await running.until(lambda: log)
    assert not [text for _, level, text, _ in running.told if level == abi.SEVERE]
    assert log[0].endswith(" died of SIGSEGV; 1 call was lost; it starts again at once")


@pytest_twisted.ensureDeferred
async def test_a_process_that_keeps_dying_is_left_alone_for_a_while(
    start: Start, log: list[str]
) -> None:
    """Calls are answered at once meanwhile."""
    running = start()
    for _ in range(4):
        await running.call("Abort")
        await running.until(lambda: running.state["state"] != "running")
        if running.state["state"] == "backing off":
            assert (await running.call("Echo"))[0] == abi.E_AWAY
            assert running.state["pid"] is None
        await running.until(lambda: running.state["state"] == "running")
    await running.until(lambda: len(log) == 4)
    waits = [line.partition("it starts again ")[2].partition(";")[0] for line in log]
    assert waits[0] == "at once"
    assert all(wait.startswith("in 0.") for wait in waits[1:])


@pytest_twisted.ensureDeferred
async def test_a_panic_in_a_goroutine_is_told_whole(
    start: Start, go_troubles: Path, log: list[str]
) -> None:
    running = start(copy=go_troubles)
    assert (await running.call("Echo", b"x"))[1] == b"x"
    assert (await running.call("Panic"))[0] == abi.E_DIED
    assert (await running.call("Echo", b"x"))[1] == b"x"
    (report,) = [text for _, level, text, _ in running.told if level == abi.SEVERE]
    assert report.startswith("panic: assignment to entry in nil map\n\ngoroutine ")
    assert "troubles.go:" in report
    assert ".py" not in report
    assert "it wrote last: panic: assignment to entry in nil map" in log[0]


@pytest_twisted.ensureDeferred
async def test_go_runs_with_little_memory_and_not_with_more(
    start: Start, go_troubles: Path, log: list[str]
) -> None:
    """What its runtime only reserves does not count."""
    running = start(Options(memory=48, watching=0.02), copy=go_troubles)
    assert (await running.call("Churn", b"100"))[0] == abi.OK
    assert (await running.call("Allocate"))[0] == abi.E_DIED
    assert (await running.call("Echo", b"x"))[1] == b"x"


@pytest_twisted.ensureDeferred
async def test_every_call_is_answered_once_whatever_is_killed(
    start: Start, log: list[str], logged_failures: object
) -> None:
    """200 at a time; each that fails says why."""
    random = Random(3)
    running = start(Options(waiting=150))
    await running.library.loaded()
    told: list[int] = []
    for _ in range(8):
        bodies = [bytes([number]) * random.choice((10, 100_000)) for number in range(200)]
        calls = [running.call(random.choice(("Echo", "Echo", "Sleep")), body) for body in bodies]
        await deferLater(reactor, random.random() / 8)
        if running.state["pid"] is not None:
            os.kill(running.state["pid"], signal.SIGKILL)
        told += [outcome[0] for _, outcome in await DeferredList(calls)]
    assert len(told) == 1600
    assert set(told) <= {abi.OK, abi.E_DIED, abi.E_AWAY}
    assert {abi.OK, abi.E_DIED} <= set(told)


@pytest_twisted.ensureDeferred
async def test_nothing_grows_with_processes(
    start: Start, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither descriptors nor processes nor anything that waits."""
    monkeypatch.setattr("twisted_tyk.native.process.backoff.WELL", 0.0)
    running = start()
    await running.library.loaded()
    before = descriptors()
    for time in range(1, GENERATIONS + 1):
        running.call("Echo", b"x" * 100_000)
        os.kill(running.state["pid"], signal.SIGKILL)
        await running.until(lambda time=time: running.state["restarts"] == time)
        await running.library.loaded()
    await running.until(lambda: len(log) == GENERATIONS)
    assert len(descriptors()) == len(before)
    assert children() == [running.state["pid"]]
    assert running.state["in_flight"] == 0


@pytest_twisted.ensureDeferred
async def test_nothing_grows_with_libraries(start: Start) -> None:
    """Closed while they start, when they are ready, and in mid-call."""
    before = descriptors()
    for time in range(6):
        running = start()
        if time % 3:
            await running.library.loaded()
        call = running.call("Sleep", b"20") if time % 3 == 2 else None
        await running.close()
        assert call is None or (await call)[0] == abi.OK
        assert (descriptors(), children()) == (before, [])
