"""Where a credential is looked for in a request."""

from __future__ import annotations

from typing import Any

import pytest

from twisted_tyk.apidef.model import AuthConfig
from twisted_tyk.authenticate.credentials import presented, without_bearer
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers


def key(config: dict[str, Any], target: bytes = b"/", **fields: str) -> str:
    headers = Headers()
    for name, value in fields.items():
        headers.add(name.replace("_", "-"), value)
    return presented(AuthConfig(**config), Exchange(b"GET", target, b"", headers))


def test_the_authorization_header_as_it_came() -> None:
    assert key({}, Authorization="Bearer key") == "Bearer key"
    assert key({}) == ""


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("key", "key"),
        ("Bearer key", "key"),
        ("bearer key", "key"),
        ("BEARER  key", " key"),
        ("Bearer", "Bearer"),
        ("Basic a2V5", "Basic a2V5"),
        ("Bearerkey", "Bearerkey"),
        ("", ""),
    ],
)
def test_a_token_with_or_without_bearer(value: str, found: str) -> None:
    assert without_bearer(value) == found


def test_nothing_else_is_looked_at_unless_told_so() -> None:
    assert key({}, b"/?Authorization=q&authorization=q", Cookie="Authorization=c") == ""
    assert key({"param_name": "k", "cookie_name": "k"}, b"/?k=q", Cookie="k=c") == ""


def test_a_cookie_goes_before_a_parameter_and_that_before_a_header() -> None:
    config = {"use_param": True, "use_cookie": True}
    everywhere = {"Authorization": "header", "Cookie": "Authorization=cookie"}
    assert key(config, b"/?Authorization=query", **everywhere) == "cookie"
    assert key({**config, "use_cookie": False}, b"/?Authorization=query", **everywhere) == "query"
    assert key({}, b"/?Authorization=query", **everywhere) == "header"


def test_an_empty_value_does_not_hide_another() -> None:
    config = {"use_param": True, "use_cookie": True}
    assert key(config, b"/?Authorization=", Authorization="h", Cookie="Authorization=") == "h"


def test_names_of_its_own() -> None:
    config = {"auth_header_name": "X-Key", "use_param": True, "use_cookie": True}
    assert key(config, X_Key="h", Authorization="other") == "h"
    assert key(config, b"/?X-Key=q") == "q"
    assert key(config, Cookie="X-Key=c") == "c"
    named = {**config, "param_name": "p", "cookie_name": "c"}
    assert key(named, b"/?X-Key=q", Cookie="X-Key=c") == ""
    assert key(named, b"/?p=q") == "q"
    assert key(named, Cookie="c=d") == "d"


def test_the_header_can_be_closed() -> None:
    config = {"disable_header": True, "use_param": True}
    assert key(config, Authorization="h") == ""
    assert key(config, b"/?Authorization=q", Authorization="h") == "q"


def test_parameters_are_decoded_and_the_first_one_counts() -> None:
    assert key({"use_param": True, "param_name": "k"}, b"/?k=a%20b+c&k=second") == "a b c"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("a=1; k=v; b=2", "v"),
        ("k=v", "v"),
        ("a=1;k=v", "v"),
        ('k="v"', "v"),
        ("k=a=b==", "a=b=="),
        ("k=first; k=second", "first"),
        ("K=v", ""),
        ("xk=v", ""),
        ("k", ""),
        # Neighbours that are no cookies by the book, as browsers do send them.
        ('j={"a": [1, "b"]}; k=v', "v"),
        ("a[b]=c; k=v; \u00e9=d", "v"),
    ],
)
def test_a_cookie_among_others(line: str, found: str) -> None:
    assert key({"use_cookie": True, "cookie_name": "k"}, Cookie=line) == found
