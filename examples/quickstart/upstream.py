"""A small upstream that answers every request with what it was sent, as JSON.

    python upstream.py [port]
"""

from __future__ import annotations

import json
import sys
from typing import Any
from urllib.parse import parse_qsl

from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.error import CannotListenError
from twisted.internet.task import react
from twisted.web.resource import Resource
from twisted.web.server import Request, Site


class Echo(Resource):
    """Says in the answer what it knows of the request."""

    isLeaf = True

    def render(self, request: Request) -> bytes:
        path, _, query = request.uri.decode("latin-1").partition("?")
        headers = request.requestHeaders.getAllRawHeaders()
        assert request.content is not None
        answer = {
            "args": several(parse_qsl(query, keep_blank_values=True)),
            "headers": several(
                [(text(name), text(value)) for name, values in headers for value in values]
            ),
            "method": text(request.method),
            "url": f"http://{request.getHeader('host')}{path}" + (f"?{query}" if query else ""),
            "body_length": len(request.content.read()),
        }
        request.setHeader("Content-Type", "application/json")
        return json.dumps(answer, indent=2).encode() + b"\n"


def text(raw: bytes) -> str:
    return raw.decode("latin-1")


def several(pairs: list[tuple[str, str]]) -> dict[str, str | list[str]]:
    """One value as itself, several of one name as a list."""
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return {name: values if len(values) > 1 else values[0] for name, values in gathered.items()}


async def serve(reactor: Any, port: str = "8081") -> None:
    endpoint = serverFromString(reactor, f"tcp:{port}:interface=127.0.0.1")
    try:
        listening = await endpoint.listen(Site(Echo()))
    except CannotListenError as error:
        raise SystemExit(str(error)) from None
    print(f"The upstream listens on http://127.0.0.1:{listening.getHost().port}/", flush=True)
    await Deferred()


if __name__ == "__main__":
    react(serve, sys.argv[1:])
