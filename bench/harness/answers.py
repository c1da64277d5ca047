"""Is a proxy's answer right? Asked before and after every timing."""

from __future__ import annotations

import http.client
import time
from email.message import Message

from .keyed import KEY
from .process import HOST

PATH = "/api/get"
BODY = (
    b'{"service":"upstream","answer":"a small JSON body","items":[1,2,3,4,5,6,7,8],"status":"ok"}'
)


class WrongAnswer(Exception):
    """The proxy answers, but not what it should."""


def ask(port: int, path: str) -> tuple[int, Message, bytes]:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path, headers={"Authorization": KEY})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def verify(port: int, *, request_hook: bool = False, response_hook: bool = False) -> None:
    """Raise `WrongAnswer` unless status, body and, where a hook adds one, header are right."""
    try:
        status, headers, body = ask(port, PATH)
        if status != 200 or body != BODY:
            raise WrongAnswer(f"status {status}, body {body[:60]!r}")
        if response_hook and headers.get("X-Foo") != "Bar":
            raise WrongAnswer("the response hook's X-Foo header is missing")
        if request_hook:
            seen = ask(port, "/api/foo")[2]
            if seen != b"Bar":
                raise WrongAnswer(f"the upstream got {seen[:60]!r} as the pre hook's Foo header")
    except (OSError, http.client.HTTPException) as error:
        raise WrongAnswer(f"{type(error).__name__}: {error}") from error


def verify_soon(port: int, *, request_hook: bool = False, response_hook: bool = False) -> None:
    """The same, with patience for a server that listens before it has loaded its APIs."""
    deadline = time.monotonic() + 5
    while True:
        try:
            verify(port, request_hook=request_hook, response_hook=response_hook)
            return
        except WrongAnswer:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
