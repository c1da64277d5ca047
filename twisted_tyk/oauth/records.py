"""What codes and tokens stand for, in the JSON that osin writes for Tyk."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from attrs import define, field

# Go writes up to nine digits of a second, Python before 3.11 reads three or six.
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)")


@define
class Code:
    """An authorisation code [osin AuthorizeData].

    :ivar session: JSON of the session that its token gets; ``""`` means that of the policy.
    :ivar redirect_uri: where the code was sent.
    :ivar created: Unix time; it is good for :attr:`expires_in` seconds.
    :ivar challenge: of PKCE (RFC 7636), with the method ``plain`` or ``S256``.
    """

    code: str = field(repr=False)
    client_id: str
    client_uri: str
    redirect_uri: str
    created: float
    expires_in: int
    scope: str = ""
    state: str = ""
    session: str = field(default="", repr=False)
    challenge: str = field(default="", repr=False)
    challenge_method: str = ""

    def stored(self) -> bytes:
        """As osin has it."""
        return _text(
            {
                "Client": _client(self.client_id, self.client_uri),
                "Code": self.code,
                "ExpiresIn": self.expires_in,
                "Scope": self.scope,
                "RedirectUri": self.redirect_uri,
                "State": self.state,
                "CreatedAt": _time(self.created),
                "UserData": self.session,
                "CodeChallenge": self.challenge,
                "CodeChallengeMethod": self.challenge_method,
            }
        )


def read_code(text: bytes) -> Code:
    """:raises ValueError: when it is no code of osin's."""
    value = _Members.of(text)
    client = value.inner("Client")
    return Code(
        value.text("Code"),
        client.text("id"),
        client.text("redirecturi"),
        value.text("RedirectUri"),
        value.time("CreatedAt"),
        value.number("ExpiresIn"),
        value.text("Scope"),
        value.text("State"),
        value.text("UserData"),
        value.text("CodeChallenge"),
        value.text("CodeChallengeMethod"),
    )


@define
class Access:
    """An access token and its refresh token, if it has one [osin AccessData].

    :ivar session: JSON that the token's session was made of; ``""`` means the policy.
    """

    token: str = field(repr=False)
    refresh: str = field(repr=False)
    client_id: str
    client_uri: str
    created: float
    expires_in: int
    redirect_uri: str = ""
    scope: str = ""
    session: str = field(default="", repr=False)

    def stored(self) -> bytes:
        """As osin has it, without the grants before it, which would make each one longer."""
        value = {
            "Client": _client(self.client_id, self.client_uri),
            "AuthorizeData": None,
            "AccessData": None,
            "AccessToken": self.token,
            "RefreshToken": self.refresh,
            "ExpiresIn": self.expires_in,
            "Scope": self.scope,
            "RedirectUri": self.redirect_uri,
            "CreatedAt": _time(self.created),
        }
        return _text({**value, "UserData": self.session} if self.session else value)


def read_access(text: bytes) -> Access:
    """:raises ValueError: when it is no token of osin's."""
    value = _Members.of(text)
    client = value.inner("Client")
    return Access(
        value.text("AccessToken"),
        value.text("RefreshToken"),
        client.text("id"),
        client.text("redirecturi"),
        value.time("CreatedAt"),
        value.number("ExpiresIn"),
        value.text("RedirectUri"),
        value.text("Scope"),
        value.text("UserData"),
    )


def _client(client_id: str, uri: str) -> dict[str, str]:
    # No secret: nobody looks for it here, in Tyk neither.
    return {"id": client_id, "redirecturi": uri}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")


def _text(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


@define
class _Members:
    """A JSON object whose members are asked for with their types; missing ones are empty."""

    value: Mapping[str, Any]

    @classmethod
    def of(cls, text: bytes) -> _Members:
        try:
            return cls._checked(json.loads(text))
        except RecursionError:
            raise ValueError("nested too deeply") from None

    @classmethod
    def _checked(cls, value: Any) -> _Members:
        if not isinstance(value, Mapping):
            raise ValueError(f"expected an object, found a {type(value).__name__}")
        return cls(value)

    def inner(self, name: str) -> _Members:
        return self._checked(self.value.get(name) or {})

    def text(self, name: str) -> str:
        found = self.value.get(name)
        if found is not None and not isinstance(found, str):
            raise ValueError(f"{name}: expected a string, found a {type(found).__name__}")
        return found or ""

    def number(self, name: str) -> int:
        found = self.value.get(name) or 0
        if not isinstance(found, int):
            raise ValueError(f"{name}: expected a number, found a {type(found).__name__}")
        return found

    def time(self, name: str) -> float:
        found = _TIME.fullmatch(self.text(name))
        if found is None:
            raise ValueError(f"{name}: expected a time")
        zone = "+00:00" if found[2] == "Z" else found[2]
        return datetime.fromisoformat(found[1] + zone).timestamp()
