"""Records as JSON, and what of it may come back changed."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime, timezone
from typing import Any

import pytest
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st
from recording import facts_of

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.record.as_json import EditableRecord
from twisted_tyk.record.facts import Recording
from twisted_tyk.record.hit import Hit, Latency
from twisted_tyk.record.members import KINDS
from twisted_tyk.session.state import SessionState
from twisted_tyk.testing import definition


@pytest.fixture
def record(gateway: MakeGateway) -> EditableRecord:
    """Of one request."""
    running = gateway(definition("one", name="The one", org_id="org", tags=["a"]))
    exchange = Exchange(
        b"GET", b"/one/%C3%A9?q=1", b"gateway.test",
        Headers([(b"User-Agent", b"agent/1 \xff")]), peer="192.0.2.1",
    )  # fmt: skip
    exchange.api = running.service.root.table.apis[0]
    exchange.listen_path = b"/one/"
    exchange.status = 418
    exchange.token = "key-1"
    exchange.session = SessionState(key_id="key-1")
    return EditableRecord(Hit(exchange, facts_of(exchange.api), 25, 20, 1_700_000_000.25, ""))


def test_the_names_are_those_of_tyks_records(record: EditableRecord) -> None:
    assert record.fields() == {
        "method": "GET",
        "host": "127.0.0.1:9000",
        "path": "/\u00e9",
        "raw_path": "/\u00e9",
        "original_path": "/one/\u00e9",
        "listen_path": "/one/",
        "user_agent": "agent/1 \\xff",
        "api_key": "key-1",
        "api_version": "Non Versioned",
        "api_name": "The one",
        "api_id": "one",
        "org_id": "org",
        "oauth_id": "",
        "ip_address": "192.0.2.1",
        "alias": "",
        "content_length": 0,
        "response_code": 418,
        "request_time": 25,
        "day": 14,
        "month": 11,
        "year": 2023,
        "hour": 22,
        "timestamp": "2023-11-14T22:13:20.25Z",
        "expireAt": "2123-11-15T22:13:20.25Z",
        "latency": {"total": 25, "upstream": 20, "gateway": 5},
        "tags": ["a", "key-key-1", "org-org", "api-one"],
        "raw_request": "",
        "raw_response": "",
        "track_path": False,
        "api_schema": "",
    }
    assert json.loads(record.as_json()) == record.fields()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"alias": None, "latency": None, "geo": None},
        {"geo": {"country": {"iso_code": ""}, "location": {"latitude": 0.0}}, "network": {}},
        {"graphql_stats": {"errors": [], "is_graphql": False}, "mcp_stats": {"method": ""}},
    ],
)
def test_what_has_not_changed_is_the_hit_itself(
    record: EditableRecord, more: dict[str, Any]
) -> None:
    """Languages with structures send back every member that they know."""
    assert record.edited({**record.fields(), **more}) is record.hit
    assert record.from_json(record.as_json()) is record.hit
    assert record.edited(more) is record.hit


@pytest.mark.parametrize(
    ("member", "value", "attribute", "kept"),
    [
        ("alias", "ann", "alias", "ann"),
        ("path", "", "path", ""),
        ("response_code", 500, "response_code", 500),
        ("content_length", -1, "content_length", -1),
        ("tags", [], "tags", ()),
        ("tags", None, "tags", ()),
        ("tags", ["x", "y"], "tags", ("x", "y")),
        ("latency", {"total": 1, "upstream": 2, "gateway": 3}, "latency", Latency(1, 2, 3)),
        ("latency", {"total": 1, "upstream": 2, "gateway": 3}, "upstream_time", 2),
        ("raw_response", "eA==", "raw_response", "eA=="),
        ("track_path", True, "track_path", True),
        ("geo", {"country": {"iso_code": "NZ"}}, "geo", {"country": {"iso_code": "NZ"}}),
        (
            "expireAt",
            "2024-01-31T12:00:00Z",
            "expire_at",
            datetime(2024, 1, 31, 12, tzinfo=timezone.utc),
        ),
        (
            "timestamp",
            "2024-01-31T12:00:00.123456789+01:30",
            "timestamp",
            datetime(2024, 1, 31, 10, 30, 0, 123456, tzinfo=timezone.utc),
        ),
        (
            "timestamp",
            "2024-01-31T12:00:00.5-01:00",
            "timestamp",
            datetime(2024, 1, 31, 13, 0, 0, 500000, tzinfo=timezone.utc),
        ),
    ],
)
def test_what_has_changed_is_what_sinks_find(
    record: EditableRecord, member: str, value: Any, attribute: str, kept: Any
) -> None:
    hit = record.edited({**record.fields(), member: value})
    assert getattr(hit, attribute) == kept
    # Nothing else has.
    assert (hit.api_name, hit.method, hit.exchange) == ("The one", "GET", record.hit.exchange)
    assert getattr(record.hit, attribute, None) != kept


def test_what_follows_from_a_changed_value_follows(record: EditableRecord) -> None:
    hit = record.edited({"timestamp": "2024-01-31T12:00:00Z"})
    assert (hit.year, hit.month, hit.day, hit.hour) == (2024, 1, 31, 12)


@pytest.mark.parametrize(
    ("members", "what"),
    [
        ({"alia": ""}, "the record has no member 'alia'"),
        ({"alias": 7}, "alias: expected a string, found 7"),
        ({"alias": "\ud800"}, "alias: there is half a character in it"),
        ({"response_code": "200"}, "response_code: expected a whole number, found '200'"),
        ({"response_code": 1.5}, "response_code: expected a whole number, found 1.5"),
        ({"response_code": True}, "response_code: expected a whole number, found True"),
        ({"request_time": 2**63}, "request_time: expected a whole number, found 9223372"),
        ({"track_path": 1}, "track_path: expected true or false, found 1"),
        ({"tags": "x"}, "tags: expected a list of strings, found 'x'"),
        ({"tags": ["a", 1]}, r"tags\[1\]: expected a string, found 1"),
        ({"latency": 5}, "latency: expected an object, found 5"),
        ({"latency": {"total": "x"}}, "latency.total: expected a whole number, found 'x'"),
        ({"latency": {"x": 1}}, "latency: expected total, upstream and gateway, found 'x'"),
        ({"geo": [1]}, r"geo: expected an object, found \[1\]"),
        ({"timestamp": 5}, "timestamp: expected a time such as 2026-01-31T12:00:00Z, found 5"),
        ({"timestamp": "soon"}, "timestamp: expected a time such as 2026-01-31T12:00:00Z"),
        ({"timestamp": "2024-02-31T12:00:00Z"}, "timestamp: day is out of range for month"),
        ({"timestamp": "0001-01-01T00:00:00+01:00"}, "timestamp: date value out of range"),
    ],
)
def test_what_can_not_be_kept_is_said(
    record: EditableRecord, members: dict[str, Any], what: str
) -> None:
    with pytest.raises(ValueError, match=what):
        record.edited({**record.fields(), **members})


@pytest.mark.parametrize("depth", [300, 600, 900, 100_000])
@pytest.mark.parametrize("member", ["geo", "alias"])
def test_no_depth_is_more_than_an_error(record: EditableRecord, member: str, depth: int) -> None:
    """Which of them are one depends on Python."""
    text = f'{{"{member}": ' + '{"a": ' * depth + "1" + "}" * (depth + 1)
    said = "alias: expected a string|nested too deeply"
    with suppress(ValueError) if member == "geo" else pytest.raises(ValueError, match=said):
        record.from_json(text.encode())


def inside(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values, max_size=3)


#: Nothing of it is drawn once more for being too much, as ``st.recursive`` does with every other.
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY_JSON = PLAIN | inside(PLAIN | inside(PLAIN))


@given(members=st.dictionaries(st.sampled_from(sorted(KINDS)), ANY_JSON, max_size=4))
def test_whatever_comes_back_is_a_hit_or_an_error(members: dict[str, Any]) -> None:
    exchange = Exchange(b"GET", b"/", b"", Headers())
    facts = Recording(False, 0, frozenset(), None, str).facts(ApiDefinition(), "/")
    record = EditableRecord(Hit(exchange, facts, 25, 20, 0.0, ""))
    try:
        hit = record.from_json(json.dumps(members).encode())
    except ValueError:
        return
    for name, value in members.items():
        if value and isinstance(value, str):
            assert str(getattr(hit, name)) == value
