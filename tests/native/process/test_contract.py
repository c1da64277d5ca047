"""A library in a process of its own does what one in the gateway's process does."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import Mock

import pytest
import pytest_twisted
from plugin_processes import Start
from twisted.internet.defer import DeferredList

from twisted_tyk.native import abi
from twisted_tyk.native.packed import pack
from twisted_tyk.native.process.options import Options


@pytest_twisted.ensureDeferred
async def test_a_function_is_given_the_frame_and_its_changes_come_back(start: Start) -> None:
    """Unchecked, whatever they are."""
    running = start()
    lies = b"TYC1" + bytes(range(256))
    status, changes, seconds = await running.call("Echo", lies)
    assert (status, changes) == (abi.OK, lies)
    assert seconds >= 0


@pytest_twisted.ensureDeferred
async def test_bodies_of_any_size_go_both_ways(start: Start) -> None:
    running = start()
    for size in (0, 1, 65_000, 65_536, 70_000, 5_000_000):
        body = os.urandom(size)
        status, changes, _ = await running.call("Echo", body)
        assert (status, changes == body) == (abi.OK, True), size


@pytest_twisted.ensureDeferred
async def test_calls_run_beside_each_other(start: Start) -> None:
    """The second one is not kept waiting by the first."""
    running = start()
    slow = running.call("Sleep", b"200")
    assert (await running.call("Echo", b"x"))[1] == b"x"
    assert not slow.called
    assert (await slow)[0] == abi.OK


@pytest.mark.parametrize("status", [abi.E_FAILED, abi.E_PANIC, abi.E_ARGUMENT])
@pytest_twisted.ensureDeferred
async def test_a_status_is_the_plugins_own(start: Start, status: int) -> None:
    assert (await start().call("Status", b"%d" % status))[0] == status


@pytest_twisted.ensureDeferred
async def test_a_plugin_asks_for_services(start: Start) -> None:
    """And may get its answers in another order."""
    running = start()
    first = running.call("Service", pack([b"first"]))
    await running.until(lambda: len(running.asked) == 1)
    second = running.call("Service", pack([b"second"]))
    await running.until(lambda: len(running.asked) == 2)
    (_, _, answer_first), (service, asked, answer_second) = running.asked
    assert (service, asked) == (abi.STORE_GET, pack([b"second"]))
    answer_second(abi.OK, b"2" * 100_000)
    assert (await second)[:2] == (abi.OK, b"2" * 100_000)
    answer_first(abi.E_MISSING, b"")
    assert (await first)[:2] == (abi.E_MISSING, b"")


@pytest_twisted.ensureDeferred
async def test_a_service_that_fails_is_answered(start: Start, logged_failures: Any) -> None:
    def fail(*asked: object) -> None:
        raise ZeroDivisionError

    running = start()
    running.service = fail
    assert (await running.call("Service", pack([b"key"])))[0] == abi.E_FAILED
    assert len(logged_failures.flush(ZeroDivisionError)) == 1


@pytest_twisted.ensureDeferred
async def test_lines_and_metrics_are_told(start: Start) -> None:
    running = start()
    call, outcome = running.submit("Log")
    assert (await outcome)[0] == abi.OK
    assert call.caller.lines == [(abi.WARNING, "a line", '{"n":1}')]
    await running.call("LogApart")
    await running.until(lambda: running.metrics and running.told)
    assert running.told == [("plugins/troubles.so", abi.WARNING, "apart", "")]
    assert running.metrics == [("plugins/troubles.so", abi.TIMING, "lookup", 0.25)]


@pytest_twisted.ensureDeferred
async def test_lines_of_calls_beside_each_other_are_told_apart(start: Start) -> None:
    """In their order, and before their call is over; what is too much is left out."""
    running = start()
    calls = [running.submit("LogMany", b"%d" % count) for count in (10_000, 3, 10_000, 5)]
    for call, outcome in calls:
        assert (await outcome)[0] == abi.OK
        lines = [int(text) for _, text, _ in call.caller.lines]
        assert lines == sorted(set(lines))
    assert all("came too fast" in text for _, _, text, _ in running.told)


@pytest_twisted.ensureDeferred
async def test_who_fails_to_take_something_fails_alone(start: Start, logged_failures: Any) -> None:
    def fail(*told: object) -> None:
        raise ZeroDivisionError

    running = start()
    tell, running.tell = running.tell, fail
    await running.call("LogApart")
    running.library.submit(10, b"", Mock(said=fail, over=fail))
    assert (await running.call("Echo", b"x"))[1] == b"x"
    failed: list[object] = []
    await running.until(
        lambda: failed.extend(logged_failures.flush(ZeroDivisionError)) or len(failed) == 3
    )
    running.tell = tell


@pytest_twisted.ensureDeferred
async def test_definitions_are_announced_and_forgotten(start: Start) -> None:
    """Those from before the process was ready too."""
    running = start()
    running.library.define(b"a", b"classic", b"{1}")
    await running.library.loaded()
    running.library.define(b"b", b"oas", b"{2}")
    running.library.forget(b"a")
    running.library.forget(b"never announced")
    known = b"1:aclassic{1};1:boas{2};2:a;"
    assert (await running.call("Definitions"))[1] == known


@pytest_twisted.ensureDeferred
async def test_what_it_prints_is_told(start: Start) -> None:
    running = start()
    await running.call("Print", b"2")
    await running.until(lambda: len(running.told) == 4)
    assert sorted((level, text) for _, level, text, _ in running.told) == [
        (abi.INFO, "out 0"),
        (abi.INFO, "out 1"),
        (abi.WARNING, "error 0"),
        (abi.WARNING, "error 1"),
    ]


@pytest_twisted.ensureDeferred
async def test_wild_printing_is_thinned_out(start: Start) -> None:
    """It holds nobody else up, and the rest is counted."""
    running = start()
    wild = running.call("Print", b"20000")
    assert (await running.call("Echo", b"x"))[1] == b"x"
    await wild
    await running.until(lambda: any("left out" in text for _, _, text, _ in running.told))
    assert len(running.told) < 5000


@pytest_twisted.ensureDeferred
async def test_it_says_how_it_is(start: Start) -> None:
    running = start()
    assert running.state["state"] == "starting"
    assert running.library.file == "plugins/troubles.so"
    sleeping = running.call("Sleep", b"50")
    assert (running.state["waiting"], running.state["in_flight"]) == (1, 0)
    await running.library.loaded()
    state = running.state
    assert state.pop("pid") > 0
    assert 1 << 20 < state.pop("memory") < 64 << 20
    assert state == {
        "mode": "process",
        "state": "running",
        "failure": "",
        "restarts": 0,
        "recycled": 0,
        "in_flight": 1,
        "waiting": 0,
        "last_exit": "",
    }
    await sleeping


@pytest_twisted.ensureDeferred
async def test_closing_lets_calls_finish_and_the_plugin_shut_down(start: Start) -> None:
    """Also those that still wait for the process to be ready."""
    running = start()
    calls = [running.call("Sleep", b"50") for _ in range(8)]
    await running.close()
    assert [outcome[0] for _, outcome in await DeferredList(calls)] == [abi.OK] * 8
    assert ("plugins/troubles.so", abi.INFO, "shut down", "") in running.told
    assert (running.state["state"], running.state["last_exit"]) == (
        "closed",
        "exited with status 0",
    )
    assert (await running.call("Echo"))[0] == abi.E_AWAY


@pytest_twisted.ensureDeferred
async def test_closing_waits_for_no_call_that_never_returns(start: Start, log: list[str]) -> None:
    running = start(Options(shutdown=0.1))
    stuck = running.call("Spin")
    await running.library.loaded()
    await running.close()
    assert (await stuck)[0] == abi.E_DIED
    assert running.state["last_exit"] == "was ended because calls did not finish"


@pytest_twisted.ensureDeferred
async def test_too_many_calls_are_turned_away_before_it_is_ready(start: Start) -> None:
    running = start(Options(waiting=2))
    calls = [running.call("Echo", b"x") for _ in range(3)]
    assert [outcome[0] for _, outcome in await DeferredList(calls)] == [0, 0, abi.E_AWAY]


@pytest_twisted.ensureDeferred
async def test_a_frame_beyond_all_measure_is_refused(
    start: Start, log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start()
    await running.library.loaded()
    monkeypatch.setattr("twisted_tyk.native.process.channel.BIGGEST", 70_000)
    assert (await running.call("Echo", b"x" * 70_001))[0] == abi.E_MEMORY
    assert "a message of 70001 bytes" in log[-1]
    assert (await running.call("Echo", b"x" * 70_000))[0] == abi.OK
