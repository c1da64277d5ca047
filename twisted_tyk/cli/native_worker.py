"""Does a job with a native plugin, in the process that may crash of it."""

from __future__ import annotations

import ctypes
import json
import select
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from typing import Any

from attrs import define

from twisted_tyk.native.contract import InlineLibrary, Loading
from twisted_tyk.native.host import Host, make_host
from twisted_tyk.native.manifest import Manifest
from twisted_tyk.native.services import PluginServices
from twisted_tyk.plugins.driver import LoadError
from twisted_tyk.session.stored import PREFIX
from twisted_tyk.storage.memory import MemoryStore


class NativeWorker:
    """One job with one library."""

    def __init__(self, tell: Callable[[dict[str, Any]], None], reactor: Any) -> None:
        """:param reactor: the time of the store, and for plugins in a process of their own."""
        self.tell = tell
        self.reactor = reactor
        store = MemoryStore(reactor)
        self.services = PluginServices(store, lambda key: store.get(PREFIX + key))
        self.host: Host = make_host(self.services, self.told, self.metered)

    def run(self, job: dict[str, Any]) -> None:
        """Load, do what is asked for, and unload."""
        loading = Loading(
            file=job["file"],
            copy=job["copy"],
            manifest=Manifest.parse(job["manifest"]),
            config=job["config"].encode(),
            threads=job["threads"],
        )
        self.tell({"event": "loading"})
        started = time.monotonic()
        try:
            library = self.host.load(loading)
        except LoadError as error:
            self.host.drain()  # what the plugin itself says of it comes first
            self.tell({"event": "refused", "error": str(error)})
            return
        self.host.drain()
        seconds = time.monotonic() - started
        names = [call["name"] for call in job["calls"]]
        self.tell(
            {
                "event": "loaded",
                "seconds": seconds,
                "address": _address(job["copy"]),
                "described": _described(job["copy"]),
                "functions": names,
            }
        )
        kind = b"oas" if "openapi" in json.loads(job["definition"]) else b"classic"
        library.define(b"cli", kind, job["definition"].encode())
        for call in job["calls"]:
            self._call(library, call)
        if "bench" in job:
            from twisted_tyk.cli.measure import measure

            measure(self, library, loading, job["bench"])
        self._close(library)

    def until(self, ready: Callable[[], bool]) -> None:
        """Serve the plugin until something has happened."""
        poll = select.poll()
        poll.register(self.host.fileno(), select.POLLIN)
        while not ready():
            poll.poll(100)
            self.host.drain()

    def _call(self, library: InlineLibrary, call: dict[str, Any]) -> None:
        self.tell({"event": "calling", "name": call["name"]})
        frame = b64decode(call["frame"])
        caller = _Caller(self.said)
        if call["inline"]:
            status, changes, seconds, lines = library.call(call["number"], frame)
            for line in lines:
                caller.said(*line)
            caller.over(status, changes, seconds)
        else:
            library.submit(call["number"], frame, caller)
            self.until(lambda: caller.result is not None)
        self.host.drain()
        assert caller.result is not None
        status, changes, seconds = caller.result
        self.tell(
            {
                "event": "called",
                "name": call["name"],
                "kind": call["kind"],
                "status": status,
                "changes": b64encode(changes).decode(),
                "seconds": seconds,
            }
        )

    def _close(self, library: InlineLibrary) -> None:
        self.tell({"event": "closing"})
        closed: list[Any] = []
        library.close().addBoth(closed.append)
        self.until(lambda: bool(closed))
        self.host.close()
        self.tell({"event": "closed"})

    def told(self, file: str, level: int, text: str, fields: str) -> None:
        self.said(level, text, fields)

    def said(self, level: int, text: str, fields: str) -> None:
        """A line, in a call or not."""
        self.tell({"event": "log", "level": level, "text": text, "fields": fields})

    def metered(self, file: str, kind: int, name: str, value: float) -> None:
        self.tell({"event": "metric", "kind": kind, "name": name, "value": value})


@define
class _Caller:
    """:ivar result: status, changes and seconds, when the call is over."""

    said: Callable[[int, str, str], None]
    result: tuple[int, bytes, float] | None = None

    def over(self, status: int, changes: bytes, seconds: float) -> None:
        self.result = (status, changes, seconds)


def _described(copy: str) -> str:
    """What it says of itself when it is asked."""
    describe = ctypes.CDLL(copy, ctypes.RTLD_LOCAL).tyk_plugin_describe
    describe.restype = ctypes.c_char_p
    text: bytes = describe() or b""
    return text.decode("utf-8", "backslashreplace")


def _address(copy: str) -> int:
    """Where the function is that all calls go through."""
    function = ctypes.CDLL(copy, ctypes.RTLD_LOCAL).tyk_plugin_call
    return ctypes.cast(function, ctypes.c_void_p).value or 0
