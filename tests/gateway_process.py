"""A gateway in a process of its own, with real sockets, and upstreams for it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGTERM
from typing import Any

from attrs import frozen
from free_ports import free_port

SECRET = "secret"


class Upstream(BaseHTTPRequestHandler):
    """Says ok."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one piece

    def do_GET(self) -> None:
        self.say("ok")

    def say(self, text: str) -> None:
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving(upstream: type[Upstream]) -> Iterator[int]:
    """The port that it is served on."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@frozen
class GatewayProcess:
    """:ivar folder: has its ``tyk.conf``, its definitions and what it prints (``log``)."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> tuple[int, str]:
        """Status and body, of the control API too."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"X-Tyk-Authorization": SECRET})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def answers(self, path: str) -> int:
        """The status, 0 when nobody listens."""
        try:
            return self.get(path)[0]
        except OSError:
            return 0

    def define(self, api: dict[str, Any]) -> None:
        """Add or replace a definition in one step; a reload makes it count."""
        define(self.folder, api)

    def log(self) -> str:
        return (self.folder / "log").read_text()


def define(folder: Path, api: dict[str, Any]) -> None:
    file = folder / "apps" / f"{api['api_id']}.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps(api))
    new.replace(file)


def until(holds: Callable[[], object]) -> None:
    """Wait for it, for as long as no machine should take."""
    for _ in range(1500):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


@contextmanager
def gateway_process(
    folder: Path, *apis: dict[str, Any], **settings: Any
) -> Iterator[GatewayProcess]:
    """A gateway that is ready, in an empty folder, and that ends as it should."""
    with free_port() as port:
        yield from _running(folder, port, apis, settings)


def _running(
    folder: Path, port: int, apis: Iterable[dict[str, Any]], settings: dict[str, Any]
) -> Iterator[GatewayProcess]:
    (folder / "apps").mkdir()
    for api in apis:
        define(folder, api)
    conf = {"listen_port": port, "listen_address": "127.0.0.1", "secret": SECRET, **settings}
    (folder / "tyk.conf").write_text(json.dumps(conf))
    twistd = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*twistd, "-n", "--pidfile=", "tyk", "--config", str(folder / "tyk.conf")],
            stdout=log,
            stderr=log,
        )
    gateway = GatewayProcess(port, folder, process)
    try:
        until(lambda: process.poll() is not None or gateway.answers("/ready") == 200)
        assert process.poll() is None, gateway.log()
        yield gateway
    finally:
        process.terminate()
        # Twisted ends a process as the signal would have.
        assert process.wait(timeout=30) in (0, -SIGTERM), gateway.log()
