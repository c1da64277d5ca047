"""Records in protobuf have the numbers of tyk-pump's fields."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from recording import any_hit, make_hit

from twisted_tyk.record.as_json import EditableRecord
from twisted_tyk.record.golang import whole_record
from twisted_tyk.record.hit import Hit
from twisted_tyk.record.proto import Proto
from twisted_tyk.session.state import SessionState


@pytest.fixture(scope="module")
def proto() -> Proto:
    return Proto()


def varint(number: int) -> bytes:
    found = b""
    while number > 0x7F:
        found += bytes([number & 0x7F | 0x80])
        number >>= 7
    return found + bytes([number])


def number(field: int, value: int) -> bytes:
    """A field with a number, as the format's description has it."""
    return varint(field << 3) + varint(value)


def block(field: int, value: bytes) -> bytes:
    """A field with text or a message."""
    return varint(field << 3 | 2) + varint(len(value)) + value


def fields(data: bytes) -> list[bytes]:
    """The fields of a message, as they are."""
    found, at = [], 0
    while at < len(data):
        start = at
        tag, at = read(data, at)
        if tag & 7 == 2:
            length, at = read(data, at)
            at += length
        elif tag & 7 == 1:
            at += 8
        else:
            _, at = read(data, at)
        found.append(data[start:at])
    return found


def read(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while data[at] & 0x80:
        value |= (data[at] & 0x7F) << shift
        shift, at = shift + 7, at + 1
    return value | data[at] << shift, at + 1


BY_HAND = [
    block(1, b"up.test:81"),
    block(2, b"GET"),
    block(3, b"/one/get"),
    block(4, b"/one/get"),
    number(5, 3),
    block(6, b"agent/1"),
    number(7, 14),
    number(8, 11),
    number(9, 2023),
    number(10, 22),
    number(11, 200),
    block(12, b"key-1"),
    block(13, number(1, 1_700_000_000) + number(2, 250_000_000)),
    block(14, b"Non Versioned"),
    block(15, b"The one"),
    block(16, b"one"),
    block(17, b"org"),
    number(18, 25),
    block(19, number(1, 25) + number(2, 20)),
    block(22, b"192.0.2.1"),
    # tyk-pump takes these for granted, if only empty.
    block(23, block(1, b"") + block(2, b"") + block(3, b"")),
    block(24, b""),
    block(25, b"key-key-1"),
    block(25, b"org-org"),
    block(25, b"api-one"),
    block(26, b"ann"),
    number(27, 1),
    block(28, number(1, 1_700_000_060) + number(2, 250_000_000)),
    block(29, b"client"),
    block(30, b"UTC"),
    block(34, b"/one/get"),
    block(35, b"/one/"),
]


def test_the_bytes_are_those_of_the_formats_description(proto: Proto) -> None:
    from twisted_tyk.apidef.model import ApiDefinition
    from twisted_tyk.apidef.proxy import Proxy
    from twisted_tyk.message.body import Body

    hit = make_hit(
        ApiDefinition(
            api_id="one", name="The one", org_id="org", expire_analytics_after=60,
            proxy=Proxy(target_url="http://up.test:81"),
        ),
        headers={"User-Agent": "agent/1"},
        session=SessionState(key_id="key-1", alias="ann", oauth_client_id="client"),
        body=Body.of(b"abc"),
    )  # fmt: skip
    hit.exchange.track_path = "/one/get"
    assert sorted(fields(proto(hit))) == sorted(BY_HAND)


@given(made=any_hit())
def test_the_quick_way_and_the_long_one_lead_to_the_same(proto: Proto, made: Hit) -> None:
    whole = proto.message.FromString(proto.whole(whole_record(made)))
    assert proto.message.FromString(proto(made)) == whole
    # Also with what it remembers.
    assert proto.message.FromString(proto(made)) == whole


def test_what_an_analytics_function_has_changed(proto: Proto) -> None:
    edited = EditableRecord(make_hit()).edited(
        {
            "path": "/folded",
            "geo": {
                "country": {"iso_code": "DE"},
                "city": {"names": {"en": "Bonn"}},
                "location": {"latitude": 1.5},
            },
            "network": {"closed_connections": 3},
            "graphql_stats": {
                "IsGraphQL": True, "Types": {"T": ["f", "g"]}, "OperationType": 2,
                "HasErrors": True,
            },
            "mcp_stats": {"is_mcp": True},
        }
    )  # fmt: skip
    data = proto(edited)
    assert block(3, b"/folded") in fields(data)
    geo = block(1, block(1, b"DE")) + block(2, block(1, block(1, b"en") + block(2, b"Bonn")))
    geo += block(3, b"\x09" + struct.pack("<d", 1.5))
    assert block(23, geo) in fields(data)
    assert block(24, number(2, 3)) in fields(data)
    types = block(2, block(1, b"T") + block(2, block(1, b"f") + block(1, b"g")))
    assert block(32, number(1, 1) + types + number(3, 2) + number(6, 1)) in fields(data)
    assert block(33, number(1, 1)) in fields(data)
