"""OAuth clients as the control API takes and shows them [gateway/api.go NewClientRequest]."""

from __future__ import annotations

from typing import Any, Final

from twisted_tyk.control.asked import Asked
from twisted_tyk.control.routes import Schema
from twisted_tyk.errors import Refusal
from twisted_tyk.oauth.client import Client

_TEXTS: Final = ("client_id", "secret", "redirect_uri", "policy_id", "api_id", "description")

CLIENT: Final = Schema(
    "OAuthClient",
    {
        "type": "object",
        "properties": {
            **{name: {"type": ["string", "null"]} for name in _TEXTS},
            "meta_data": {},
        },
    },
)


def read_client(asked: Asked) -> dict[str, Any]:
    """What a body says of a client; what it leaves out is empty. :raises Refusal: 400."""
    value = asked.json()
    if not isinstance(value, dict):
        raise Refusal(400, "Request malformed: body: expected an object")
    texts = {name: value.get(name) or "" for name in _TEXTS}
    for name, text in texts.items():
        if not isinstance(text, str):
            raise Refusal(400, f"Request malformed: body: {name}: expected a string")
    return {**texts, "meta_data": value.get("meta_data")}


def shown(client: Client) -> dict[str, Any]:
    """A client with all that is known of it."""
    return {
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        **({"policy_id": client.policy_id} if client.policy_id else {}),
        "secret": client.secret,
        "meta_data": client.meta_data,
        "description": client.description,
    }
