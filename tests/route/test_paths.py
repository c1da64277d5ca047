"""Paths are compared decoded and cleaned, and forwarded as they came."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.route.paths import after_prefix, clean, decoded, needs_cleaning

# Paths of the pieces that make trouble, and of anything else.
PIECES = st.sampled_from([b"/", b"//", b".", b"..", b"a", b"%2e", b"%", b"%2F", b"...", b"\xff"])
PATHS = st.lists(st.one_of(PIECES, st.binary(max_size=3)), max_size=12).map(
    lambda parts: b"/" + b"".join(parts)
)


@given(PATHS)
def test_a_clean_path_has_nothing_to_clean(path: bytes) -> None:
    cleaned = clean(path)
    assert cleaned.startswith(b"/")
    assert not {b".", b".."} & set(cleaned.split(b"/"))
    assert b"//" not in cleaned
    assert clean(cleaned) == cleaned


@given(PATHS)
def test_what_seems_to_need_no_cleaning_needs_none(path: bytes) -> None:
    if not needs_cleaning(path):
        assert clean(path) == path


@pytest.mark.parametrize(
    ("path", "cleaned"),
    [
        (b"/", b"/"),
        (b"//", b"/"),
        (b"/a//b", b"/a/b"),
        (b"/a/b/", b"/a/b/"),
        (b"/a/./b/", b"/a/b/"),
        (b"/a/../b", b"/b"),
        (b"/../../etc/passwd", b"/etc/passwd"),
        (b"/a/b/../../..", b"/"),
        # Go's path.Clean keeps a final slash only where one was written.
        (b"/a/b/..", b"/a"),
        (b"/a/.", b"/a"),
        (b"/a/b/../", b"/a/"),
        (b"/.well-known/x", b"/.well-known/x"),
        (b"/a/...", b"/a/..."),
        (b"/a/b..", b"/a/b.."),
    ],
)
def test_cleaning(path: bytes, cleaned: bytes) -> None:
    assert clean(path) == cleaned


def test_a_path_without_escapes_is_the_same_object() -> None:
    path = b"/a/b"
    assert decoded(path) is path
    assert decoded(b"/%61%2fb%zz") == b"/a/b%zz"


ESCAPED = st.lists(
    st.one_of(
        st.binary(min_size=1, max_size=1).filter(lambda byte: byte != b"%"),
        st.binary(min_size=1, max_size=1).map(lambda byte: b"%%%02x" % byte[0]),
        st.binary(min_size=1, max_size=1).map(lambda byte: b"%%%02X" % byte[0]),
        st.sampled_from([b"%", b"%4", b"%zz"]),
    ),
    max_size=10,
).map(b"".join)


@given(ESCAPED, st.data())
def test_what_follows_a_prefix_is_what_decoding_says(raw: bytes, data: st.DataObject) -> None:
    plain = unquote_to_bytes(raw)
    cut = data.draw(st.integers(0, len(plain)))
    rest = after_prefix(raw, plain[:cut])
    assert raw.endswith(rest)
    assert unquote_to_bytes(rest) == plain[cut:]
