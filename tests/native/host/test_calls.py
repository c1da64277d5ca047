"""Calls, in threads of the host and inline, and what comes back of them."""

from __future__ import annotations

import os
import signal

import pytest
from plugin_host import (
    BLOCKED,
    ECHO,
    LET_GO,
    LIE,
    NOTHING,
    STATUS,
    WAIT,
    Call,
    PluginHost,
    number,
)

from twisted_tyk.native import abi

SIZES = [1, 100, 65535, 65536, 65537, 300_000, 5_000_000]
STATUSES = range(abi.E_MEMORY, abi.OK + 1)


def test_a_function_that_changes_nothing_gives_nothing(host: PluginHost) -> None:
    library = host.load()
    status, changes, seconds = host.run(library, NOTHING)
    assert (status, changes) == (abi.OK, b"")
    assert 0 < seconds < 60
    status, changes, seconds, lines = library.call(NOTHING, b"")
    assert (status, changes, list(lines)) == (abi.OK, b"", [])
    assert 0 < seconds < 60


@pytest.mark.parametrize("size", SIZES)
def test_frames_go_in_and_changes_come_out_whole(host: PluginHost, size: int) -> None:
    """Beyond 64 KiB they are in the plugin's own memory, which it gets back once."""
    library = host.load()
    frame = os.urandom(size)
    assert host.run(library, ECHO, frame)[:2] == (abi.OK, frame)
    assert library.call(ECHO, frame)[:2] == (abi.OK, frame)
    assert host.freed(library) == (2 if size > 65536 else 0)


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_is_told_as_it_is(host: PluginHost, status: int) -> None:
    library = host.load()
    assert host.run(library, STATUS, number(status))[:2] == (status, b"")
    assert library.call(STATUS, number(status))[:2] == (status, b"")


@pytest.mark.parametrize("status", [1, 2**31 - 1, abi.E_MEMORY - 1, abi.E_DIED, abi.E_AWAY])
def test_a_status_that_there_is_not_is_an_error(host: PluginHost, status: int) -> None:
    library = host.load()
    assert host.run(library, STATUS, number(status))[0] == abi.E_ARGUMENT
    assert library.call(STATUS, number(status))[0] == abi.E_ARGUMENT


LIES = {
    0: "more than fits",
    1: "more than there is",
    2: "its own, at no address",
    3: "the host's as its own",
    4: "the middle of the host's as its own",
    5: "its own, not handed over",
    6: "its own, too large",
    7: "a good status",
    8: "a status of ours",
}


@pytest.mark.parametrize("which", LIES, ids=LIES.values())
def test_a_result_that_cannot_be_right_is_an_error(host: PluginHost, which: int) -> None:
    library = host.load()
    assert host.run(library, LIE, bytes([which]))[:2] == (abi.E_ARGUMENT, b"")
    assert library.call(LIE, bytes([which]))[:2] == (abi.E_ARGUMENT, b"")
    assert host.freed(library) == (2 if which in (6, 8) else 0)
    assert host.run(library, ECHO, b"well")[1] == b"well"


@pytest.mark.parametrize("which", [9, 10], ids=["at no address", "in its own memory"])
def test_nothing_is_nothing_wherever_it_is(host: PluginHost, which: int) -> None:
    library = host.load()
    assert host.run(library, LIE, bytes([which]))[:2] == (abi.OK, b"")
    assert library.call(LIE, bytes([which]))[:2] == (abi.OK, b"")
    assert host.freed(library) == (2 if which == 10 else 0)


def test_many_calls_at_once_each_get_their_own(host: PluginHost) -> None:
    libraries = [host.load(threads=threads) for threads in (1, 3, 8)]
    frames = [os.urandom(index % 4000) for index in range(6000)]
    calls = [host.submit(libraries[index % 3], ECHO, frame) for index, frame in enumerate(frames)]
    host.until(lambda: all(call.result for call in calls))
    assert [call.result and call.result[1] for call in calls] == frames


def test_many_large_results_at_once(host: PluginHost) -> None:
    library = host.load()
    frames = [os.urandom(200_000) for _ in range(20)]
    calls = [host.submit(library, ECHO, frame) for frame in frames]
    host.until(lambda: all(call.result for call in calls))
    assert [call.result and call.result[1] for call in calls] == frames


def test_calls_of_one_thread_end_in_their_order(host: PluginHost) -> None:
    library = host.load(threads=1)
    order: list[bytes] = []
    for index in range(100):
        call = Call(then=lambda _, changes, __: order.append(changes))
        library.submit(ECHO, b"%d" % index, call)
    host.until(lambda: len(order) == 100)
    assert order == [b"%d" % index for index in range(100)]


def test_threads_are_started_when_they_are_needed(host: PluginHost) -> None:
    library = host.load(threads=3)
    assert library.state()["threads"] == 0
    for _ in range(5):
        host.run(library, NOTHING)
    assert library.state()["threads"] <= 2
    waiting = [host.submit(library, WAIT) for _ in range(5)]
    host.until(lambda: library.state()["running"] == 3)
    state = library.state()
    assert (state["threads"], state["queued"]) == (3, 2)
    library.call(LET_GO, b"")
    for call in waiting:
        assert host.finish(call)[0] == abi.OK
    assert library.state() | {"threads": 3, "running": 0, "queued": 0} == library.state()


def test_a_call_that_nobody_waits_for_is_not_begun(host: PluginHost) -> None:
    library = host.load(threads=1)
    running, queued = host.submit(library, WAIT), host.submit(library, ECHO, b"x")
    host.until(lambda: library.state()["running"] == 1)
    library.overdue(running.token)
    library.overdue(queued.token)
    assert host.finish(queued)[:2] == (abi.E_REFUSED, b"")
    assert library.state()["overdue"] == 1
    library.call(LET_GO, b"")
    assert host.finish(running)[0] == abi.OK
    assert library.state()["overdue"] == 0
    library.overdue(running.token)
    assert library.state()["overdue"] == 0


def test_signals_are_for_the_reactor_thread(host: PluginHost) -> None:
    """But for those that a thread brings on itself, and two that runtimes use."""
    blocked = host.run(host.load(), BLOCKED)[1]
    own = {"SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGURG", "SIGPROF"}
    # No thread can block these two.
    never = {signal.SIGKILL, signal.SIGSTOP}
    ours = {signal.Signals[name] for name in own} | never
    assert {number for number in range(1, 32) if not blocked[number]} == ours


def test_who_is_told_may_ask_for_more(host: PluginHost) -> None:
    library = host.load()
    told: list[bytes] = []

    def again(status: int, changes: bytes, seconds: float) -> None:
        told.append(changes)
        if len(told) < 50:
            library.submit(ECHO, b"%d" % len(told), Call(then=again))
            host.host.drain()

    library.submit(ECHO, b"0", Call(then=again))
    host.until(lambda: len(told) == 50)
    assert told == [b"%d" % index for index in range(50)]


def test_the_state_says_who_runs_it(host: PluginHost) -> None:
    library = host.load()
    assert library.state() == {
        "host": host.host.kind,
        "pid": os.getpid(),
        "threads": 0,
        "running": 0,
        "queued": 0,
        "overdue": 0,
        "lost": 0,
    }
    assert library.file == "plugin.so"
    assert library.manifest.name == "tests"
