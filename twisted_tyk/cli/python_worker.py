"""Calls hooks in Python, in the process that may hang or end because of them."""

from __future__ import annotations

import json
import tempfile
import time
from base64 import b64encode
from collections.abc import Callable
from inspect import isfunction, signature
from pathlib import Path
from typing import Any, Final

from cattrs.preconf.json import make_converter
from twisted.internet.defer import maybeDeferred
from twisted.python.failure import Failure
from twisted.logger import LogLevel, formatEvent, globalLogPublisher
from twisted.web.resource import Resource

from twisted_tyk.apidef.load import load_directory
from twisted_tyk.chain.api import Api, ClientAddress
from twisted_tyk.cli.asked import Asked
from twisted_tyk.cli.differences import differences, packed, snapshot
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IRecordHook, IRequestHook, IResponseHook
from twisted_tyk.jsonfile.problem import ConfigError
from twisted_tyk.message.request import Request
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.native import abi
from twisted_tyk.native.changes import Change
from twisted_tyk.plugins.blame import own_frames
from twisted_tyk.plugins.driver import LoadError
from twisted_tyk.plugins.python import PythonHooks

_KINDS: Final = (
    (IRequestHook, "request", ("rw", 2)),
    (IResponseHook, "response", ("rw", 3)),
    (IRecordHook, "analytics", ("record", 1)),
)
_LEVELS: Final = tuple(LogLevel.iterconstants())
_DEFINITION: Final = json.dumps(
    {
        "name": "cli", "api_id": "cli", "org_id": "default", "active": True, "use_keyless": True,
        "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
        "proxy": {"listen_path": "/", "target_url": "http://localhost/"},
    }
)  # fmt: skip


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
            api = _api(asked.definition or _DEFINITION)
            hooks = PythonHooks(Path.cwd(), "cli")
            kinds = _kinds(hooks, path, job["python"])
            names = list(kinds) if job["names"] is None else job["names"]
            loaded = [
                (name, kinds.get(name, "request"), _hook(hooks, path, name, kinds))
                for name in names
            ]
        except LoadError as error:
            text = str(error).replace(path, job["python"])
            self._tell({"event": "refused", "error": text})
            return
        seconds = time.monotonic() - started
        globalLogPublisher.addObserver(self._logged)
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


def _api(definition: str) -> Api:
    """:raises LoadError: when it is no definition."""
    with tempfile.TemporaryDirectory(prefix="tyk-plugin-") as folder:
        Path(folder, "definition.json").write_text(definition, encoding="utf-8")
        try:
            report = load_directory(folder)
        except ConfigError as error:
            raise LoadError(str(error)) from None
    if not report.definitions:
        problems = "; ".join(map(str, report.problems)).replace(f"{folder}/", "")
        raise LoadError(problems or "the definition is not active")
    return Api(report.definitions[0].definition, "/", Resource(), ClientAddress())


def _hook(hooks: PythonHooks, path: str, name: str, kinds: dict[str, str]) -> Any:
    load = {"response": hooks.response_hook, "analytics": hooks.record_hook}
    loaded = load.get(kinds.get(name, "request"), hooks.request_hook)(name, path)
    hook: Any = loaded.hook
    return hook.hook


def _kinds(hooks: PythonHooks, path: str, shown: str) -> dict[str, str]:
    """The hooks of a file by name, and of which kind each is."""
    module = hooks.module(path)
    found: dict[str, str] = {}
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        for interface, kind, takes in _KINDS:
            made_of_it = isinstance(value, type) and interface.implementedBy(value)
            if made_of_it or interface.providedBy(value) or _takes(value) == takes:
                found[name] = kind
    if not found:
        raise LoadError(f"{shown}: there is no hook in it; see IRequestHook and IResponseHook")
    return found


def _takes(value: Any) -> tuple[str, int] | None:
    """The first parameter of a function and how many it has to be given."""
    if not isfunction(value):
        return None
    needed = [each for each in signature(value).parameters.values() if each.default is each.empty]
    return (needed[0].name, len(needed)) if needed else None


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
