"""What a function asked to be changed, in words and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from struct import Struct
from types import MappingProxyType
from typing import Any, Final

from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change

_DOUBLE: Final = Struct("=d")
_LEVELS: Final = ("debug", "info", "warning", "error")
_METRICS: Final = ("counter", "gauge", "timing")
#: So much of a body or a document is shown.
_SHOWN: Final = 400

_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        getattr(abi, name): name.lower()
        for name in (
            "HEADER_SET", "HEADER_ADD", "HEADER_DELETE", "SET_METHOD", "SET_TARGET", "SET_HOST",
            "SET_BODY", "SET_REWRITE", "REPLY_STATUS", "REPLY_WRITE", "REPLY_HEADER_SET",
            "REPLY_HEADER_ADD", "REPLY_HEADER_DELETE", "RESPONSE_STATUS", "RESPONSE_HEADER_SET",
            "RESPONSE_HEADER_ADD", "RESPONSE_HEADER_DELETE", "RESPONSE_BODY", "SET_SESSION",
            "SET_DEFINITION", "SET_CONTEXT", "SET_RECORD", "LOG", "METRIC", "ERROR",
        )
    }
)  # fmt: skip


def in_words(change: Change) -> str:
    """One line."""
    say = _WORDS.get(change.kind)
    if say is None:
        return f"change of kind {change.kind}: not known to this gateway, passed over"
    return say(change)


def as_json(change: Change) -> dict[str, Any]:
    """Its kind by name, and what it has; bytes that are no text as hexadecimal digits."""
    found: dict[str, Any] = {
        "kind": _NAMES.get(change.kind, str(change.kind)),
        "number": change.number,
    }
    for name, data in (("key", change.key), ("value", change.value)):
        try:
            found[name] = data.decode()
        except UnicodeDecodeError:
            found[f"{name}_hex"] = data.hex()
    if change.kind == abi.METRIC and len(change.value) == _DOUBLE.size:
        found.pop("value_hex", None)
        found["value"] = _DOUBLE.unpack(change.value)[0]
    return found


def _quoted(data: bytes) -> str:
    text = data[:_SHOWN].decode("utf-8", "backslashreplace")
    more = f" … {len(data)} bytes" if len(data) > _SHOWN else ""
    return json.dumps(text, ensure_ascii=False) + more


def _plain(data: bytes) -> str:
    text = data[:_SHOWN].decode("utf-8", "backslashreplace")
    return text + (f" … {len(data)} bytes" if len(data) > _SHOWN else "")


def _field(whose: str, what: str) -> Callable[[Change], str]:
    def say(change: Change) -> str:
        value = "" if what == "removed" else f" {_quoted(change.value)}"
        return f"{whose} header {_plain(change.key)}: {what}{value}"

    return say


def _set(what: str) -> Callable[[Change], str]:
    return lambda change: f"{what}: set to {_quoted(change.value)}"


def _session(change: Change) -> str:
    key = f", key {_quoted(change.key)}" if change.key else ""
    stored = ", to be stored" if change.number & 1 else ""
    return f"session: set to {_plain(change.value)}{key}{stored}"


def _context(change: Change) -> str:
    done = f"set to {_plain(change.value)}" if change.value else "removed"
    return f"context {_plain(change.key)}: {done}"


def _log(change: Change) -> str:
    fields = f" {_plain(change.key)}" if change.key else ""
    return f"log {_LEVELS[min(change.number, 3)]}: {_plain(change.value)}{fields}"


def _metric(change: Change) -> str:
    value = _DOUBLE.unpack(change.value)[0] if len(change.value) == 8 else "?"
    kind = _METRICS[change.number] if change.number < 3 else f"kind {change.number}"
    return f"metric {kind} {_plain(change.key)}: {value}"


_WORDS: Final[Mapping[int, Callable[[Change], str]]] = MappingProxyType(
    {
        abi.HEADER_SET: _field("request", "set to"),
        abi.HEADER_ADD: _field("request", "added"),
        abi.HEADER_DELETE: _field("request", "removed"),
        abi.SET_METHOD: _set("request method"),
        abi.SET_TARGET: _set("request URL"),
        abi.SET_HOST: _set("request host"),
        abi.SET_BODY: _set("request body"),
        abi.SET_REWRITE: _set("upstream URL"),
        abi.REPLY_STATUS: lambda change: f"reply status: {change.number}",
        abi.REPLY_WRITE: lambda change: f"reply body: {_quoted(change.value)}",
        abi.REPLY_HEADER_SET: _field("reply", "set to"),
        abi.REPLY_HEADER_ADD: _field("reply", "added"),
        abi.REPLY_HEADER_DELETE: _field("reply", "removed"),
        abi.RESPONSE_STATUS: lambda change: f"response status: set to {change.number}",
        abi.RESPONSE_HEADER_SET: _field("response", "set to"),
        abi.RESPONSE_HEADER_ADD: _field("response", "added"),
        abi.RESPONSE_HEADER_DELETE: _field("response", "removed"),
        abi.RESPONSE_BODY: _set("response body"),
        abi.SET_SESSION: _session,
        abi.SET_DEFINITION: lambda change: f"definition: set to {_plain(change.value)}",
        abi.SET_CONTEXT: _context,
        abi.SET_RECORD: lambda change: f"record: set to {_plain(change.value)}",
        abi.LOG: _log,
        abi.METRIC: _metric,
        abi.ERROR: lambda change: f"error: {_plain(change.key)}",
    }
)
