"""Log lines and metrics: in order, never waited for, and counted when they are too many."""

from __future__ import annotations

from lost_failures import LoggedFailures
from plugin_host import ECHO, MEASURE, NOTHING, TELL, PluginHost, number

from twisted_tyk.native import abi

LOST = "log lines or metrics came too fast, some of them are lost"


def test_lines_come_in_their_order_and_before_the_call_is_over(host: PluginHost) -> None:
    library = host.load(threads=1)
    calls = [host.submit(library, TELL, number(2) + b"line %d" % index) for index in range(50)]
    host.finish(calls[-1])
    assert host.lines() == [f"line {index}" for index in range(50) for _ in range(2)]


def test_bytes_that_are_no_text_are_told_all_the_same(host: PluginHost) -> None:
    host.run(host.load(), TELL, number(1) + b"caf\xe9 \xc3\xa9")
    assert host.told == [("plugin.so", abi.INFO, "caf\N{REPLACEMENT CHARACTER} é", "")]


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
    library.call(TELL, number(3000) + b"flood")
    quiet.call(TELL, number(1) + b"drop")
    library.call(MEASURE, b"")
    host.until(lambda: host.metered)
    assert host.lines().count("flood") == 1024
    assert host.lines().count("drop") == 1
    assert host.lines().count(LOST) == 1
    assert len(host.metered) == 3
    assert library.state()["lost"] == 3000 - 1024 + 3
    assert quiet.state()["lost"] == 0
    # From then on there is room again.
    library.call(TELL, number(1) + b"more")
    host.until(lambda: host.lines()[-1] == "more")


def test_lines_that_are_too_long_are_counted(host: PluginHost) -> None:
    library = host.load()
    library.call(TELL, number(1) + bytes(1024 * 1024 + 1))
    library.call(TELL, number(3) + b"x" * (512 * 1024))
    library.call(TELL, number(1) + b"short")
    host.run(library, NOTHING)
    assert [len(text) for text in host.lines() if text != LOST] == [512 * 1024] * 2
    assert library.state()["lost"] == 3


def test_one_that_raises_does_not_keep_the_others_from_being_told(
    host: PluginHost, logged_failures: LoggedFailures
) -> None:
    library = host.load(threads=1)

    def broken(*_: object) -> None:
        raise ZeroDivisionError("broken")

    library.submit(ECHO, b"1", broken)
    assert host.run(library, ECHO, b"2")[1] == b"2"
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
