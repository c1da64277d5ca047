"""Redirect URIs."""

from __future__ import annotations

from urllib.parse import parse_qsl, quote_plus, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.oauth.redirect import matching, registered, with_answer

URI = "https://client.test/back"
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=20)


@pytest.mark.parametrize(
    ("uris", "separator", "each"),
    [
        ("", "", []),
        ("", ";", []),
        ("a;b", "", ["a;b"]),
        ("a;b", ";", ["a", "b"]),
        ("a;;b;", ";", ["a", "b"]),
        ("a, b", ", ", ["a", "b"]),
    ],
)
def test_the_uris_of_a_client(uris: str, separator: str, each: list[str]) -> None:
    assert registered(uris, separator) == each


def test_one_of_several() -> None:
    uris = f"{URI};app.test:/back"
    assert matching(uris, ";", "") == URI
    assert matching(uris, ";", "app.test:/back") == "app.test:/back"
    assert matching(uris, ";", quote_plus("app.test:/back")) == "app.test:/back"
    with pytest.raises(ValueError, match="not a redirect URI of the client"):
        matching(uris, ";", uris)
    with pytest.raises(ValueError, match="the client has no redirect URI"):
        matching(";", ";", "")


@given(TEXTS)
def test_only_a_clients_own_uri_matches(given: str) -> None:
    try:
        assert matching(URI, "", given) == URI
    except ValueError:
        assert given != URI


@given(st.dictionaries(TEXTS, TEXTS, max_size=4), st.booleans())
def test_an_answer_is_found_as_it_was_put_in(answer: dict[str, str], in_fragment: bool) -> None:
    uri = with_answer(URI, answer, in_fragment)
    parts = urlsplit(uri)
    assert uri.startswith(URI)
    assert uri.isascii()
    text = parts.fragment if in_fragment else parts.query
    assert dict(parse_qsl(text, keep_blank_values=True)) == answer
    assert (parts.query if in_fragment else parts.fragment) == ""


def test_what_is_in_the_uri_stays_unless_the_answer_has_it() -> None:
    uri = "https://client.test/?a=1&a=2&code=mine"
    assert with_answer(uri, {"code": "x"}) == "https://client.test/?a=1&a=2&code=x"
    assert with_answer("app.test:/back", {"code": "x"}) == "app.test:/back?code=x"
