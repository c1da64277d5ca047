"""The gateway's own log lines: one event a line, as text or as JSON.

What comes from clients or hooks can not end a line or fake another one.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import IO, Any, Final

from twisted.logger import (
    FilteringLogObserver,
    ILogObserver,
    LogEvent,
    LogLevel,
    LogLevelFilterPredicate,
    eventAsText,
    formatEvent,
)
from zope.interface import implementer

#: Tyk's level names (``log_level``, ``TYK_LOGLEVEL``).
LEVELS: Final = {
    "debug": LogLevel.debug,
    "info": LogLevel.info,
    "warn": LogLevel.warn,
    "warning": LogLevel.warn,
    "error": LogLevel.error,
}

# What moves a terminal's cursor, or is a line end to some readers; not tab and line feed.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


@implementer(ILogObserver)
class Lines:
    """Writes events to a stream. It is called in any thread; one call writes once."""

    def __init__(self, stream: IO[str], as_json: bool = False) -> None:
        self._stream = stream
        self._as_json = as_json

    def __call__(self, event: LogEvent) -> None:
        """Write one event; a failure brings its traceback along."""
        line = self._json(event) if self._as_json else self._text(event)
        # A stream that can not write a character shall not lose the line.
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        line = line.encode(encoding, "backslashreplace").decode(encoding)
        self._stream.write(line + "\n")
        self._stream.flush()

    def _text(self, event: LogEvent) -> str:
        # Lines after the first are set in, so that a multi-line value can not
        # pass for an event of its own.
        text = _CONTROL.sub(_escaped, _message(event)).replace("\n", "\n    ")
        return (
            f'time="{_time(event)}" level={_level(event)} '
            f"prefix={event.get('log_namespace', '-')} {text}"
        )

    def _json(self, event: LogEvent) -> str:
        return json.dumps(
            {
                "time": _time(event),
                "level": _level(event),
                "prefix": event.get("log_namespace", "-"),
                "message": _message(event),
            }
        )


def observer(stream: IO[str], level: str, log_format: str) -> ILogObserver:
    """Lines on ``stream`` of ``level`` and above.

    :param level: one of :data:`LEVELS`; anything else is ``info``.
    :param log_format: ``json``; anything else is text.
    """
    predicate = LogLevelFilterPredicate(LEVELS.get(level.lower(), LogLevel.info))
    filtered: Any = FilteringLogObserver(Lines(stream, log_format == "json"), [predicate])
    return filtered  # type: ignore[no-any-return]


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _message(event: LogEvent) -> str:
    if "log_failure" in event:
        return eventAsText(event, includeTimestamp=False, includeSystem=False)
    return formatEvent(event)


def _time(event: LogEvent) -> str:
    moment = datetime.fromtimestamp(event.get("log_time", 0.0), timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _level(event: LogEvent) -> str:
    level = event.get("log_level")
    return level.name if level is not None else "info"
