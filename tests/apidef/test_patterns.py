"""Endpoint patterns, read as Tyk reads them."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.apidef.expressions import finds
from twisted_tyk.apidef.patterns import PathPattern, searched

LISTEN = b"/api/"


def fits(pattern: PathPattern, path: str, listen_path: bytes = LISTEN) -> bool:
    return pattern.matches(searched(quote(path).encode(), listen_path))


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
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
        ("^", "/api/anything", True),
        ("$", "/api/anything", True),
        ("^/get$", "/api/get", True),
        ("^/get$", "/api/get/", False),
        ("^/api/get$", "/api/api/get", True),
        # What stands for something else in Python.
        (r"^/\pL+$", "/api/caf\u00e9", True),
        (r"^/\d$", "/api/\u0663", False),
        (r"^/get\z", "/api/get", True),
        # Letters are characters, not bytes.
        ("^/caf.$", "/api/caf\u00e9", True),
        ("/caf\u00e9", "/api/caf\u00e9", True),
    ],
)
def test_a_pattern_is_searched_for(pattern: str, path: str, expected: bool) -> None:
    assert fits(PathPattern.compile(pattern), path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
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
def test_prefix_matching(pattern: str, path: str, expected: bool) -> None:
    assert fits(PathPattern.compile(pattern, prefix=True), path) is expected


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/get", "/api/get", True),
        ("/get", "/api/x/get", True),
        ("/get", "/api/get/more", False),
        ("/get", "/api/get\n", False),
        ("/get$", "/api/get", True),
    ],
)
def test_suffix_matching(pattern: str, path: str, expected: bool) -> None:
    assert fits(PathPattern.compile(pattern, suffix=True), path) is expected


@pytest.mark.parametrize(
    ("path", "expected"), [("/api/get", True), ("/api/x/get", False), ("/api/get/x", False)]
)
def test_both_make_it_exact(path: str, expected: bool) -> None:
    pattern = PathPattern.compile("/get", prefix=True, suffix=True)
    assert fits(pattern, path) is expected


def test_case_can_be_ignored() -> None:
    pattern = PathPattern.compile("/Get/É", ignore_case=True)
    assert fits(pattern, "/api/gET/é")
    assert not fits(pattern, "/api/gET/e")


@pytest.mark.parametrize("listen_path", [b"", b"/", b"/api", b"/api/"])
def test_the_rest_always_begins_with_a_slash(listen_path: bytes) -> None:
    pattern = PathPattern.compile("^(/api)?/get$")
    assert fits(pattern, "/api/get", listen_path)


def test_what_is_no_pattern_is_named() -> None:
    with pytest.raises(ValueError, match=r"endpoint pattern /x\[: not a regular .*: missing \]"):
        PathPattern.compile("/x[")


@pytest.mark.parametrize("pattern", ["(?=a)", r"(a)\1", "a++", "(?<!a)b"])
def test_what_only_other_languages_know_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match="not a regular expression"):
        PathPattern.compile(pattern)


def test_a_pattern_has_an_end() -> None:
    with pytest.raises(ValueError, match="takes too much memory"):
        PathPattern.compile(1000 * r"\pN")


@pytest.mark.parametrize("pattern", ["^/(a+)+$", "^/([a-z]+)*$", "^/(a|aa)+$", "^/(.*,)+x$"])
def test_no_path_makes_a_pattern_take_long(pattern: str) -> None:
    # Python's own engine would be busy for ages.
    assert not fits(PathPattern.compile(pattern), "/api/" + 5000 * "a" + 5000 * "," + "!")


@pytest.mark.parametrize("pattern", ["^/files/.*/x$", "^/files/[^/]+/x$", "^/files/{name}/x$"])
@pytest.mark.parametrize("name", ["%ff", "%e2%82", "%ed%a0%80", "a%00b"])
def test_bytes_that_are_no_text_are_characters(pattern: str, name: str) -> None:
    # Or nobody would be held to the limits of such a path.
    paths = searched(f"/api/files/{name}/x".encode(), LISTEN)
    assert PathPattern.compile(pattern).matches(paths)


def test_the_query_and_escapes_are_not_searched() -> None:
    assert searched(b"/api/a%20b?c=/d", b"/api/") == (b"/a b", b"/api/a b")
    assert searched(b"/api/a%3fb?c=/d", b"") == (b"/api/a?b",)
    assert searched(b"/other?/api/", b"/api/") == (b"/other",)
    # However the client spelled what led to the API.
    assert searched(b"/%61pi/x", b"/api/") == searched(b"/api/x", b"/%61pi/") == (b"/x", b"/api/x")


@given(
    st.sampled_from(["{}", "^{}", "{}$", "^{}$"]),
    st.text("/ab\u00e9%", max_size=3),
    st.text("/ab\u00e9%", max_size=6),
)
def test_plain_text_is_found_as_an_expression_finds_it(shape: str, text: str, path: str) -> None:
    pattern = shape.replace("{}", text)
    assert fits(PathPattern.compile(pattern), path) == fits(PathPattern(finds(pattern)), path)
