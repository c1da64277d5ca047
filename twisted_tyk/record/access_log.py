"""A line in the log for each request (``access_logs`` in tyk.conf)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring_ascii as quoted
from typing import Final

from twisted.logger import Logger, LogLevel
from zope.interface import implementer

from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.logs import Members
from twisted_tyk.record.hit import Hit

#: The fields of Tyk's access log that this gateway knows, in Tyk's order.
FIELDS: Final[Mapping[str, Callable[[Hit], str | int]]] = {
    "api_id": lambda hit: hit.api_id,
    "api_key": lambda hit: obscured(hit.api_key),
    "api_name": lambda hit: hit.api_name,
    "client_ip": lambda hit: hit.ip_address,
    "host": lambda hit: hit.requested_host,
    "latency_gateway": lambda hit: hit.latency.gateway,
    "latency_total": lambda hit: hit.request_time,
    "method": lambda hit: hit.method,
    "org_id": lambda hit: hit.org_id,
    "original_path": lambda hit: hit.original_path,
    "path": lambda hit: hit.path,
    "response_code_details": lambda hit: hit.error,
    "status": lambda hit: hit.response_code,
    "upstream_latency": lambda hit: hit.upstream_time,
    "user_agent": lambda hit: hit.user_agent,
}


def obscured(key: str) -> str:
    """The end of a key, enough to tell it from others and not to use it."""
    return f"****{key[-4:]}" if len(key) > 8 else "****" if key else ""


@implementer(IRecordSink)
class AccessLog:
    """Writes hits through twisted.logger: ``name=value``, or members where the log is JSON."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        """:param names: fields to write, in this order; none means all that are known."""
        known = [name for name in names or FIELDS if name in FIELDS]
        self._values = [FIELDS[name] for name in known]
        self._text = " ".join(f"{name}=%s" for name in known)
        self._json = "".join(f', "{name}": %s' for name in known)
        # Tyk's name. As a class attribute it would be called after the class.
        self._log = Logger(namespace="access-log")

    def record(self, hit: Hit) -> None:
        """Log one hit at level info."""
        values = [value(hit) for value in self._values]
        # The event of self._log.info("{line}", line=...), without finding out in
        # 3 µs that info is a level.
        self._log.observer(
            {
                "log_logger": self._log,
                "log_level": LogLevel.info,
                "log_namespace": self._log.namespace,
                "log_source": None,
                "log_format": "{line}",
                "log_time": hit.seconds,
                "line": _Line(values, self._text, self._json),
            }
        )


class _Line(Members):
    """The values of a line, and what they look like."""

    __slots__ = ("_json", "_text", "_values")

    def __init__(self, values: Sequence[str | int], text: str, as_json: str) -> None:
        self._values = values
        self._text = text
        self._json = as_json

    def __str__(self) -> str:
        return self._filled(self._text)

    def as_json(self) -> str:
        return self._filled(self._json)

    def _filled(self, form: str) -> str:
        # Quoted as JSON strings are, so that no value can end a line or fake a field.
        line = form % tuple(
            [quoted(value) if isinstance(value, str) else value for value in self._values]
        )
        return line if "\x7f" not in line else line.replace("\x7f", "\\u007f")
