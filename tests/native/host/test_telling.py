"""Log lines and metrics: in order, never waited for, and counted when they are too many."""

from __future__ import annotations

from lost_failures import LoggedFailures
from plugin_host import (
    ECHO,
    LET_GO,
    MEASURE,
    NOTHING,
    TELL,
    TELL_AFTER,
    TELL_APART,
    Call,
    PluginHost,
    number,
)

from twisted_tyk.native import abi

LOST = "log lines or metrics came too fast, some of them are lost"


def test_lines_of_a_call_are_told_to_who_made_it_and_before_it_is_over(host: PluginHost) -> None:
    library = host.load(threads=3)
    calls = [host.submit(library, TELL, number(2) + b"line %d" % index) for index in range(50)]
    host.until(lambda: all(call.result for call in calls))
    assert [call.lines for call in calls] == [
        [(abi.INFO, f"line {index}", "")] * 2 for index in range(50)
    ]
    assert host.told == []


def test_lines_of_an_inline_call_are_handed_out_with_what_it_gives(host: PluginHost) -> None:
    library = host.load()
    for index in range(2000):
        status, changes, _, lines = library.call(TELL, number(2) + b"line %d" % index)
        assert (status, changes) == (abi.OK, b"")
        assert list(lines) == [(abi.INFO, f"line {index}", "")] * 2
    assert library.call(ECHO, b"x" * 70_000)[3] == ()
    host.run(library, NOTHING)
    assert (host.told, library.state()["lost"]) == ([], 0)


def test_lines_of_other_threads_are_of_no_call(host: PluginHost) -> None:
    library = host.load()
    call = host.submit(library, TELL_APART, number(2) + b"apart")
    host.finish(call)
    assert library.call(TELL_APART, number(1) + b"apart")[3] == ()
    host.until(lambda: len(host.told) == 3)
    assert host.told == [("plugin.so", abi.INFO, "apart", "")] * 3
    assert call.lines == []


def test_lines_said_after_a_call_are_of_no_call(host: PluginHost) -> None:
    """Nor of the one that its thread runs by then."""
    library = host.load(threads=1)
    call = host.submit(library, TELL_AFTER, number(-1) + b"late")
    host.finish(call)
    again = host.submit(library, LET_GO)
    host.until(lambda: host.told)
    host.finish(again)
    assert host.told == [("plugin.so", abi.INFO, "late", "")]
    assert (call.lines, again.lines) == ([], [])


def test_lines_of_definitions_are_of_no_call(host: PluginHost) -> None:
    library = host.load()
    library.define(b"a", b"classic", b"{}")
    assert library.call(NOTHING, b"")[3] == ()
    host.until(lambda: host.told)
    assert [text[:9] for text in host.lines()] == ["control 1"]


def test_bytes_that_are_no_text_are_told_all_the_same(host: PluginHost) -> None:
    library, said = host.load(), number(1) + b"caf\xe9 \xc3\xa9"
    host.run(library, TELL_APART, said)
    assert host.told == [("plugin.so", abi.INFO, "caf\N{REPLACEMENT CHARACTER} é", "")]
    assert list(library.call(TELL, said)[3]) == [host.told[0][1:]]


def test_metrics_are_told_and_what_is_none_is_not(host: PluginHost) -> None:
    library = host.load()
    host.run(library, MEASURE)
    assert host.metered == [
        ("plugin.so", abi.COUNTER, "m", 0.5),
        ("plugin.so", abi.GAUGE, "m", 1.5),
        ("plugin.so", abi.TIMING, "m", 2.5),
    ]
    assert library.state()["lost"] == 3


def test_lines_that_are_too_many_are_counted(host: PluginHost) -> None:
    library, quiet = host.load(), host.load()
    library.call(TELL_APART, number(3000) + b"flood")
    quiet.call(TELL_APART, number(1) + b"drop")
    library.call(MEASURE, b"")
    host.until(lambda: host.metered)
    assert host.lines().count("flood") == 1024
    assert host.lines().count("drop") == 1
    assert host.lines().count(LOST) == 1
    assert len(host.metered) == 3
    assert library.state()["lost"] == 3000 - 1024 + 3
    assert quiet.state()["lost"] == 0
    # From then on there is room again.
    library.call(TELL_APART, number(1) + b"more")
    host.until(lambda: host.lines()[-1] == "more")


def test_lines_of_one_call_that_are_too_many_are_counted(host: PluginHost) -> None:
    library = host.load()
    call = host.submit(library, TELL, number(10_000) + b"flood")
    host.finish(call)
    lost = library.state()["lost"]
    assert set(call.lines) == {(abi.INFO, "flood", "")}
    assert len(call.lines) + lost == 10_000
    assert set(host.lines()) <= {LOST}
    # What others say meanwhile takes nothing from an inline call.
    library.call(TELL_APART, number(2000) + b"flood")
    lost = library.state()["lost"]
    assert len(library.call(TELL, number(10_000) + b"flood")[3]) == 1024
    assert library.state()["lost"] - lost == 10_000 - 1024
    assert len(library.call(TELL, number(1000) + b"more")[3]) == 1000
    host.run(library, NOTHING)
    assert LOST in host.lines()


def test_lines_that_are_too_long_are_counted(host: PluginHost) -> None:
    library = host.load()
    library.call(TELL_APART, number(1) + bytes(1024 * 1024 + 1))
    library.call(TELL_APART, number(3) + b"x" * (512 * 1024))
    library.call(TELL_APART, number(1) + b"short")
    host.run(library, NOTHING)
    assert [len(text) for text in host.lines() if text != LOST] == [512 * 1024] * 2
    assert library.state()["lost"] == 3
    lines = library.call(TELL, number(3) + b"x" * (512 * 1024))[3]
    assert [len(text) for _, text, _ in lines] == [512 * 1024] * 2
    assert library.call(TELL, number(1) + bytes(1024 * 1024 + 1))[3] == ()
    assert library.state()["lost"] == 5


def test_one_that_raises_does_not_keep_the_others_from_being_told(
    host: PluginHost, logged_failures: LoggedFailures
) -> None:
    library = host.load(threads=1)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken")

    library.submit(ECHO, b"1", Call(then=broken))
    assert host.run(library, ECHO, b"2")[1] == b"2"
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
