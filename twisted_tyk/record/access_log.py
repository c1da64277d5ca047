"""A line in the log for each request (``access_logs`` in tyk.conf)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.hit import Hit

#: The fields of Tyk's access log that this gateway knows, in Tyk's order.
FIELDS: Final[Mapping[str, Callable[[Hit], object]]] = {
    "api_id": lambda hit: hit.api_id,
    "api_key": lambda hit: obscured(hit.api_key),
    "api_name": lambda hit: hit.api_name,
    "client_ip": lambda hit: hit.ip_address,
    "host": lambda hit: hit.requested_host,
    "latency_gateway": lambda hit: hit.latency.gateway,
    "latency_total": lambda hit: hit.latency.total,
    "method": lambda hit: hit.method,
    "org_id": lambda hit: hit.org_id,
    "original_path": lambda hit: hit.original_path,
    "path": lambda hit: hit.path,
    "response_code_details": lambda hit: hit.error,
    "status": lambda hit: hit.response_code,
    "upstream_latency": lambda hit: hit.latency.upstream,
    "user_agent": lambda hit: hit.user_agent,
}


def obscured(key: str) -> str:
    """The end of a key, enough to tell it from others and not to use it."""
    return f"****{key[-4:]}" if len(key) > 8 else "****" if key else ""


@implementer(IRecordSink)
class AccessLog:
    """Writes hits through twisted.logger, as ``name=value`` text or as JSON."""

    def __init__(self, names: Sequence[str] = (), as_json: bool = False) -> None:
        """:param names: fields to write, in this order; none means all that are known."""
        self._fields = [(name, FIELDS[name]) for name in names or FIELDS if name in FIELDS]
        self._as_json = as_json
        # Tyk's name. As a class attribute it would be called after the class.
        self._log = Logger(namespace="access-log")

    def record(self, hit: Hit) -> None:
        """Log one hit at level info."""
        fields = {name: value(hit) for name, value in self._fields}
        self._log.info("{line}", line=_json(fields) if self._as_json else _text(fields))


def _json(fields: Mapping[str, object]) -> str:
    return json.dumps(fields)


def _text(fields: Mapping[str, object]) -> str:
    # Quoted as JSON strings are, so that no value can end a line or fake a field.
    return " ".join(
        f"{name}={json.dumps(value) if isinstance(value, str) else value}"
        for name, value in fields.items()
    )
