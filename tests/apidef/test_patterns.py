"""Endpoint patterns, read as Tyk reads them."""

from __future__ import annotations

import pytest

from twisted_tyk.apidef.patterns import PathPattern

LISTEN = "/api/"


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        # A search, not a full match: Tyk's own users are surprised by it.
        ("/get", "/api/get", True),
        ("/get", "/api/get/more", True),
        ("/get", "/api/target/get", True),
        ("get", "/api/target", True),
        ("/get", "/api/GET", False),
        ("^/get", "/api/get", True),
        ("^/get", "/api/x/get", False),
        ("/get$", "/api/get", True),
        ("/get$", "/api/get/more", False),
        ("/get$", "/api/get\n", False),
        ("/cost\\$", "/api/cost$", True),
        ("/cost\\$", "/api/cost", False),
        # One segment, whatever the variable is called.
        ("/users/{id}/x", "/api/users/12/x", True),
        ("/users/{id}/x", "/api/users/1/2/x", False),
        ("/users/{id}/x", "/api/users//x", False),
        ("^/users/{id:[^/]+}$", "/api/users/12", True),
        ("^/users/{id:[^/]+}$", "/api/users/1/2", False),
        # The asterisk is a segment between slashes, and everything at the end.
        ("/a/*/c", "/api/a/b/c", True),
        ("/a/*/c", "/api/a/b/b/c", False),
        ("^/a/*$", "/api/a/b/c", True),
        ("^/a/*$", "/api/a/\nb", True),
        ("^/a/*$", "/api/a", False),
        # With and without the listen path, and where it does not lead.
        ("^/api/get", "/api/get", True),
        ("^/get", "/api/api/get", False),
        ("^/other", "/other", True),
        ("", "/api/anything", True),
    ],
)
def test_a_pattern_is_searched_for(pattern: str, path: str, fits: bool) -> None:
    assert PathPattern.compile(pattern).matches(path, LISTEN) is fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/get", "/api/get", True),
        ("/get", "/api/get/more", True),
        ("/get", "/api/x/get", False),
        ("/api/get", "/api/get", True),
        # Only patterns that begin with a slash are held against the beginning.
        ("get", "/api/x/get", True),
        ("^/get", "/api/get", True),
    ],
)
def test_prefix_matching(pattern: str, path: str, fits: bool) -> None:
    assert PathPattern.compile(pattern, prefix=True).matches(path, LISTEN) is fits


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("/get", "/api/get", True),
        ("/get", "/api/x/get", True),
        ("/get", "/api/get/more", False),
        ("/get", "/api/get\n", False),
        ("/get$", "/api/get", True),
    ],
)
def test_suffix_matching(pattern: str, path: str, fits: bool) -> None:
    assert PathPattern.compile(pattern, suffix=True).matches(path, LISTEN) is fits


@pytest.mark.parametrize(
    ("path", "fits"), [("/api/get", True), ("/api/x/get", False), ("/api/get/x", False)]
)
def test_both_make_it_exact(path: str, fits: bool) -> None:
    pattern = PathPattern.compile("/get", prefix=True, suffix=True)
    assert pattern.matches(path, LISTEN) is fits


def test_case_can_be_ignored() -> None:
    assert PathPattern.compile("/Get", ignore_case=True).matches("/api/gET", LISTEN)


@pytest.mark.parametrize("listen_path", ["", "/", "/api", "/api/"])
def test_the_rest_always_begins_with_a_slash(listen_path: str) -> None:
    pattern = PathPattern.compile("^(/api)?/get$")
    assert pattern.matches("/api/get", listen_path)


def test_what_is_no_pattern_is_named() -> None:
    with pytest.raises(ValueError, match=r"endpoint pattern /x\[: unterminated character set"):
        PathPattern.compile("/x[")
