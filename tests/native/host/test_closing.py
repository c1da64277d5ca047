"""How a library ends, with and without calls that do not."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from plugin_host import (
    ASK,
    ECHO,
    KEEP,
    LET_GO,
    NOTHING,
    THREAD,
    WAIT,
    Call,
    MakeHost,
    PluginHost,
    soon,
)

from twisted_tyk.native import abi

STUCK = "calls did not return within 0.1 s; it stays loaded"


def is_loaded(copy: Path) -> bool:
    return str(copy) in Path("/proc/self/maps").read_text()


def threads() -> int:
    return len(os.listdir("/proc/self/task"))


def let_go(host: PluginHost) -> None:
    """Open the gate of a library that takes no calls any more, through another of its file."""
    host.load_again(host.folder / "1.so").call(LET_GO, b"")


def test_a_closed_library_is_out_of_memory(host: PluginHost) -> None:
    library = host.load()
    host.run(library, NOTHING)
    assert is_loaded(host.folder / "1.so")
    before = threads()
    host.close(library)
    assert not is_loaded(host.folder / "1.so")
    assert host.lines() == ["0 cleaned, time"]
    # Those that closed it may still be on their way out.
    soon(lambda: threads() < before)


def test_its_threads_are_gone_before_it_is_shut_down(host: PluginHost) -> None:
    """All of them: what a plugin keeps for a thread is cleaned up by code of the plugin."""
    library = host.load(threads=4)
    waiting = [host.submit(library, WAIT) for _ in range(4)]
    host.until(lambda: library.state()["running"] == 4)
    library.call(LET_GO, b"")
    for call in waiting:
        host.finish(call)
    calls = [host.submit(library, KEEP) for _ in range(40)]
    host.until(lambda: all(call.result for call in calls))
    host.close(library)
    cleaned = host.lines()[0].partition(" cleaned")[0]
    assert 1 <= int(cleaned) <= 4


def test_calls_under_way_and_queued_ones_are_finished(host: PluginHost) -> None:
    library = host.load(threads=1)
    calls = [host.submit(library, WAIT), *(host.submit(library, ECHO, b"x") for _ in range(3))]
    host.until(lambda: library.state()["running"] == 1)
    closed = library.close()
    again = library.close()
    assert not closed.called
    let_go(host)
    host.until(lambda: closed.called and again.called)
    assert [call.result and call.result[0] for call in calls] == [abi.OK] * 4
    assert library.close().called


def test_a_closed_library_takes_no_calls(host: PluginHost) -> None:
    library = host.load()
    host.close(library)
    with pytest.raises(RuntimeError, match=r"plugin.so: it is closed"):
        host.submit(library, NOTHING)
    assert library.call(NOTHING, b"") == (abi.E_REFUSED, b"", 0.0, ())
    library.overdue(12345)
    state = library.state()
    assert (state["running"], state["queued"]) == (0, 0)


def test_a_call_that_does_not_return_is_left_behind(make: MakeHost) -> None:
    host = make(grace=0.1)
    library = host.load(threads=1)
    stuck, queued = host.submit(library, WAIT), host.submit(library, ECHO, b"x")
    host.until(lambda: library.state()["running"] == 1)
    host.close(library)
    assert host.told == [("plugin.so", abi.WARNING, STUCK, "")]
    assert host.finish(queued)[:2] == (abi.E_REFUSED, b"")
    assert stuck.result is None
    assert is_loaded(host.folder / "1.so")
    # It is heard of when it returns after all.
    let_go(host)
    assert host.finish(stuck)[0] == abi.OK


def test_a_plugin_that_does_not_shut_down_is_left_behind(make: MakeHost) -> None:
    host = make(grace=0.1)
    library = host.load('{"never ends": true}')
    host.close(library)
    assert host.lines() == ["tyk_plugin_shutdown did not return; it stays loaded"]
    assert is_loaded(host.folder / "1.so")


def test_a_host_may_be_closed_at_any_time(make: MakeHost) -> None:
    """Nobody is told any more, and nobody waits."""
    host = make(grace=0.1)
    idle, busy, asking = host.load(), host.load(threads=1), host.load()
    host.run(idle, NOTHING)
    calls = [host.submit(busy, WAIT), host.submit(busy, NOTHING), host.submit(asking, ASK, b"\1k")]
    host.run(asking, THREAD)
    host.until(lambda: len(host.asked) == 2 and busy.state()["running"] == 1)
    before = threads()
    host.host.close()
    # The idle ones end, the ones that asked get an answer and end, one is stuck.
    soon(lambda: threads() < before - 2)
    host.host.drain()
    assert [call.result for call in calls] == [None] * 3
    for _, _, answer in host.asked:
        answer(abi.OK, b"too late")


def test_an_old_one_ends_while_the_new_one_runs(host: PluginHost) -> None:
    """As at a reload."""
    old = host.load()
    for _ in range(20):
        calls: list[Call] = [host.submit(old, ECHO, b"%d" % index) for index in range(20)]
        new = host.load()
        closed = old.close()
        calls += [host.submit(new, ECHO, b"%d" % index) for index in range(20, 40)]
        host.until(lambda closed=closed: closed.called)
        host.until(lambda calls=calls: all(call.result for call in calls))
        given = [call.result and call.result[1] for call in calls]
        assert given == [b"%d" % index for index in range(40)]
        old = new
