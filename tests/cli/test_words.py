"""Given a change, it is said in words and as JSON."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.cli.output import columns, printable, size_of, time_of
from twisted_tyk.cli.words import as_json, in_words
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change

DOUBLE = struct.pack("=d", 1.5)
WORDS = [
    (Change(abi.HEADER_SET, 0, b"A", b'b"'), 'request header A: set to "b\\""'),
    (Change(abi.RESPONSE_HEADER_DELETE, 0, b"A", b""), "response header A: removed"),
    (Change(abi.SET_REWRITE, 0, b"", b"http://x/"), 'upstream URL: set to "http://x/"'),
    (Change(abi.RESPONSE_STATUS, 404, b"", b""), "response status: set to 404"),
    (Change(abi.SET_BODY, 0, b"", b"\xff"), 'request body: set to "\\\\xff"'),
    (
        Change(abi.SET_BODY, 0, b"", b"x" * 1000),
        f'request body: set to "{"x" * 400}" … 1000 bytes',
    ),
    (Change(abi.SET_SESSION, 1, b"k", b"{}"), 'session: set to {}, key "k", to be stored'),
    (Change(abi.SET_SESSION, 0, b"", b"{}"), "session: set to {}"),
    (Change(abi.SET_CONTEXT, 0, b"a", b"1"), "context a: set to 1"),
    (Change(abi.SET_CONTEXT, 0, b"a", b""), "context a: removed"),
    (Change(abi.SET_DEFINITION, 0, b"", b"{}"), "definition: set to {}"),
    (Change(abi.LOG, 9, b"", b"text"), "log error: text"),
    (Change(abi.METRIC, 0, b"n", DOUBLE), "metric counter n: 1.5"),
    (Change(abi.METRIC, 7, b"n", b"x"), "metric kind 7 n: ?"),
    (Change(abi.ERROR, 0, b"bad", b""), "error: bad"),
    (Change(999, 0, b"", b""), "change of kind 999: not known to this gateway, passed over"),
]


@pytest.mark.parametrize(("change", "said"), WORDS)
def test_in_words(change: Change, said: str) -> None:
    assert in_words(change) == said


def test_as_json() -> None:
    assert as_json(Change(abi.SET_BODY, 0, b"", b"\xff")) == {
        "kind": "set_body", "number": 0, "key": "", "value_hex": "ff"
    }  # fmt: skip
    assert as_json(Change(abi.METRIC, 1, b"n", DOUBLE))["value"] == 1.5
    assert as_json(Change(999, 0, b"", b""))["kind"] == "999"


@given(st.builds(Change, st.integers(0, 80), st.integers(0, 2**32 - 1), st.binary(), st.binary()))
def test_whatever_a_plugin_gives_is_one_line(change: Change) -> None:
    said = printable(in_words(change))
    assert said.isprintable()
    assert as_json(change)["number"] == change.number


def test_figures_for_people() -> None:
    assert [size_of(n) for n in (10, 20480, 50_000_000)] == ["10 bytes", "20 KiB", "48 MiB"]
    assert [time_of(s) for s in (5e-6, 0.5, 2.0)] == ["5.0 µs", "500.0 ms", "2.0 s"]
    assert columns([("a", "1"), ("bb", "22")], right=True) == ["  a    1", "  bb  22"]
