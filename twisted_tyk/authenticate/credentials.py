"""Where in a request a credential is found [gw/middleware.go getAuthToken]."""

from __future__ import annotations

from typing import Final

from twisted_tyk.apidef.model import AuthConfig
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.url import Query

#: Where a credential is looked for when nothing else is said.
DEFAULT_FIELD: Final = "Authorization"


def presented(config: AuthConfig, exchange: Exchange) -> str:
    """The credential of a request as it came, ``""`` when it has none.

    A query parameter goes before the header and a cookie before both, where
    the definition allows them.
    """
    header = config.auth_header_name or DEFAULT_FIELD
    found = "" if config.disable_header else exchange.headers.get(header) or ""
    if config.use_param:
        found = parameter(exchange, config.param_name or header) or found
    if config.use_cookie:
        found = _cookie(exchange, config.cookie_name or header) or found
    return found


def parameter(exchange: Exchange, name: str) -> str:
    """The first value of a query parameter, ``""`` when there is none."""
    query = exchange.path_and_query().partition(b"?")[2].decode("utf-8", "surrogateescape")
    return Query(query).get(name, "")


def without_bearer(text: str) -> str:
    """``Bearer`` in front is no part of a token."""
    return text[7:] if text[:7].lower() == "bearer " else text


def _cookie(exchange: Exchange, name: str) -> str:
    # By hand: http.cookies drops a whole line for one cookie that it does not like.
    for line in exchange.headers.get_all("cookie"):
        for cookie in line.split(";"):
            key, equals, value = cookie.strip().partition("=")
            if equals and key == name:
                return value.removeprefix('"').removesuffix('"') if value[:1] == '"' else value
    return ""
