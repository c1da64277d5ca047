"""JSON answers in Tyk's two shapes."""

from __future__ import annotations

import json
from http.client import responses
from typing import Any, Final

from attrs import frozen

_JSON: Final = [(b"Content-Type", b"application/json")]


@frozen
class Answer:
    """A status and a value that becomes JSON with a final line break, as Tyk's does."""

    status: int
    value: Any

    def send(self, request: Any) -> None:
        """Answer ``request`` with it."""
        body = json.dumps(self.value, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        request.respond(self.status, responses[self.status].encode(), list(_JSON), body)


def ok(message: str = "") -> Answer:
    """Tyk's status object for success."""
    return Answer(200, {"status": "ok", "message": message})


def error(status: int, message: str) -> Answer:
    """Tyk's status object for failure."""
    return Answer(status, {"status": "error", "message": message})
