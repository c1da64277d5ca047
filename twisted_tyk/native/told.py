"""A plugin's line in the gateway's log: its text, its fields, and whose it is."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any, Final

from twisted.logger import Logger, LogLevel

from twisted_tyk.logs import Members

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange

#: By enum tyk_level. What is beyond both ends counts as the end.
_LEVELS: Final = (LogLevel.debug, LogLevel.info, LogLevel.warn, LogLevel.error)
#: Characters of a text, or of its fields, that are kept; and fields of one line.
LONGEST: Final = 16_384
MOST_FIELDS: Final = 64
#: What the line itself says. A field of such a name is called ``fields.<name>``,
#: as the log library of Go plugins does it.
_OURS: Final = frozenset({"time", "level", "prefix", "msg", "plugin", "function", "api", "request"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9_.@/-]+")
_LOG: Final = Logger(namespace="plugin")


def log_line(
    plugin: str,
    level: int,
    text: str,
    fields: str,
    function: str = "",
    api: str = "",
    exchange: Exchange | None = None,
) -> None:
    """Log what a plugin says. It never raises, whatever the plugin gave.

    Without the last three it is a :data:`twisted_tyk.native.host.Told`.

    :param plugin: its file, as the definition has it.
    :param level: of :mod:`twisted_tyk.native.abi`.
    :param fields: a JSON object or ``""``; anything else is shown as one field, ``fields``.
    :param function: in whose call it was said; ``""`` for what a plugin says on its own.
    :param api: the id of the API that it was called for.
    :param exchange: the request that it was called for; ``None`` when that is over.
    """
    where: list[tuple[str, str]] = [("plugin", plugin)]
    if function:
        where.append(("function", function))
        where.append(("api", api))
    if exchange is not None:
        where.append(("request", _request(exchange)))
    kind = _LEVELS[min(max(level, 0), len(_LEVELS) - 1)]
    _LOG.emit(kind, "{line}", line=PluginLine(_cut(text), where, fields))


def _request(exchange: Exchange) -> str:
    # Without the query, where clients put keys.
    path = exchange.original_target.partition(b"?")[0]
    said = b"%s %s" % (exchange.method, path)
    return f"{said.decode('utf-8', 'backslashreplace')} {exchange.peer}"


class PluginLine(Members):
    """``msg="..." plugin="..." name=value``, or members where the log is JSON.

    Values are JSON in both, so none of them can end a line or fake a field.
    """

    __slots__ = ("_fields", "_where", "message")

    def __init__(self, message: str, where: list[tuple[str, str]], fields: str) -> None:
        self.message = message
        self._where = where
        self._fields = fields

    def __str__(self) -> str:
        said = [f"msg={_json(self.message)}"]
        for name, value in self._members():
            said.append(f"{name if _PLAIN.fullmatch(name) else _json(name)}={value}")
        return " ".join(said)

    def as_json(self) -> str:
        return "".join(f", {_json(name)}: {value}" for name, value in self._members())

    def _members(self) -> list[tuple[str, str]]:
        """Names, and values as JSON in printable ASCII."""
        ours = [(name, _json(value)) for name, value in self._where]
        return ours + (_members(self._fields) if self._fields else [])


def _members(fields: str) -> list[tuple[str, str]]:
    try:
        if len(fields) > LONGEST:
            raise ValueError("too long to be looked into")
        found = json.loads(fields)
        if not isinstance(found, dict) or len(found) > MOST_FIELDS:
            raise ValueError("not an object, or a large one")
        return [
            (f"fields.{name}" if name in _OURS else name, _json(value))
            for name, value in found.items()
        ]
    except (ValueError, RecursionError):
        return [("fields", _json(_cut(fields)))]


def _json(value: Any) -> str:
    if isinstance(value, str):
        said = quoted(value)
    else:
        said = json.dumps(value, allow_nan=False, separators=(",", ":"))
    return said if "\x7f" not in said else said.replace("\x7f", "\\u007f")


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text)} characters)"
