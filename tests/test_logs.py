"""Log lines: one event a line, whatever is in it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import Logger
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
    assert line.endswith('Z" level=warn prefix=tests something happened')


def test_a_line_of_json() -> None:
    (line,) = logged(lambda log: log.error("{what}", what='a "b"'), log_format="json")
    fields = json.loads(line)
    assert fields.pop("time").endswith("Z")
    assert fields == {"level": "error", "prefix": "tests", "message": 'a "b"'}


@pytest.mark.parametrize("end", LINE_ENDS)
def test_no_value_begins_a_line_that_looks_like_an_event(end: str) -> None:
    forged = f'x{end}time="2026-01-01T00:00:00.000Z" level=error prefix=tyk forged'
    lines = logged(lambda log: log.info("{value}", value=forged))
    assert lines[0].startswith('time="20')
    assert all(line.startswith("    ") for line in lines[1:])


@given(st.text(st.characters(codec=None)))
def test_json_is_one_line_of_json_for_every_value(value: str) -> None:
    (line,) = logged(lambda log: log.info("{value}", value=value), log_format="json")
    assert json.loads(line)["message"] == value


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
        assert json.loads(line)["message"] == value
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
    assert "level=critical" in text or '"level": "critical"' in text


def test_an_event_that_can_not_be_formatted_is_told_of() -> None:
    (line, *_) = logged(lambda log: log.info("{missing}"))
    assert "missing" in line
