"""The same questions to both OAuth servers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tyk_keys import FORM
from tyk_pair import Got, Pair, Row


def tokens(pair: Pair) -> Iterator[Row]:
    """The OAuth server's answers."""
    client = {
        "client_id": "cl",
        "secret": "sec",
        "api_id": "oauth",
        "policy_id": "gold",
        "redirect_uri": "http://127.0.0.1/",
    }
    pair.tyk.control("POST", "/oauth/clients/create", client)
    good = base64.b64encode(b"cl:sec").decode()
    for name, path, body, headers in (
        ("client_credentials", "/oauth/oauth/token/", "grant_type=client_credentials", good),
        ("no grant", "/oauth/oauth/token/", "", good),
        ("unknown grant", "/oauth/oauth/token/", "grant_type=x", good),
        ("code", "/oauth/oauth/token/", "grant_type=authorization_code&code=x", good),
        ("refresh", "/oauth/oauth/token/", "grant_type=refresh_token&refresh_token=x", good),
        ("no client", "/oauth/oauth/token/", "grant_type=client_credentials", ""),
        (
            "wrong secret",
            "/oauth/oauth/token/",
            "grant_type=client_credentials&client_id=cl&client_secret=x",
            "",
        ),
        (
            "authorize",
            "/oauth/oauth/authorize/",
            "response_type=code&client_id=cl&redirect_uri=http://127.0.0.1/",
            "",
        ),
        (
            "authorize, unknown",
            "/oauth/oauth/authorize/",
            "response_type=code&client_id=xx&redirect_uri=http://127.0.0.1/",
            "",
        ),
        (
            "authorize, uri",
            "/oauth/oauth/authorize/",
            "response_type=code&client_id=cl&redirect_uri=http://127.0.0.9/",
            "",
        ),
        (
            "tyk authorize",
            "/oauth/tyk/oauth/authorize-client/",
            "response_type=code&client_id=cl&redirect_uri=http://127.0.0.1/&key_rules={}",
            "",
        ),
        (
            "tyk authorize, token",
            "/oauth/tyk/oauth/authorize-client/",
            "response_type=token&client_id=cl&redirect_uri=http://127.0.0.1/",
            "",
        ),
        ("revoke", "/oauth/oauth/revoke/", "token=x", ""),
        ("revoke all", "/oauth/oauth/revoke_all/", "client_id=cl&client_secret=sec", ""),
    ):
        more = {"Authorization": f"Basic {headers}"} if headers else {}
        more["X-Tyk-Authorization"] = "secret"
        tyk, ours = (_token(each.ask("POST", path, {**FORM, **more}, body)) for each in pair.both)
        yield name, ours, tyk


def _token(answer: Got) -> Any:
    value = answer.value
    if isinstance(value, dict):
        value = {
            n: "..." if len(str(v)) > 30 and n in ("access_token", "refresh_token", "code") else v
            for n, v in value.items()
        }
    fields = {
        n: v for n, v in answer.fields.items() if n not in ("date", "content-length", "server")
    }
    return answer.status, value, fields
