"""What says who a client is does not reach the upstream."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.apidef.model import ApiDefinition, AuthConfig
from twisted_tyk.authorize.strip import StripAuth, sources
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.url import URL

PLAIN = AuthConfig()
OWN = AuthConfig(auth_header_name="X-Key", use_param=True, use_cookie=True)
DEFAULT = AuthConfig()
NAMED = AuthConfig(param_name="my key", use_param=True, cookie_name="sid")


def stripped(
    *configs: AuthConfig, target: bytes = b"/a", **fields: str
) -> tuple[dict[str, str], bytes]:
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in fields.items()]
    exchange = Exchange(b"GET", target, b"", Headers(raw))
    StripAuth.of(configs).process(exchange)
    return dict(exchange.headers), exchange.target


def test_the_header() -> None:
    fields, _ = stripped(PLAIN, AUTHORIZATION="secret", X_Key="kept", Other="kept")
    assert fields == {"X-Key": "kept", "Other": "kept"}
    fields, _ = stripped(OWN, Authorization="kept", x_key="secret")
    assert fields == {"Authorization": "kept"}


def test_every_way_to_authenticate() -> None:
    fields, _ = stripped(PLAIN, OWN, Authorization="secret", X_Key="secret", Other="kept")
    assert fields == {"Other": "kept"}


@pytest.mark.parametrize(
    ("cookies", "left"),
    [
        ("a=1; X-Key=secret; b=2", "a=1; b=2"),
        ("X-Key=secret; b=2", "b=2"),
        ("X-Key=secret;X-Key=again; a=1; X-Key", "a=1"),
        ("a=1; X-Key2=kept;  b", "a=1; X-Key2=kept;  b"),
        ("X-Key=secret", None),
    ],
)
def test_the_cookie(cookies: str, left: str | None) -> None:
    assert stripped(OWN, Cookie=cookies)[0].get("Cookie") == left


@pytest.mark.parametrize(
    ("target", "left"),
    [
        (b"/a?my%20key=secret", b"/a"),
        (b"/a?x=1&my+key=secret&y=%20&my%20key=again&z", b"/a?x=1&y=%20&z"),
        (b"/a?my key2=kept", b"/a?my key2=kept"),
        (b"/a?", b"/a"),
        (b"/my%20key=kept", b"/my%20key=kept"),
    ],
)
def test_the_parameter(target: bytes, left: bytes) -> None:
    assert stripped(NAMED, target=target)[1] == left


def test_a_parameter_that_is_not_looked_for_stays() -> None:
    assert stripped(PLAIN, target=b"/a?Authorization=x")[1] == b"/a?Authorization=x"


def test_a_url_that_a_hook_has_changed() -> None:
    exchange = Exchange(b"GET", b"/a?X-Key=secret", b"", Headers())
    exchange.url = URL("/b?X-Key=secret&c=d")
    StripAuth.of([OWN]).process(exchange)
    assert exchange.path_and_query() == b"/b?c=d"


@given(st.lists(st.sampled_from(["X-Key=s", "x-key=1", "a", "a=X-Key", "", "X%2DKey=s"])))
def test_no_spelling_of_the_parameter_is_left(pairs: list[str]) -> None:
    _, target = stripped(OWN, target=b"/p?" + "&".join(pairs).encode())
    assert URL(target.decode()).query.get("X-Key") is None
    kept = [pair for pair in pairs if "Key=s" not in pair]
    assert target.decode() == ("/p?" + "&".join(kept) if "&".join(kept) else "/p")


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (ApiDefinition(auth=OWN), [OWN]),
        (ApiDefinition(auth=OWN, auth_configs={"authToken": NAMED}), [NAMED]),
        # Read for plain keys and JSON web tokens only.
        (ApiDefinition(auth=OWN, auth_configs={"jwt": NAMED}), [OWN, NAMED]),
        (ApiDefinition(auth=OWN, enable_jwt=True, auth_configs={"jwt": NAMED}), [NAMED]),
        (ApiDefinition(auth=OWN, enable_jwt=True, auth_configs={"basic": NAMED}), [OWN, NAMED]),
        # What is on and has no member of its own is looked for in Authorization.
        (ApiDefinition(use_basic_auth=True, auth_configs={"hmac": NAMED}), [DEFAULT, NAMED]),
        (
            ApiDefinition(auth=OWN, use_basic_auth=True, auth_configs={"basic": NAMED}),
            [NAMED],
        ),
    ],
)
def test_where_an_api_looks(definition: ApiDefinition, expected: list[AuthConfig]) -> None:
    assert sources(definition) == expected
