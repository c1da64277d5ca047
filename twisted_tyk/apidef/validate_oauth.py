"""What the OAuth 2.0 server of an API must have to send tokens and users where they belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.jsonfile.problem import Path, quoted
from twisted_tyk.message.headers import encode_value

_GRANTS: Final = ("authorization_code", "refresh_token", "client_credentials", "password")
_RESPONSES: Final = ("code", "token")


def problems(definition: ApiDefinition) -> Iterator[tuple[Path, str]]:
    """Give the place and a sentence for each thing that is wrong."""
    if not definition.use_oauth2:
        return
    meta, notifications = definition.oauth_meta, definition.notifications
    yield from _types("allowed_access_types", meta.allowed_access_types, _GRANTS)
    yield from _types("allowed_authorize_types", meta.allowed_authorize_types, _RESPONSES)
    login = meta.auth_login_redirect
    if login and not _is_url(login) and not _is_path(login):
        yield (
            ("oauth_meta", "auth_login_redirect"),
            "expected an http or https URL or a path, without a fragment",
        )
    url = notifications.oauth_on_keychange_url
    if url and not _is_url(url):
        yield ("notifications", "oauth_on_keychange_url"), "expected an http or https URL"
    try:
        encode_value(notifications.shared_secret)
    except ValueError:
        text = "it cannot be sent, for it has a control character"
        yield ("notifications", "shared_secret"), text


def _types(name: str, given: Sequence[str], known: Sequence[str]) -> Iterator[tuple[Path, str]]:
    for index, each in enumerate(given):
        if each not in known:
            expected = ", ".join(quoted(one) for one in known)
            text = f"expected one of {expected}, found {quoted(each)}"
            yield ("oauth_meta", name, index), text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and _is_sendable(text)


def _is_path(text: str) -> bool:
    return text[:1] == "/" and text[1:2] not in ("/", "\\") and _is_sendable(text)


def _is_sendable(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text and "#" not in text
