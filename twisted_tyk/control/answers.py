"""Answers: JSON in Tyk's shapes, or text of another kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http.client import responses
from typing import Any

from attrs import frozen

from twisted_tyk.message.headers import Pair


@frozen
class Answer:
    """A status and a value that becomes JSON with a final line break, as Tyk's does.

    :ivar value: bytes are sent as they are, with the next field's type.
    :ivar content_type: what the body is.
    :ivar headers: more fields.
    """

    status: int
    value: Any
    content_type: str = "application/json"
    headers: Sequence[Pair] = ()

    def send(self, request: Any) -> None:
        """Answer ``request`` with it."""
        body = self.value
        if not isinstance(body, bytes):
            text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
            body = text.encode() + b"\n"
        fields = [(b"Content-Type", self.content_type.encode()), *self.headers]
        request.respond(self.status, responses[self.status].encode(), fields, body)


def ok(message: str = "") -> Answer:
    """Tyk's status object for success."""
    return Answer(200, {"status": "ok", "message": message})


def error(status: int, message: str, headers: Sequence[Pair] = ()) -> Answer:
    """Tyk's status object for failure."""
    return Answer(status, {"status": "error", "message": message}, headers=headers)


def changed(key: str, action: str, key_hash: str = "") -> Answer:
    """Tyk's object for a change. :param action: ``added``, ``modified``, ``deleted``, ``updated``.

    :param key_hash: told only when there is one.
    """
    value = {"key": key, "status": "ok", "action": action}
    return Answer(200, {**value, "key_hash": key_hash} if key_hash else value)
