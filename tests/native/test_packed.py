"""Packed strings: what goes in comes out, and nothing else is taken for them."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.native.packed import PackedError, pack, unpack


def number(value: int) -> bytes:
    return value.to_bytes(4, sys.byteorder)


def test_a_count_the_lengths_and_then_the_bytes() -> None:
    assert pack([b"ab", b"", b"c"]) == b"".join(map(number, (3, 2, 0, 1))) + b"abc"
    assert pack([]) == number(0)


@given(st.lists(st.binary()))
def test_what_is_packed_is_unpacked(strings: list[bytes]) -> None:
    assert unpack(pack(strings)) == strings


@given(st.binary())
def test_any_bytes_are_packed_strings_or_an_error(data: bytes) -> None:
    try:
        strings = unpack(data)
    except PackedError:
        return
    assert pack(strings) == data


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "0 bytes are too few for a count"),
        (b"abc", "3 bytes are too few for a count"),
        (number(1), "4 bytes are too few for 1 lengths"),
        (number(0xFFFFFFFF), "4 bytes are too few for 4294967295 lengths"),
        (number(1) + number(2) + b"a", "expected 10 bytes, found 9"),
        (number(1) + number(2) + b"abc", "expected 10 bytes, found 11"),
        (number(0) + b"a", "expected 4 bytes, found 5"),
    ],
)
def test_what_is_wrong_is_said(data: bytes, why: str) -> None:
    with pytest.raises(PackedError, match=why):
        unpack(data)
