"""A gateway process with traffic on real sockets: what is done to it, nobody notices."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from twisted_tyk.testing import definition

HOOK = "def hook(rw, request):\n    rw.headers.set('X-Generation', '{}')\n"
CLIENTS = 8


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one piece

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(0.5)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def upstream() -> Iterator[int]:
    """The port of an upstream that says ok."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def running(tmp_path: Path, upstream: int) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port and the process of a gateway with a hook in ``tmp_path/hooks.py``."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "apps").mkdir()
    (tmp_path / "hooks.py").write_text(HOOK.format(0))
    hooks = [{"name": "hook", "path": "hooks.py"}]
    api = definition("api", f"http://127.0.0.1:{upstream}/", pre=hooks)
    (tmp_path / "apps" / "api.json").write_text(json.dumps(api))
    settings = {"listen_port": port, "listen_address": "127.0.0.1", "secret": "secret"}
    (tmp_path / "tyk.conf").write_text(json.dumps(settings))
    twistd = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
    process = subprocess.Popen(
        [*twistd, "-n", "--pidfile=", "tyk", "--config", str(tmp_path / "tyk.conf")],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _wait_until_ready(port)
        yield port, process
    finally:
        process.terminate()
        process.communicate(timeout=30)


def _wait_until_ready(port: int) -> None:
    for _ in range(600):
        try:
            if _get(port, "/ready") == 200:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise AssertionError("the gateway did not come up")


def _get(port: int, path: str, **headers: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"X-Tyk-Authorization": "secret", **headers})
        return connection.getresponse().status
    finally:
        connection.close()


class Traffic:
    """Clients that ask over kept connections, one request after the other.

    :ivar answers: status and generation of each, per client.
    :ivar failures: whatever went wrong.
    """

    def __init__(self, port: int) -> None:
        self.answers: list[list[tuple[int, str | None]]] = [[] for _ in range(CLIENTS)]
        self.failures: list[Exception] = []
        self._port = port
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(answers,)) for answers in self.answers
        ]

    def __enter__(self) -> Traffic:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, answers: list[tuple[int, str | None]]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            while not self._over.is_set():
                connection.request("GET", "/api/x")
                response = connection.getresponse()
                response.read()
                answers.append((response.status, response.getheader("X-Generation")))
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(error)
        finally:
            connection.close()


def test_reloads_lose_no_request_and_no_answer_is_stale(
    running: tuple[int, subprocess.Popen[str]], tmp_path: Path
) -> None:
    """Given steady traffic, when the hook is replaced again and again, all are answered.

    What is asked after a reload's reply gets the new hook.
    """
    port, _ = running
    with Traffic(port) as traffic:
        for generation in range(1, 21):
            (tmp_path / "hooks.py").write_text(HOOK.format(generation))
            assert _get(port, "/tyk/reload") == 200
            before = [len(answers) for answers in traffic.answers]
            time.sleep(0.02)
            for answers, count in zip(traffic.answers, before, strict=True):
                # The first may have been on its way already.
                assert {seen for _, seen in answers[count + 1 :]} <= {str(generation)}
    assert traffic.failures == []
    assert {status for answers in traffic.answers for status, _ in answers} == {200}
    assert sum(map(len, traffic.answers)) > 5 * CLIENTS


def test_a_stop_lets_requests_under_way_come_to_their_end(
    running: tuple[int, subprocess.Popen[str]],
) -> None:
    """Given a slow request, when the process is told to stop, the client still gets its answer."""
    port, process = running
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", "/api/slow")
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"ok")
    assert response.getheader("Connection") == "close"
    connection.close()
    output, _ = process.communicate(timeout=30)
    assert "cut off" not in output
    with pytest.raises(ConnectionRefusedError):
        _get(port, "/hello")
