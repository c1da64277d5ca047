"""Calls hooks in Python, in the process that may hang or end because of them."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from cattrs.preconf.json import make_converter
from twisted.internet.defer import maybeDeferred
from twisted.logger import LogLevel, formatEvent, globalLogPublisher
from twisted.python.failure import Failure

from twisted_tyk.chain.api import Api
from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.differences import differences, packed, snapshot
from twisted_tyk.cli.python_file import api_of, hook_of, kinds_in
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.request import Request
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change
from twisted_tyk.plugins.blame import own_frames
from twisted_tyk.plugins.driver import LoadError, Places
from twisted_tyk.plugins.python import PythonHooks

_LEVELS: Final = tuple(LogLevel.iterconstants())


class PythonWorker:
    """One job with one file."""

    def __init__(self, tell: Callable[[dict[str, Any]], None], reactor: Any) -> None:
        self._tell = tell
        self._reactor = reactor

    def run(self, job: dict[str, Any]) -> None:
        """Load, and do what is asked for."""
        path = str(Path(job["python"]).absolute())
        self._tell({"event": "loading"})
        started = time.monotonic()
        try:
            asked = make_converter().structure(job["asked"], Asked)
            api = api_of(asked.definition)
            hooks = PythonHooks(Places(Path.cwd()), "cli")
            kinds = kinds_in(hooks, path, job["python"])
            names = list(kinds) if job["names"] is None else job["names"]
            wanted = [(name, kinds.get(name, "request")) for name in names]
            loaded = [(*each, hook_of(hooks, path, *each)) for each in wanted]
        except LoadError as error:
            text = str(error).replace(path, job["python"])
            self._tell({"event": "refused", "error": text})
            return
        seconds = time.monotonic() - started
        observer: Any = self._logged
        globalLogPublisher.addObserver(observer)
        self._tell({"event": "loaded", "seconds": seconds, "functions": names})
        self._reactor.startRunning(installSignalHandlers=False)
        for name, kind, hook in loaded:
            self._call(name, kind, hook, asked, api, path)
        self._tell({"event": "closed"})

    def _logged(self, event: dict[str, Any]) -> None:
        if not event.get("log_namespace", "").startswith("twisted."):
            level = _LEVELS.index(event.get("log_level", LogLevel.info))
            text = formatEvent(event)
            self._tell({"event": "log", "level": min(level, 3), "text": text, "fields": ""})

    def _call(self, name: str, kind: str, hook: Any, asked: Asked, api: Api, path: str) -> None:
        self._tell({"event": "calling", "name": name})
        exchange = asked.exchange(kind)
        exchange.api = api
        exchange.writer = ResponseWriter()
        record = json.loads(asked.record)
        before = snapshot(exchange)
        started = time.monotonic()
        over: list[Any] = []
        maybeDeferred(hook, *_arguments(kind, exchange, record)).addBoth(over.append)
        while not over:
            self._reactor.iterate(0.05)
        seconds = time.monotonic() - started
        status, changes = abi.OK, differences(before, snapshot(exchange))
        if kind == "analytics" and record != json.loads(asked.record):
            changes.append(Change(abi.SET_RECORD, 0, b"", json.dumps(record).encode()))
        if isinstance(over[0], Failure):
            status, changes = _failed(over[0], changes, path)
        self._tell(
            {
                "event": "called",
                "name": name,
                "kind": kind,
                "status": status,
                "changes": b64encode(packed(changes)).decode(),
                "seconds": seconds,
            }
        )


def _arguments(kind: str, exchange: Exchange, record: dict[str, Any]) -> tuple[Any, ...]:
    if kind == "analytics":
        return (record,)
    if kind == "response":
        return exchange.writer, exchange.response, Request(exchange)
    return exchange.writer, Request(exchange)


def _failed(failure: Failure, changes: list[Change], path: str) -> tuple[int, list[Change]]:
    error = failure.value
    if isinstance(error, Refusal):
        body = json.dumps({"error": error.message}).encode()
        fields = [
            Change(abi.REPLY_HEADER_ADD, 0, name.encode(), value.encode())
            for name, value in error.headers
        ]
        status = Change(abi.REPLY_STATUS, error.status, b"", b"")
        return abi.OK, [*changes, *fields, status, Change(abi.REPLY_WRITE, 0, b"", body)]
    text = f"{type(error).__name__}: {error}".encode("utf-8", "backslashreplace")
    stack = own_frames(error, frozenset({path})) if error else ""
    return abi.E_FAILED, [Change(abi.ERROR, 0, text, stack.encode("utf-8", "backslashreplace"))]
