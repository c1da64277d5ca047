"""A client: an application that asks for tokens [gateway/oauth_manager.go OAuthClient]."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any
from uuid import uuid4

from attrs import define, field

from twisted_tyk.message.octets import octets


@define
class Client:
    """
    :ivar redirect_uri: where codes and tokens may be sent; several, with
        ``oauth_redirect_uri_separator`` between.
    :ivar policy_id: of the sessions that its tokens get, unless they are given one.
    :ivar meta_data: becomes part of the meta data of its tokens' sessions, if it is an object.
    """

    client_id: str
    secret: str = field(repr=False)
    redirect_uri: str = ""
    policy_id: str = ""
    description: str = ""
    meta_data: Any = None

    def knows(self, secret: str) -> bool:
        """Whether this is its secret, in a time that does not tell. An empty one is nobody's."""
        return bool(self.secret) and compare_digest(octets(secret), octets(self.secret))

    def to_json(self) -> dict[str, Any]:
        """As Tyk stores it."""
        value = {
            "id": self.client_id,
            "secret": self.secret,
            "redirecturi": self.redirect_uri,
            "policyid": self.policy_id,
            "description": self.description,
        }
        return value if self.meta_data is None else {**value, "meta_data": self.meta_data}

    def stored(self) -> bytes:
        """The same as text. :raises ValueError: when the meta data is not JSON."""
        return json.dumps(self.to_json(), separators=(",", ":"), allow_nan=False).encode()


def read_client(text: bytes) -> Client:
    """What :meth:`Client.stored` wrote, or Tyk. :raises ValueError: when it is something else."""
    value = json.loads(text)
    if not isinstance(value, Mapping):
        raise ValueError(f"expected an object, found a {type(value).__name__}")

    def text_of(name: str) -> str:
        found = value.get(name) or ""
        if not isinstance(found, str):
            raise ValueError(f"{name}: expected a string, found a {type(found).__name__}")
        return found

    return Client(
        text_of("id"), text_of("secret"), text_of("redirecturi"), text_of("policyid"),
        text_of("description"), value.get("meta_data"),
    )  # fmt: skip


def new_secret() -> str:
    """A secret that nobody can guess, in the form of Tyk's."""
    return b64encode(str(uuid4()).encode()).decode()
