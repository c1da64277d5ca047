"""What an endpoint of the OAuth server is asked."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import parse_qsl

from attrs import field, frozen

from twisted_tyk.oauth.problem import OAuthProblem

#: What no request may say twice (RFC 6749, 3.1): two readers could take different ones.
ONCE: Final = frozenset(
    {
        *("client_id", "client_secret", "code", "code_challenge", "code_challenge_method"),
        *("code_verifier", "grant_type", "key_rules", "password", "redirect_uri"),
        *("refresh_token", "response_type", "scope", "state", "token", "token_type_hint"),
        "username",
    }
)
_MOST: Final = 100


@frozen
class Asked:
    """
    :ivar query: of the URL.
    :ivar form: of the body. What is secret counts only here.
    :ivar authorization: the field of that name.
    """

    query: Mapping[str, str] = field(factory=dict, repr=False)
    form: Mapping[str, str] = field(factory=dict, repr=False)
    authorization: str = field(default="", repr=False)

    def get(self, name: str) -> str:
        """A parameter of the body, or else of the query; ``""`` when there is none."""
        return self.form.get(name) or self.query.get(name, "")

    def client(self) -> tuple[str, str]:
        """Id and secret of the client: by HTTP Basic, or else in the body.

        :raises OAuthProblem: ``invalid_request`` when there is neither.
        """
        if not self.authorization:
            if self.form.get("client_id") and "client_secret" in self.form:
                return self.form["client_id"], self.form["client_secret"]
            raise OAuthProblem("invalid_request", "The client did not authenticate.")
        scheme, _, encoded = self.authorization.partition(" ")
        try:
            if scheme.lower() != "basic":
                raise ValueError
            text = b64decode(encoded.strip(), validate=True).decode()
            client_id, colon, secret = text.partition(":")
            if not colon:
                raise ValueError
        except ValueError:
            raise OAuthProblem("invalid_request", "Not HTTP Basic authentication.") from None
        return client_id, secret


def read_asked(query: bytes, body: bytes, content_type: str, authorization: str) -> Asked:
    """
    :param query: with its escapes.
    :raises OAuthProblem: ``invalid_request`` when it can not be read in one way only.
    """
    media = content_type.partition(";")[0].strip().lower()
    form: Mapping[str, str] = {}
    if media == "application/x-www-form-urlencoded":
        form = _fields(body)
    elif media == "application/json" and body:
        form = _members(body)
    return Asked(_fields(query), form, authorization)


def _fields(text: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            text.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MOST
        )
    except ValueError:
        raise OAuthProblem("invalid_request", "The parameters are not readable.") from None
    return _once(pairs)


def _members(text: bytes) -> dict[str, str]:
    try:
        pairs = json.loads(text, object_pairs_hook=tuple)
        if not isinstance(pairs, tuple):
            raise ValueError
        for name, value in pairs:
            (name + value).encode()  # half a character is not text
    except (TypeError, ValueError, RecursionError):
        message = "The body is not a JSON object of strings."
        raise OAuthProblem("invalid_request", message) from None
    return _once(pairs)


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found and name in ONCE:
            raise OAuthProblem("invalid_request", f"{name} is given twice.")
        found.setdefault(name, value)
    return found
