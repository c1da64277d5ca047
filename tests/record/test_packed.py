"""Records in msgpack are those that tyk-pump reads."""

from __future__ import annotations

import struct
from typing import Any

import msgpack
from hypothesis import given
from recording import WHEN, any_hit, make_hit

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.proxy import Proxy
from twisted_tyk.record.as_json import EditableRecord
from twisted_tyk.record.golang import whole_record
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.packed import Packed
from twisted_tyk.session.state import SessionState


def unpacked(data: bytes) -> Any:
    return msgpack.unpackb(data, strict_map_key=False)


def text(value: str) -> bytes:
    """A string as the format's description has it: length, then UTF-8."""
    data = value.encode()
    if len(data) < 32:
        return bytes([0xA0 | len(data)]) + data
    return b"\xd9" + bytes([len(data)]) + data


def members(*pairs: tuple[str, bytes]) -> bytes:
    """A map of less than sixteen members."""
    return bytes([0x80 | len(pairs)]) + b"".join(text(name) + value for name, value in pairs)


NIL, FALSE, ZERO = b"\xc0", b"\xc2", b"\x00"
ZERO_FLOAT = b"\xcb" + bytes(8)

#: What vmihailenco/msgpack 2 makes of ``AnalyticsRecord``: structures as maps of Go names,
#: nil as nil, whole numbers in their shortest form, a time as an array of seconds and
#: nanoseconds. By hand, and member by member, since Go's maps have no order either.
BY_HAND = {
    "Method": text("GET"),
    "Host": text("up.test:81"),
    "Path": text("/get"),
    "RawPath": text("/get"),
    "ContentLength": ZERO,
    "UserAgent": text("agent/1"),
    "Day": b"\x0e",
    "Month": b"\x0b",
    "Year": b"\xcd\x07\xe7",
    "Hour": b"\x16",
    "ResponseCode": b"\xcc\xc8",
    "APIKey": text("key-1"),
    "TimeStamp": b"\x92\xce\x65\x53\xf1\x00\xce" + struct.pack(">I", 250_000_000),
    "APIVersion": text("Non Versioned"),
    "APIName": text("The one"),
    "APIID": text("one"),
    "OrgID": text("org"),
    "OauthID": text("client"),
    "RequestTime": b"\x19",
    "RawRequest": text(""),
    "RawResponse": text(""),
    "IPAddress": text("192.0.2.1"),
    "Geo": members(
        ("Country", members(("ISOCode", text("")))),
        ("City", members(("GeoNameID", ZERO), ("Names", NIL))),
        (
            "Location",
            members(("Latitude", ZERO_FLOAT), ("Longitude", ZERO_FLOAT), ("TimeZone", text(""))),
        ),
    ),
    "Network": members(
        ("OpenConnections", ZERO), ("ClosedConnection", ZERO), ("BytesIn", ZERO), ("BytesOut", ZERO)
    ),
    "Latency": members(("Total", b"\x19"), ("Upstream", b"\x14"), ("Gateway", b"\x05")),
    "Tags": b"\x95" + b"".join(map(text, ("pol-gold", "a", "key-key-1", "org-org", "api-one"))),
    "Alias": text("ann"),
    "TrackPath": FALSE,
    "ExpireAt": b"\x92\xce" + struct.pack(">I", 1_700_000_060) + b"\xce\x0e\xe6\xb2\x80",
    "ApiSchema": text(""),
    "OriginalPath": text("/one/get"),
    "ListenPath": text("/one/"),
    "GraphQLStats": members(
        ("Variables", text("")), ("RootFields", NIL), ("Types", NIL), ("Errors", NIL),
        ("OperationType", ZERO), ("HasErrors", FALSE), ("IsGraphQL", FALSE),
    ),
    "MCPStats": members(
        ("IsMCP", FALSE), ("JSONRPCMethod", text("")), ("PrimitiveType", text("")),
        ("PrimitiveName", text("")),
    ),
    "CollectionName": text(""),
}  # fmt: skip


def hit() -> Hit:
    return make_hit(
        ApiDefinition(
            api_id="one", name="The one", org_id="org", tags=("a",), expire_analytics_after=60,
            proxy=Proxy(target_url="http://user:pw@up.test:81/base", strip_listen_path=True),
        ),
        headers={"User-Agent": "agent/1"},
        session=SessionState(
            key_id="key-1", alias="ann", oauth_client_id="client", apply_policies=["gold"]
        ),
    )  # fmt: skip


