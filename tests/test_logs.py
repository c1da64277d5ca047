"""Log lines: one event a line, whatever is in it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import pytest
from gateways import Events
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.protocol import Factory
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from twisted_tyk.logs import observer

# Everything that begins a new line for Python's splitlines, terminals or browsers.
LINE_ENDS = ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


def logged(
    act: Callable[[Logger], object], level: str = "info", log_format: str = "text"
) -> list[str]:
    """The lines of what ``act`` logs."""
    stream = io.StringIO()
    act(Logger(namespace="tests", observer=observer(stream, level, log_format)))
    text = stream.getvalue()
    assert text == "" or text.endswith("\n")
    return text.splitlines()


def test_a_line_of_text() -> None:
    (line,) = logged(lambda log: log.warn("{what} happened", what="something"))
    assert line.startswith('time="20')
    assert line.endswith('Z" level=warning prefix=tests something happened')


def test_a_line_of_json() -> None:
    (line,) = logged(lambda log: log.error("{what}", what='a "b"'), log_format="json")
    fields = json.loads(line)
    assert fields.pop("time").endswith("Z")
    assert fields == {"level": "error", "prefix": "tests", "msg": 'a "b"'}


@pytest.mark.parametrize("end", LINE_ENDS)
def test_no_value_begins_a_line_that_looks_like_an_event(end: str) -> None:
    forged = f'x{end}time="2026-01-01T00:00:00.000Z" level=error prefix=tyk forged'
    lines = logged(lambda log: log.info("{value}", value=forged))
    assert lines[0].startswith('time="20')
    assert all(line.startswith("    ") for line in lines[1:])


@given(st.text(st.characters(codec=None)))
def test_json_is_one_line_of_json_for_every_value(value: str) -> None:
    (line,) = logged(lambda log: log.info("{value}", value=value), log_format="json")
    assert json.loads(line)["msg"] == value


@given(st.text(st.characters(codec=None)))
def test_no_value_moves_the_cursor_of_a_terminal(value: str) -> None:
    for line in logged(lambda log: log.info("{value}", value=value)):
        assert not any(
            (ord(character) < 32 and character != "\t") or 127 <= ord(character) < 160
            for character in line
        )


@pytest.mark.parametrize("log_format", ["text", "json"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_stream_that_can_not_write_a_character_keeps_the_line(
    encoding: str, log_format: str
) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    value = "a \u2192 \U0001f600 \udcff z"
    Logger(observer=observer(stream, "info", log_format)).info("{value}", value=value)
    line = raw.getvalue().decode(encoding)
    if log_format == "json":
        assert json.loads(line)["msg"] == value
    else:
        assert line.endswith("\\udcff z\n")


@pytest.mark.parametrize(
    ("level", "seen"),
    [
        ("debug", ["debug", "info", "warn", "error", "critical"]),
        ("info", ["info", "warn", "error", "critical"]),
        ("WARN", ["warn", "error", "critical"]),
        ("warning", ["warn", "error", "critical"]),
        ("error", ["error", "critical"]),
        ("nonsense", ["info", "warn", "error", "critical"]),
    ],
)
def test_levels(level: str, seen: list[str]) -> None:
    def act(log: Logger) -> None:
        for each in ("debug", "info", "warn", "error", "critical"):
            getattr(log, each)(each)

    assert [line.rpartition(" ")[2] for line in logged(act, level)] == seen


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_levels_have_the_names_that_tyk_writes(log_format: str) -> None:
    def act(log: Logger) -> None:
        for each in ("debug", "info", "warn", "error", "critical"):
            getattr(log, each)("x")

    pattern = r'level"?[=:] ?"?([a-z]+)'
    found = [re.search(pattern, line) for line in logged(act, "debug", log_format)]
    assert [match and match[1] for match in found] == [
        "debug",
        "info",
        "warning",
        "error",
        "error",
    ]


def test_times_are_those_of_the_events() -> None:
    stream = io.StringIO()
    write = observer(stream, "info", "text")
    for seconds in (0, 0.25, 59.9999, 60, 0.001, 1e9 + 0.5):
        write({"log_level": LogLevel.info, "log_format": "x", "log_time": seconds})
    assert [line.split('"')[1] for line in stream.getvalue().splitlines()] == [
        "1970-01-01T00:00:00.000Z",
        "1970-01-01T00:00:00.250Z",
        "1970-01-01T00:00:59.999Z",
        "1970-01-01T00:01:00.000Z",
        "1970-01-01T00:00:00.001Z",
        "2001-09-09T01:46:40.500Z",
    ]


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_a_failure_brings_its_traceback(log_format: str) -> None:
    def act(log: Logger) -> None:
        try:
            raise LookupError("nowhere")
        except LookupError:
            log.failure("looking failed", Failure())

    text = "\n".join(logged(act, log_format=log_format))
    assert "looking failed" in text
    assert "in act" in text
    assert "LookupError: nowhere" in text
    assert "level=error" in text or '"level": "error"' in text


def test_an_event_that_can_not_be_formatted_is_told_of() -> None:
    (line, *_) = logged(lambda log: log.info("{missing}"))
    assert "missing" in line


def test_connections_that_are_made_are_no_news() -> None:
    class Noisy(Factory):
        pass

    def act(log: Logger) -> None:
        factory = Noisy()
        log.info("Starting factory {factory!r}", factory=factory)
        log.info("Stopping factory {factory!r}", factory=factory)

    assert logged(act, "debug") == []


def test_twisted_words_it_as_expected(events: Events) -> None:
    """Else the lines would come back without anybody's doing."""
    factory = Factory()
    factory.doStart()
    factory.doStop()
    said = [event for event in events.seen if event.get("factory") is factory]
    assert [event["log_format"] for event in said] == [
        "Starting factory {factory!r}",
        "Stopping factory {factory!r}",
    ]
