"""Plugins in three languages at once, in every mode, with traffic and reloads: no error.

``TYK_TEST_SOAK`` says for how many seconds; a minute is what a release should have seen.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest
from case_languages import Plugins, camel_case

from twisted_tyk.testing import definition

SECONDS = float(os.environ.get("TYK_TEST_SOAK", "3"))
#: Language and mode; each is an API.
KINDS = [("c", "inline"), ("c", "pool"), ("c", "process"), ("rust", "inline"), ("rust", "pool"),
         ("rust", "process"), ("go", "process"), ("go", "pool")]  # fmt: skip
SECRET = {"X-Tyk-Authorization": "secret"}


class Upstream(BaseHTTPRequestHandler):
    """Tells what it got of what the hooks change."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        told = (
            f"{self.headers['X-Set']} {self.headers['X-Secret']} {self.rfile.read(size).decode()}"
        )
        self.send_response(200)
        self.send_header("Content-Length", str(len(told)))
        self.end_headers()
        self.wfile.write(told.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


def api(language: str, mode: str, target: str, generation: int = 0) -> dict[str, Any]:
    def entry(name: str) -> dict[str, str]:
        spelled = camel_case(name) if language == "go" else name
        return {"name": spelled, "path": f"{language}.so", "mode": mode}

    return definition(
        f"{language}-{mode}",
        target,
        pre=[entry("set_headers"), entry("add_header")],
        response=[entry("upper_case")],
        config_data={"generation": generation},
    )


@pytest.fixture
def target() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def port(tmp_path: Path, target: str, plugins: Plugins) -> Iterator[int]:
    """Of a gateway with all of them."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "apps").mkdir()
    for language, mode in KINDS:
        (tmp_path / f"{language}.so").unlink(missing_ok=True)
        (tmp_path / f"{language}.so").symlink_to(plugins[language])
        write(tmp_path, api(language, mode, target))
    settings = {"listen_port": port, "listen_address": "127.0.0.1", "secret": "secret"}
    (tmp_path / "tyk.conf").write_text(json.dumps(settings))
    twistd = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [*twistd, "-n", "--pidfile=", "tyk", "--config", str(tmp_path / "tyk.conf")],
            stdout=log,
            stderr=log,
        )
        try:
            until_ready(port)
            yield port
        finally:
            process.terminate()
            # Twisted ends a process as the signal would have.
            assert process.wait(timeout=30) in (0, -SIGTERM)


def write(folder: Path, made: dict[str, Any]) -> None:
    file = folder / "apps" / f"{made['api_id']}.json"
    new = file.with_suffix(".new")
    new.write_text(json.dumps(made))
    new.replace(file)


def until_ready(port: int) -> None:
    for _ in range(600):
        try:
            if get(port, "/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the gateway did not come up")


def get(port: int, path: str) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=SECRET)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


class Client(threading.Thread):
    """Asks one API over and over, and knows what must come back.

    :ivar asked: how often it got that.
    :ivar wrong: what it got else, or why it stopped.
    """

    def __init__(self, port: int, path: str, over: threading.Event) -> None:
        super().__init__()
        self.asked = 0
        self.wrong: list[object] = []
        self._port = port
        self._path = path
        self._over = over

    def run(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            while not self._over.is_set() and not self.wrong:
                body = f"body {self.asked}" + "." * (self.asked % 7 * 40_000)
                connection.request("POST", self._path, body, {"X-Secret": "hidden"})
                response = connection.getresponse()
                got = response.read().decode()
                if (response.status, got, response.headers["X-Hook"]) != (
                    200, f"BY HOOK NONE {body.upper()}!", "added",
                ):  # fmt: skip
                    self.wrong.append((response.status, got[:100]))
                self.asked += 1
        except (OSError, HTTPException) as error:
            self.wrong.append(error)
        finally:
            connection.close()


@pytest.mark.timeout(SECONDS + 120)
def test_no_error(port: int, target: str, tmp_path: Path) -> None:
    over = threading.Event()
    clients = [
        Client(port, f"/{language}-{mode}/x", over) for language, mode in KINDS for _ in range(2)
    ]
    for client in clients:
        client.start()
    try:
        end = time.monotonic() + SECONDS
        generation = 0
        while time.monotonic() < end:
            generation += 1
            for language, mode in KINDS:
                write(tmp_path, api(language, mode, target, generation))
            assert get(port, "/tyk/reload")[0] == 200
            time.sleep(0.5)
    finally:
        over.set()
        for client in clients:
            client.join()
    assert [client.wrong for client in clients if client.wrong] == []
    assert all(client.asked for client in clients)
    libraries = json.loads(get(port, "/tyk/plugins")[1])
    assert sum(entry["errors"] for library in libraries for entry in library["entries"]) == 0
    assert [library["state"].get("restarts", 0) for library in libraries] == [0] * len(libraries)
    assert "level=error" not in (tmp_path / "log").read_text()
