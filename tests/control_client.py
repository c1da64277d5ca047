"""Asking the control API of a gateway in memory."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen

from twisted_tyk.testing import Answer, MemoryGateway


@frozen
class Said:
    """:ivar value: the JSON of the answer."""

    status: int
    value: Any

    @property
    def message(self) -> str:
        return str(self.value["message"])


@frozen
class ControlClient:
    """Has the secret, and waits for what threads do."""

    gateway: MemoryGateway

    def ask(self, method: str, *path: str, body: Any = None, **query: str) -> Said:
        """Ask ``/tyk/`` and the segments of a path.

        :param body: bytes as they are, anything else as JSON.
        """
        target = "/tyk/" + "/".join(quote(each, safe="") for each in path)
        if query:
            target += "?" + urlencode(query)
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
        answer = self.send(method, target, body)
        assert answer.headers.get("Content-Type") == "application/json", answer
        return Said(answer.status, json.loads(answer.body))

    def send(self, method: str, target: str, body: bytes = b"") -> Answer:
        """The same, as it is on the wire."""
        client = self.gateway.connect()
        head = (
            f"{method} {target} HTTP/1.1\r\nHost: gateway.test\r\nX-Tyk-Authorization: secret\r\n"
        )
        length = f"Content-Length: {len(body)}\r\n\r\n"
        self.gateway.send(client, (head + length).encode() + body)
        while not client.answers:
            self.gateway.wait_for_thread()
        return client.answers[0]

    def get(self, *path: str, **query: str) -> Said:
        return self.ask("GET", *path, **query)

    def post(self, *path: str, body: Any = None, **query: str) -> Said:
        return self.ask("POST", *path, body=body, **query)

    def put(self, *path: str, body: Any = None, **query: str) -> Said:
        return self.ask("PUT", *path, body=body, **query)

    def delete(self, *path: str, **query: str) -> Said:
        return self.ask("DELETE", *path, **query)
