"""Bytes in, changes out; lies are told apart."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from native_frames import changes

from twisted_tyk.native import abi
from twisted_tyk.native.changes import Malformed, complaint, read

NUMBERS = st.integers(0, 2**32 - 1)
MADE = st.lists(
    st.tuples(NUMBERS, NUMBERS, st.binary(max_size=30), st.binary(max_size=30)), max_size=20
)


@given(MADE)
def test_what_was_written_is_read(made: list[tuple[int, int, bytes, bytes]]) -> None:
    assert read(changes(*made)) == made


def test_nothing_is_no_change() -> None:
    assert read(b"") == []


@given(st.binary(max_size=200))
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        read(data)
    except Malformed as problem:
        assert str(problem)  # noqa: PT017


@given(MADE, st.data())
def test_a_changed_byte_is_read_or_refused(
    made: list[tuple[int, int, bytes, bytes]], data: st.DataObject
) -> None:
    good = bytearray(changes(*made))
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] ^= data.draw(st.integers(1, 255))
    try:
        found = read(bytes(good))
    except Malformed:
        return
    assert sum(len(key) + len(value) for _, _, key, value in found) <= len(good)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\0", "1 bytes of changes are less than their head"),
        (struct.pack("=4I", 1, 16, 0, 0), "begin with 0x1, not with 0x31435954"),
        (struct.pack("=4I", abi.CHANGES_MAGIC, 99, 0, 0), "say they have 99 bytes and have 16"),
        (struct.pack("=4I", abi.CHANGES_MAGIC, 16, 9, 0), "9 changes do not fit into 16 bytes"),
        (
            struct.pack("=4I", abi.CHANGES_MAGIC, 16, 2**32 - 1, 0),
            "4294967295 changes do not fit into 16 bytes",
        ),
        (
            struct.pack("=8I", abi.CHANGES_MAGIC, 32, 1, 0, 1, 0, 5, 2**32 - 1),
            "change 0 ends at byte 4294967332 of 32",
        ),
        (
            struct.pack("=9I", abi.CHANGES_MAGIC, 36, 1, 0, 1, 0, 0, 0, 7),
            "4 bytes after the last change belong to none",
        ),
    ],
)
def test_lies_are_named(data: bytes, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        read(data)


def test_a_call_that_failed_says_why() -> None:
    data = changes(
        (abi.SET_METHOD, 0, b"", b"PUT"),
        (abi.LOG, abi.INFO, b"", b"a line"),
        (abi.ERROR, 0, b"index out of range", b"main.go:7"),
    )
    message, stack, lines = complaint(data)
    assert (message, stack) == ("index out of range", "main.go:7")
    assert [value for _, _, _, value in lines] == [b"a line"]


def test_a_call_that_failed_may_say_nothing_or_nonsense() -> None:
    assert complaint(b"") == ("", "", [])
    message, stack, lines = complaint(b"nonsense of a kind")
    assert ("begin with" in message, stack, lines) == (True, "", [])
