"""Fetching without a network: servers that answer as told, and threads that wait."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from outcomes import outcome
from twisted.internet.defer import Deferred, fail, maybeDeferred, succeed
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone
from twisted.web.http_headers import Headers
from twisted.web.iweb import UNKNOWN_LENGTH

from twisted_tyk.bundles.fetch import Fetched, Fetcher
from twisted_tyk.bundles.source import NotFetched

BASE = "https://bundles.test/abc"


class Transport:
    def __init__(self) -> None:
        self.told: list[str] = []

    def __getattr__(self, name: str) -> Callable[[], None]:
        return lambda: self.told.append(name)


class Response:
    """A response whose body comes piece by piece, when the test says so."""

    def __init__(self, code: int = 200, *body: bytes, length: Any = None, **fields: str) -> None:
        self.code = code
        self.headers = Headers({name.replace("_", "-"): [text] for name, text in fields.items()})
        self.length = length or UNKNOWN_LENGTH
        self.transport = Transport()
        self.protocol: Any = None
        self.ends = True
        self._body = body

    def deliverBody(self, protocol: Any) -> None:
        self.protocol = protocol
        protocol.makeConnection(self.transport)
        for piece in self._body:
            protocol.dataReceived(piece)
        if self.ends:
            self.end(ResponseDone())

    def end(self, reason: Exception) -> None:
        self.protocol.connectionLost(Failure(reason))


class Open(Response):
    """One that does not end by itself."""

    def deliverBody(self, protocol: Any) -> None:
        self.ends = False
        super().deliverBody(protocol)


class Web:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str], Any]] = []

    def request(self, method: str, url: str, headers: Headers, auth: Any, **options: Any) -> Any:
        assert (method, options["allow_redirects"], options["unbuffered"]) == ("GET", False, True)
        fields = {k.decode(): v[0].decode() for k, v in headers.getAllRawHeaders()}
        self.asked.append((url, fields, auth))
        answer = self.answers.pop(0)
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


def why(error: Any) -> str:
    """Without the URL that everything ends with which a server has to do with."""
    reason, _, url = str(error).partition(" (")
    assert url == f"{BASE}/hooks.zip)"
    return reason


class Fetching:
    """A fetcher, with a clock of its own and no threads."""

    def __init__(self, folder: Path, *answers: Any, base_url: str = BASE, **more: Any) -> None:
        self.clock = Clock()
        self.web = Web(*answers)
        self.folder = folder / "fetched"
        values: dict[str, Any] = {
            "web": self.web, "clock": self.clock, "seconds": lambda: 2_000_000_000.0,
            "in_thread": maybeDeferred, "base_url": base_url, "base": folder,
            "folder": self.folder, "largest": 1 << 20, **more,
        }  # fmt: skip
        self.fetcher = Fetcher(**values)

    def got(self, name: str = "hooks.zip", etag: str = "") -> Fetched:
        found = outcome(self.fetcher.fetch(name, etag))
        assert isinstance(found, Fetched), found
        return found

    def refused(self, name: str = "hooks.zip") -> str:
        """Why it is not fetched."""
        error = outcome(self.fetcher.fetch(name))
        assert isinstance(error, NotFetched), error
        assert self.left() == []
        return why(error) if self.web.asked else str(error)

    def left(self) -> list[str]:
        return os.listdir(self.folder) if self.folder.is_dir() else []


class Hands:
    """Threads that the test has at work when it likes."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Deferred[Any], Callable[[], Any]]] = []

    def __call__(self, call: Callable[..., Any], *arguments: Any) -> Deferred[Any]:
        result: Deferred[Any] = Deferred()
        self.waiting.append((result, lambda: call(*arguments)))
        return result

    def work(self) -> None:
        result, call = self.waiting.pop(0)
        try:
            result.callback(call())
        except Exception:
            result.errback()
