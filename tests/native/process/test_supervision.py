"""When a library does not load, a call does not come back or the system refuses."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest
import pytest_twisted
from plugin_processes import Running, Start, children
from twisted.internet.defer import DeferredList

from twisted_tyk.native import abi
from twisted_tyk.native.process.options import Options
from twisted_tyk.plugins.driver import LoadError


async def why(running: Running) -> str:
    """Why it could not be loaded."""
    with pytest.raises(LoadError) as caught:
        await running.library.loaded()
    return str(caught.value)


@pytest_twisted.ensureDeferred
async def test_a_library_that_refuses_is_not_tried_again(start: Start, log: list[str]) -> None:
    """The sentence is told once, and every call answered at once."""
    running = start(config=b'{"refuse": 1}')
    waiting = running.call("Echo")
    sentence = await why(running)
    assert sentence.startswith("plugins/troubles.so: its initialisation failed: it could")
    assert (await waiting)[0] == abi.E_INIT
    assert (await running.call("Echo"))[0] == abi.E_INIT
    state = running.state
    assert (state["state"], state["failure"], state["restarts"]) == ("failed", sentence, 0)
    await running.until(lambda: not children())
    assert log == [sentence]
    assert await why(running) == sentence


@pytest_twisted.ensureDeferred
async def test_it_is_tried_again_when_somebody_says_so(start: Start, log: list[str]) -> None:
    running = start(config=b'{"refuse": 1}')
    sentence = await why(running)
    running.library.retry()
    waiting = running.call("Echo")
    assert (running.state["state"], running.state["failure"]) == ("starting", "")
    assert await why(running) == sentence
    assert (await waiting)[0] == abi.E_INIT
    await running.until(lambda: not children())
    assert log == [sentence] * 2


@pytest_twisted.ensureDeferred
async def test_one_that_runs_or_is_closed_has_nothing_to_try_again(start: Start) -> None:
    running = start()
    await running.library.loaded()
    pid = running.state["pid"]
    running.library.retry()
    assert (running.state["state"], running.state["pid"]) == ("running", pid)
    refusing = start(config=b'{"refuse": 1}')
    await why(refusing)
    closing = refusing.close()
    refusing.library.retry()
    await closing
    assert refusing.state["state"] == "closed"


@pytest_twisted.ensureDeferred
async def test_a_file_that_is_no_library_is_not_tried_again(
    start: Start, troubles: Path, tmp_path: Path, log: list[str]
) -> None:
    """Though it was one when it was examined."""
    copy = tmp_path / "copy.so"
    copy.write_bytes(troubles.read_bytes())
    running = start(copy=copy)
    copy.write_text("not a library any more")
    assert "plugins/troubles.so: " in await why(running)
    assert running.state["state"] == "failed"


@pytest_twisted.ensureDeferred
async def test_a_crash_while_loading_is_tried_again_later(start: Start, log: list[str]) -> None:
    """Once at once, and then after longer and longer waits."""
    running = start(config=b'{"crash": 1}')
    waiting = running.call("Echo")
    assert await why(running) == "plugins/troubles.so: its process died of SIGABRT"
    assert (await waiting)[0] == abi.E_AWAY
    assert running.state["restarts"] == 2
    await running.until(lambda: running.state["restarts"] == 4)
    await running.until(lambda: len(log) == 4)
    assert [line.partition("again ")[2].partition(";")[0][:5] for line in log] == [
        "at on",
        "in 0.",
        "in 0.",
        "in 0.",
    ]
    await running.close()
    assert running.state["state"] == "closed"


@pytest_twisted.ensureDeferred
async def test_an_initialisation_without_end_is_given_up(start: Start, log: list[str]) -> None:
    running = start(Options(starting=0.1), config=b'{"hang": 1}')
    assert "it was not ready within 0.1 s" in await why(running)
    assert running.state["state"] == "failed"


@pytest_twisted.ensureDeferred
async def test_a_process_that_says_nothing_is_given_up(
    start: Start, log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\nexec sleep 60\n")
    script.chmod(0o755)
    monkeypatch.setattr("twisted_tyk.native.process.keeper._START", 0.1)
    monkeypatch.setattr(sys, "executable", str(script))
    running = start(Options(starting=0.1))
    await running.until(lambda: log)
    assert "was ended because it was not ready within 0.2 s" in log[0]


@pytest_twisted.ensureDeferred
async def test_a_process_that_can_not_be_started_is_tried_again(
    start: Start, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No descriptor is lost with it, and it works when the system is well again."""
    with monkeypatch.context() as patch:
        patch.setattr(sys, "executable", "/nowhere/python")
        running = start()
        assert (await running.call("Echo"))[0] == abi.E_AWAY
        assert "could not be started: " in running.state["last_exit"]
        assert "/nowhere/python" in log[0]
        assert log[0].endswith("; it starts again at once")
        assert log[1].endswith("; it starts again in 0.1 s")
    await running.until(lambda: running.state["state"] == "running")
    assert (await running.call("Echo", b"x"))[1] == b"x"