def test_the_bytes_are_those_of_the_formats_description() -> None:
    data = Packed()(hit())
    assert data[:3] == b"\xde" + struct.pack(">H", len(BY_HAND))
    assert sorted(split(data[3:])) == sorted(text(name) + BY_HAND[name] for name in BY_HAND)


def split(data: bytes) -> list[bytes]:
    """The members of a map, as they are."""
    unpacker = msgpack.Unpacker()
    unpacker.feed(data)
    found, start = [], 0
    while start < len(data):
        unpacker.skip()
        unpacker.skip()
        found.append(data[start : unpacker.tell()])
        start = unpacker.tell()
    return found


def test_a_time_is_exact_to_the_microsecond() -> None:
    record = unpacked(Packed()(make_hit(seconds=WHEN + 0.000001)))
    assert record["TimeStamp"] == [1_700_000_000, 250_001_000]
    record = unpacked(Packed()(make_hit(seconds=1_700_000_000.9999999)))
    assert record["TimeStamp"] == [1_700_000_001, 0]


def test_an_hour_later_it_has_another_date() -> None:
    packed = Packed()
    for seconds, date in [
        (WHEN, (2023, 11, 14, 22)),
        (WHEN + 3600, (2023, 11, 14, 23)),
        (WHEN + 7200, (2023, 11, 15, 0)),
        (WHEN, (2023, 11, 14, 22)),
    ]:
        record = unpacked(packed(make_hit(seconds=seconds)))
        assert tuple(record[name] for name in ("Year", "Month", "Day", "Hour")) == date


def test_what_is_remembered_of_one_client_is_not_told_of_another() -> None:
    packed = Packed()
    first = hit()
    assert unpacked(packed(first))["APIKey"] == "key-1"
    assert unpacked(packed(first))["APIKey"] == "key-1"
    first.exchange.token = "key-2"
    record = unpacked(packed(first))
    assert record["APIKey"] == "key-2"
    assert "key-key-2" in record["Tags"]


@given(made=any_hit())
def test_the_quick_way_and_the_long_one_lead_to_the_same(made: Hit) -> None:
    whole = whole_record(made)
    whole["TimeStamp"], whole["ExpireAt"] = list(whole["TimeStamp"]), list(whole["ExpireAt"])
    packed = Packed()
    assert unpacked(packed(made)) == whole
    # Also with what it remembers.
    assert unpacked(packed(made)) == whole


def test_what_an_analytics_function_has_changed() -> None:
    edited = EditableRecord(hit()).edited(
        {
            "path": "/folded",
            "tags": ["mine"],
            "timestamp": "2024-01-01T00:00:00.5Z",
            "api_schema": "c2NoZW1h",
            "geo": {
                "country": {"iso_code": "DE"},
                "city": {"geoname_id": 7, "names": {"en": "Bonn"}},
                "location": {"latitude": 50, "longitude": "east"},
                "moon": {},
            },
            "network": {"closed_connections": 3, "bytes_in": 4},
            "graphql_stats": {"IsGraphQL": True, "RootFields": ["a"], "Types": {"T": ["f"]}},
            "mcp_stats": {"is_mcp": True, "jsonrpc_method": "tools/call"},
        }
    )
    record = unpacked(Packed()(edited))
    assert (record["Path"], record["Tags"]) == ("/folded", ["mine"])
    assert record["TimeStamp"] == [1_704_067_200, 500_000_000]
    assert record["ApiSchema"] == "c2NoZW1h"
    assert record["Geo"] == {
        "Country": {"ISOCode": "DE"},
        "City": {"GeoNameID": 7, "Names": {"en": "Bonn"}},
        # What is of the wrong kind would keep tyk-pump from reading the record at all.
        "Location": {"Latitude": 50.0, "Longitude": 0.0, "TimeZone": ""},
    }
    assert record["Network"]["ClosedConnection"] == 3
    assert record["Network"]["BytesIn"] == 4
    assert record["GraphQLStats"]["RootFields"] == ["a"]
    assert record["GraphQLStats"]["Types"] == {"T": ["f"]}
    assert record["MCPStats"]["JSONRPCMethod"] == "tools/call"
    assert set(record) == set(BY_HAND)
