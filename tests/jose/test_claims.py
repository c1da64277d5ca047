"""Times, identities and scopes in claims."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from twisted_tyk.jose.claims import (
    EARLY,
    EXPIRED,
    NO_SKEWS,
    NOT_YET,
    Skews,
    expiry,
    nested,
    scopes,
    text_at,
    window,
    wrong_time,
)

seconds = st.integers(0, 10_000)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({}, ""),
        ({"exp": 101}, ""),
        ({"exp": 100}, EXPIRED),
        ({"exp": 100.5}, ""),
        ({"exp": 0}, ""),
        ({"exp": None}, ""),
        ({"exp": -1}, EXPIRED),
        ({"exp": "200"}, EXPIRED),
        ({"exp": float("nan")}, EXPIRED),
        ({"exp": float("inf")}, EXPIRED),
        ({"exp": 10**400}, ""),
        ({"nbf": 10**400}, NOT_YET),
        ({"iat": 100}, ""),
        ({"iat": 101}, EARLY),
        ({"iat": [1]}, EARLY),
        ({"nbf": 100}, ""),
        ({"nbf": 100.5}, NOT_YET),
        ({"nbf": {}}, NOT_YET),
        ({"exp": 1, "iat": 101}, EARLY),
        ({"exp": 1, "iat": 101, "nbf": 101}, NOT_YET),
    ],
)
def test_whether_it_counts_now(claims: dict[str, Any], says: str) -> None:
    # Whole seconds count, as in Tyk.
    assert wrong_time(claims, NO_SKEWS, 100.9) == says


@given(seconds, seconds, seconds, seconds)
def test_skews_only_widen_the_time(now: int, exp: int, nbf: int, skew: int) -> None:
    claims = {"exp": exp, "nbf": nbf}
    wide = Skews(expires_at=skew, not_before=skew)
    good = (not exp or now - skew < exp) and (not nbf or nbf <= now + skew)
    assert (wrong_time(claims, wide, now) == "") == good
    if not wrong_time(claims, NO_SKEWS, now):
        assert not wrong_time(claims, wide, now)


@given(st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "scope", "a"]), values), st.floats(0))
def test_whatever_stands_there(claims: dict[str, Any], now: float) -> None:
    if now < 1e15:
        assert wrong_time(claims, NO_SKEWS, now) in ("", EXPIRED, EARLY, NOT_YET)
    assert isinstance(expiry(claims), int)
    assert all(isinstance(each, str) for each in scopes(claims, "scope"))
    assert isinstance(text_at(claims, "a.b.c"), str)


@example({"exp": 1e-160}, Skews(1, 0, 0), 1)
@given(
    st.dictionaries(st.sampled_from(["exp", "nbf", "iat"]), values | seconds | st.floats(0, 9999)),
    st.builds(Skews, seconds, seconds, seconds),
    seconds,
)
def test_the_window_is_when_nothing_is_wrong(
    claims: dict[str, Any], skews: Skews, now: int
) -> None:
    begins, ends = window(claims, skews)
    assert (begins <= now < ends) == (wrong_time(claims, skews, now + 0.9) == "")


def test_a_session_ends_in_a_year_that_others_can_write() -> None:
    assert [expiry({"exp": end}) for end in (5, 5.9, 10**400, 1e300, -5)] == [
        5, 5, 253402300799, 253402300799, -5,
    ]  # fmt: skip


def test_claims_inside_others() -> None:
    claims = {"a": {"b": {"c": "deep"}, "d": 5}, "a.b": "flat"}
    assert text_at(claims, "a.b") == "flat"
    assert text_at(claims, "a.b.c") == "deep"
    assert [text_at(claims, name) for name in ("a", "a.d", "x", "x.y", "", ".")] == [""] * 6
    assert nested(claims, "a.d.e") is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("a b", ["a", "b"]),
        ("", [""]),
        (["a b", ["c"], 5, {"d": 1}], ["a b", "c"]),
        (None, []),
        (5, []),
    ],
)
def test_scopes(value: Any, found: list[str]) -> None:
    assert list(scopes({"in": {"scp": value}}, "in.scp")) == found
