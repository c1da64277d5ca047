"""A Tyk gateway and one of ours on one Redis, and how they are asked."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final, TypeAlias

import hiredis
from attrs import frozen

SECRET: Final = "secret"

#: What was looked at, what ours has or does, and what it should be: what Tyk has or does.
Row: TypeAlias = tuple[str, Any, Any]


@frozen
class Got:
    """:ivar fields: by their names in lower case."""

    status: int
    fields: Mapping[str, str]
    body: str

    @property
    def value(self) -> Any:
        """The body as JSON, or the text itself when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return self.body


@frozen
class Side:
    """One of the two gateways."""

    name: str
    port: int

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] = {}, body: str | bytes = ""
    ) -> Got:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body or None, dict(headers))
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Got(answer.status, fields, answer.read().decode("utf-8", "replace"))
        finally:
            connection.close()

    def get(self, path: str, key: str = "", **headers: str) -> Got:
        """Ask with a key, or without one."""
        return self.ask("GET", path, {**({"Authorization": key} if key else {}), **headers})

    def until(self, status: int, path: str, key: str = "", seconds: float = 1.5) -> int:
        """The status of :meth:`get`: at once when it is this one, else when time is up."""
        end = time.monotonic() + seconds
        while (found := self.get(path, key).status) != status and time.monotonic() < end:
            time.sleep(0.02)
        return found

    def control(self, method: str, path: str, body: Any = None) -> Got:
        """Ask ``/tyk`` and the path, with the secret."""
        if not isinstance(body, str):
            body = "" if body is None else json.dumps(body)
        return self.ask(method, "/tyk" + path, {"X-Tyk-Authorization": SECRET}, body)


@frozen
class Pair:
    """:ivar redis_port: of the Redis that both have."""

    tyk: Side
    ours: Side
    redis_port: int
    folder: Path

    @property
    def both(self) -> tuple[Side, Side]:
        return self.tyk, self.ours

    @property
    def ways(self) -> tuple[tuple[Side, Side], tuple[Side, Side]]:
        """From Tyk to ours, and back."""
        return (self.tyk, self.ours), (self.ours, self.tyk)

    def redis(self, *words: str | bytes | int) -> Any:
        """What Redis answers, with bytes for strings."""
        with socket.create_connection(("127.0.0.1", self.redis_port), 10) as connection:
            connection.sendall(packed(*words))
            reader = hiredis.Reader()
            while (answer := reader.gets()) is False:
                reader.feed(connection.recv(65536))
            return answer


def packed(*words: str | bytes | int) -> bytes:
    """A command as Redis reads it."""
    line: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]
    return line
