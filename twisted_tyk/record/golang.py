"""The record of Tyk's Go programs: names of its fields, and what we never fill.

Facts from tyk-pump's ``analytics/analytics.go``. Both formats in Redis are made of this.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any, Final

from twisted_tyk.record.hit import Hit
from twisted_tyk.record.text import clean

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)

#: Go name, and the attribute of a hit that has its value as it is.
FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Method": "method", "Host": "host", "Path": "path", "RawPath": "raw_path",
        "ContentLength": "content_length", "UserAgent": "user_agent",
        "Day": "day", "Month": "month", "Year": "year", "Hour": "hour",
        "ResponseCode": "response_code", "APIKey": "api_key", "APIVersion": "api_version",
        "APIName": "api_name", "APIID": "api_id", "OrgID": "org_id", "OauthID": "oauth_id",
        "RequestTime": "request_time", "RawRequest": "raw_request",
        "RawResponse": "raw_response", "IPAddress": "ip_address", "Alias": "alias",
        "TrackPath": "track_path", "OriginalPath": "original_path", "ListenPath": "listen_path",
    }
)  # fmt: skip
#: What the gateway itself leaves as it is in Go: empty. An analytics function may fill it.
EMPTY: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "Geo": {
            "Country": {"ISOCode": ""},
            "City": {"GeoNameID": 0, "Names": None},
            "Location": {"Latitude": 0.0, "Longitude": 0.0, "TimeZone": ""},
        },
        "Network": {"OpenConnections": 0, "ClosedConnection": 0, "BytesIn": 0, "BytesOut": 0},
        "ApiSchema": "",
        "GraphQLStats": {
            "Variables": "", "RootFields": None, "Types": None, "Errors": None,
            "OperationType": 0, "HasErrors": False, "IsGraphQL": False,
        },
        "MCPStats": {
            "IsMCP": False, "JSONRPCMethod": "", "PrimitiveType": "", "PrimitiveName": "",
        },
        "CollectionName": "",
    }
)  # fmt: skip
#: Attributes that an analytics function may have given a hit, with their Go names.
_GIVEN: Final = (
    ("api_schema", "ApiSchema"),
    ("geo", "Geo"),
    ("network", "Network"),
    ("graphql_stats", "GraphQLStats"),
    ("mcp_stats", "MCPStats"),
)
#: JSON names inside those objects that are not the Go name in another case.
_SPELLED: Final = {"closed_connections": "closedconnection"}


def moment(seconds: float) -> tuple[int, int]:
    """A time as Go's ``time.Unix`` takes it: seconds, and nanoseconds of a whole microsecond."""
    whole, micros = divmod(round(seconds * 1_000_000), 1_000_000)
    return whole, micros * 1000


def seconds_of(value: datetime) -> tuple[int, int]:
    """The same of a time that somebody has set."""
    whole, rest = divmod(value - _EPOCH, timedelta(seconds=1))
    return whole, rest.microseconds * 1000


def whole_record(hit: Hit) -> dict[str, Any]:
    """Every field by its Go name, for a hit of any kind. Times are as of :func:`moment`."""
    record: dict[str, Any] = {}
    for name, attribute in FIELDS.items():
        value = getattr(hit, attribute)
        record[name] = clean(value) if isinstance(value, str) else value
    latency = hit.latency
    record["Latency"] = {
        "Total": latency.total, "Upstream": latency.upstream, "Gateway": latency.gateway,
    }  # fmt: skip
    record["Tags"] = [clean(tag) for tag in hit.tags]
    record["TimeStamp"] = seconds_of(hit.timestamp)
    record["ExpireAt"] = seconds_of(hit.expire_at)
    record.update(EMPTY)
    for attribute, name in _GIVEN:
        given = getattr(hit, attribute, None)
        if isinstance(given, Mapping):
            record[name] = _filled(EMPTY[name], given)
        elif isinstance(given, str):
            record[name] = clean(given)
    return record


def _filled(empty: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """``empty`` with what is of the right kind in ``given``, by Go or JSON names.

    What is of another kind is left out: tyk-pump would refuse the record for it.
    """
    by_name = {
        _SPELLED.get(name.lower(), name.lower().replace("_", "")): value
        for name, value in given.items()
    }
    made: dict[str, Any] = {}
    for name, nothing in empty.items():
        value = by_name.get(name.lower())
        if isinstance(nothing, Mapping):
            made[name] = _filled(nothing, value if isinstance(value, Mapping) else {})
        elif isinstance(nothing, float) and type(value) in (int, float):
            made[name] = float(value)  # type: ignore[arg-type]
        elif type(value) is type(nothing) and nothing is not None:
            made[name] = clean(value) if isinstance(value, str) else value
        elif nothing is None and name in _KINDS and _KINDS[name](value):
            made[name] = value
        else:
            made[name] = nothing
    return made


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(_text(item) for item in value)


def _text(value: Any) -> bool:
    return isinstance(value, str) and clean(value) == value


def _text_map(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(k) and _text(v) for k, v in value.items())


def _lists(value: Any) -> bool:
    return isinstance(value, dict) and all(_text(k) and _texts(v) for k, v in value.items())


#: What fields that are ``nil`` in Go may hold. Of errors nothing is taken.
_KINDS: Final = {"Names": _text_map, "RootFields": _texts, "Types": _lists}