@pytest_twisted.ensureDeferred
async def test_a_configuration_that_can_not_be_handed_over_is_tried_again(
    start: Start, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("twisted_tyk.native.process.channel.BIGGEST", 70_000)
        running = start(config=b"x" * 80_000)
        await running.until(lambda: log)
        assert "could not be told what to load" in log[0]
    await running.until(lambda: running.state["state"] == "running")


@pytest_twisted.ensureDeferred
async def test_a_process_with_a_stuck_call_is_replaced(start: Start, log: list[str]) -> None:
    """The calls beside it finish, and new ones go to the new process meanwhile."""
    running = start(Options(overdue=0.1))
    await running.library.loaded()
    old = running.state["pid"]
    stuck, outcome = running.submit("Spin")
    await running.call("Echo")  # so that a thread is at the one before it
    beside = running.call("Sleep", b"300")
    running.library.overdue(stuck)
    running.library.overdue(stuck)
    await running.until(lambda: running.state["recycled"])
    assert (await running.call("Echo", b"x"))[1] == b"x"
    assert running.state["pid"] not in (None, old)
    assert (await beside)[0] in (abi.OK, abi.E_DIED)
    assert (await outcome)[0] == abi.E_DIED
    assert (running.state["recycled"], running.state["restarts"]) == (1, 0)
    await running.until(lambda: len(log) == 2)
    assert log[0] == (
        f"plugins/troubles.so: a call does not come back, so its process {old} is replaced"
    )
    assert f"its process {old} was ended because" in log[1]


@pytest_twisted.ensureDeferred
async def test_a_replaced_process_ends_with_the_last_call_that_somebody_waits_for(
    start: Start, log: list[str]
) -> None:
    running = start(Options(overdue=0.1))
    await running.library.loaded()
    stuck, outcome = running.submit("Spin")
    await running.call("Echo")  # so that a thread is at the one before it
    running.library.overdue(stuck)
    beside, other = running.submit("Sleep", b"60000")
    await running.until(lambda: running.state["recycled"])
    assert not outcome.called
    running.library.overdue(beside)
    told = await DeferredList([outcome, other])
    assert [status for _, (status, _, _) in told] == [abi.E_DIED] * 2


@pytest_twisted.ensureDeferred
async def test_a_call_that_comes_back_late_costs_nothing(start: Start) -> None:
    running = start(Options(overdue=10))
    await running.library.loaded()
    late, outcome = running.submit("Sleep", b"30")
    await running.call("Echo")
    running.library.overdue(late)
    assert (await outcome)[0] == abi.OK
    running.library.overdue(late)
    assert running.state["recycled"] == 0


@pytest_twisted.ensureDeferred
async def test_an_overdue_call_that_nobody_began_is_dropped(start: Start) -> None:
    """Before the process is ready, and behind others in it."""
    running = start(threads=1)
    early, dropped = running.submit("Echo")
    running.library.overdue(early)
    assert (await dropped)[0] == abi.E_AWAY
    await running.library.loaded()
    first = running.call("Sleep", b"100")
    behind, withdrawn = running.submit("Echo")
    running.library.overdue(behind)
    assert (await withdrawn)[0] == abi.E_REFUSED
    assert not first.called
    await first


@pytest_twisted.ensureDeferred
async def test_a_process_that_does_not_read_is_not_fed_for_ever(start: Start) -> None:
    running = start(Options(unsent=1_000_000, overdue=0.1, shutdown=0.1))
    await running.library.loaded()
    os.kill(running.state["pid"], signal.SIGSTOP)
    calls = [running.call("Echo", b"x" * 60_000) for _ in range(200)]
    await running.until(lambda: any(call.called for call in calls))
    refused = [call.result[0] for call in calls if call.called]
    assert set(refused) == {abi.E_AWAY}
    os.kill(running.state["pid"], signal.SIGCONT)
    told = [outcome[0] for _, outcome in await DeferredList(calls)]
    assert told.count(abi.OK) == 200 - len(refused)
