"""Bytes that need not be text, as text and back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.message.octets import as_text, octets


@given(st.binary())
def test_nothing_is_lost_on_the_way(data: bytes) -> None:
    assert octets(as_text(data)) == data


def test_what_is_text_is_utf_8() -> None:
    assert octets("caf\u00e9") == b"caf\xc3\xa9"
    assert as_text(b"caf\xc3\xa9") == "caf\u00e9"
