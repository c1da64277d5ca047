"""The members of Tyk's analytics record in JSON: their names, and what they may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from attrs import frozen

from twisted_tyk.record.hit import Latency

#: Of the integers that other languages have.
_LARGEST: Final = 2**63
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))"
)


@frozen
class Kind:
    """:ivar show: a value of ours as JSON has it.

    :ivar read: a value of somebody's; gets the member's name for what it raises, which
        is ``ValueError``.
    """

    show: Callable[[Any], Any]
    read: Callable[[str, Any], Any]


def _read_text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _unexpected(name, "a string", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{name}: there is half a character in it") from None
    return value


def _read_number(name: str, value: Any) -> int:
    if type(value) is not int or not -_LARGEST <= value < _LARGEST:
        raise _unexpected(name, "a whole number", value)
    return value


def _read_flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _unexpected(name, "true or false", value)
    return value


def _read_object(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise _unexpected(name, "an object", value)
    return value


def _read_texts(name: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        raise _unexpected(name, "a list of strings", value)
    return tuple(_read_text(f"{name}[{index}]", item) for index, item in enumerate(value))


def _read_time(name: str, value: Any) -> datetime:
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise _unexpected(name, "a time such as 2026-01-31T12:00:00Z", value)
    seconds, fraction, sign, hours, minutes = match.groups()
    try:
        time = datetime.fromisoformat(seconds).replace(tzinfo=timezone.utc)
        time += timedelta(microseconds=int((fraction or "0").ljust(6, "0")[:6]))
        if sign:
            offset = timedelta(hours=int(hours), minutes=int(minutes))
            time += -offset if sign == "+" else offset
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{name}: {error}") from None
    return time


def _show_time(value: datetime) -> str:
    # As Go writes it: without zeros at the end of the fraction.
    whole, dot, fraction = value.replace(tzinfo=None).isoformat().partition(".")
    return f"{whole}{dot}{fraction.rstrip('0')}Z"


def _read_latency(name: str, value: Any) -> Latency:
    found = _read_object(name, value)
    strange = sorted(set(found) - {"total", "upstream", "gateway"})
    if strange:
        raise ValueError(f"{name}: expected total, upstream and gateway, found {strange[0]!r}")
    return Latency(**{key: _read_number(f"{name}.{key}", each) for key, each in found.items()})


def _show_latency(value: Latency) -> dict[str, int]:
    return {"total": value.total, "upstream": value.upstream, "gateway": value.gateway}


def _plain(value: Any) -> Any:
    return value


def _unexpected(name: str, expected: str, value: object) -> ValueError:
    return ValueError(f"{name}: expected {expected}, found {repr(value)[:60]}")


_TEXT: Final = Kind(_plain, _read_text)
_NUMBER: Final = Kind(_plain, _read_number)
_FLAG: Final = Kind(_plain, _read_flag)
_MOMENT: Final = Kind(_show_time, _read_time)
_TEXTS: Final = (
    "method", "host", "path", "raw_path", "original_path", "listen_path", "user_agent",
    "api_key", "api_version", "api_name", "api_id", "org_id", "oauth_id", "ip_address", "alias",
    "raw_request", "raw_response",
)  # fmt: skip
_NUMBERS: Final = (
    "content_length", "response_code", "request_time", "day", "month", "year", "hour",
)  # fmt: skip
#: What is recorded: the member's name, the attribute of a hit, and its kind.
RECORDED: Final[tuple[tuple[str, str, Kind], ...]] = (
    *((name, name, _TEXT) for name in _TEXTS),
    *((name, name, _NUMBER) for name in _NUMBERS),
    ("timestamp", "timestamp", _MOMENT),
    ("expireAt", "expire_at", _MOMENT),
    ("latency", "latency", Kind(_show_latency, _read_latency)),
    ("tags", "tags", Kind(list, _read_texts)),
    ("track_path", "track_path", _FLAG),
)
#: Members that Tyk has and this version does not record; they are always so.
EMPTY: Final = {"api_schema": ""}
#: The same that only somebody else fills, when they have done so.
GIVEN: Final = ("geo", "network", "graphql_stats", "mcp_stats")
#: Members that may come back, by name.
KINDS: Final = {
    **{name: kind for name, _, kind in RECORDED},
    "api_schema": _TEXT,
    **dict.fromkeys(GIVEN, Kind(_plain, _read_object)),
}
