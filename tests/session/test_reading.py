"""Sessions from JSON."""

from __future__ import annotations

import json

import pytest

from twisted_tyk.session.reading import SessionReader
from twisted_tyk.session.rights import AccessDefinition, Limit
from twisted_tyk.session.state import SessionState

read = SessionReader()


def test_what_was_written_is_read() -> None:
    session = SessionState(
        alias="one",
        rate=5.0,
        tags=["a", "b"],
        meta_data={"plan": {"name": "gold"}},
        access_rights={"api": AccessDefinition(api_id="api", limit=Limit(rate=1.0))},
    )
    assert read(json.dumps(session.to_json()).encode()) == session


def test_null_and_what_is_missing_mean_the_default() -> None:
    assert read(b'{"tags": null, "alias": "x", "strange": 1}') == SessionState(alias="x")


def test_the_key_itself_is_no_member() -> None:
    assert read(b'{"key_id": "stolen"}').key_id == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (b"{", "session: not JSON"),
        (b"[]", "expected an object"),
        (b'{"tags": "abc"}', "tags: expected a list"),
        (b'{"meta_data": []}', "meta_data: expected an object"),
        (b'{"rate": "5"}', "rate: expected a number"),
        (b'{"access_rights": {"a": {"limit": {"per": []}}}}', "access_rights.a.limit.per"),
    ],
)
def test_what_is_wrong_is_named(text: bytes, told: str) -> None:
    with pytest.raises(ValueError, match="session") as caught:
        read(text)
    assert told in str(caught.value)
