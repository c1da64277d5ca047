"""The gateway's own log lines: one event a line, as text or as JSON.

What comes from clients or hooks can not end a line or fake another one.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from datetime import datetime, timezone
from json.encoder import encode_basestring_ascii as quoted
from typing import IO, Any, Final

from twisted.logger import ILogObserver, LogEvent, LogLevel, eventAsText, formatEvent
from zope.interface import implementer

#: Tyk's level names (``log_level``, ``TYK_LOGLEVEL``).
LEVELS: Final = {
    "debug": LogLevel.debug,
    "info": LogLevel.info,
    "warn": LogLevel.warn,
    "warning": LogLevel.warn,
    "error": LogLevel.error,
}

#: The names that Tyk's log library writes. Its name for what is worse than an error says
#: that the process ended.
_NAMES: Final = {
    LogLevel.debug: "debug",
    LogLevel.info: "info",
    LogLevel.warn: "warning",
    LogLevel.error: "error",
    LogLevel.critical: "error",
}

#: What Twisted says of each connection that it makes for somebody else.
_NOISE: Final = frozenset({"Starting factory {factory!r}", "Stopping factory {factory!r}"})

# What moves a terminal's cursor, or is a line end to some readers; not tab and line feed.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Members(ABC):
    """What an event says as fields: the ``line`` of an event whose format is ``{line}``.

    ``str`` of it is the event as text. Both forms are printable ASCII, so :class:`Lines`
    takes them as they are.
    """

    __slots__ = ()

    #: The ``msg`` of the JSON object; as text it is part of ``str``.
    message: str = ""

    @abstractmethod
    def as_json(self) -> str:
        """Members for the JSON object of the event, each with a comma before it."""


@implementer(ILogObserver)
class Lines:
    """Writes events to a stream. It is called in any thread; one call writes once."""

    def __init__(self, stream: IO[str], as_json: bool = False, level: Any = LogLevel.debug) -> None:
        """:param level: the lowest of the events that are written."""
        self._stream = stream
        self._as_json = as_json
        self._names = {each: name for each, name in _NAMES.items() if each >= level}
        # A stream that can not write a character shall not lose the line.
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        self._second: tuple[int, str] = (-1, "")

    def __call__(self, event: LogEvent) -> None:
        """Write one event; a failure brings its traceback along."""
        level = self._names.get(event.get("log_level"))
        if level is None or event.get("log_format") in _NOISE:
            return
        time = self._time(event.get("log_time", 0.0))
        prefix = str(event.get("log_namespace", "-"))
        line = (_json if self._as_json else _text)(time, level, prefix, event)
        if not line.isascii():
            line = line.encode(self._encoding, "backslashreplace").decode(self._encoding)
        self._stream.write(line + "\n")
        self._stream.flush()

    def _time(self, seconds: float) -> str:
        whole = int(seconds)
        known, text = self._second
        if known != whole:
            text = datetime.fromtimestamp(whole, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
            # In one assignment, for the sake of other threads.
            self._second = (whole, text)
        return f"{text}.{int((seconds - whole) * 1000):03}Z"


def observer(stream: IO[str], level: str, log_format: str) -> ILogObserver:
    """Lines on ``stream`` of ``level`` and above.

    :param level: one of :data:`LEVELS`; anything else is ``info``.
    :param log_format: ``json``; anything else is text.
    """
    lowest = LEVELS.get(level.lower(), LogLevel.info)
    lines: Any = Lines(stream, log_format == "json", lowest)
    return lines  # type: ignore[no-any-return]


def _text(time: str, level: str, prefix: str, event: LogEvent) -> str:
    members = event.get("line")
    if isinstance(members, Members):
        text = str(members)
    else:
        # Lines after the first are set in, so that a multi-line value can not
        # pass for an event of its own.
        text = _CONTROL.sub(_escaped, _message(event)).replace("\n", "\n    ")
    return f'time="{time}" level={level} prefix={prefix} {text}'


def _json(time: str, level: str, prefix: str, event: LogEvent) -> str:
    members = event.get("line")
    if isinstance(members, Members):
        message, more = members.message, members.as_json()
    else:
        message, more = _message(event), ""
    return (
        f'{{"time": "{time}", "level": "{level}", "prefix": {quoted(prefix)}, '
        f'"msg": {quoted(message)}{more}}}'
    )


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _message(event: LogEvent) -> str:
    if "log_failure" in event:
        return eventAsText(event, includeTimestamp=False, includeSystem=False)
    return formatEvent(event)
