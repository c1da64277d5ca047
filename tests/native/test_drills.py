"""A gateway process with traffic on real sockets: what a plugin does, other APIs never notice."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from building import BuildPlugin
from plugin_processes import compile_troubles

from twisted_tyk.testing import definition

HERE = Path(__file__).parent


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body in one piece
    seen: dict[str, str | None]

    def do_GET(self) -> None:
        self.seen[self.path] = self.headers["X-Half"]
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, format: str, *args: object) -> None:
        pass


@define(eq=False)
class Gateway:
    """A gateway process.

    :ivar seen: the field X-Half of requests that the upstream got, by path.
    """

    port: int
    upstream: int
    folder: Path
    process: subprocess.Popen[str]
    seen: dict[str, str | None]
    numbers: Iterator[int] = field(factory=count)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", path, headers={"X-Tyk-Authorization": "secret"})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def install(self, library: Path, *functions: str) -> Path:
        """An API for each function of a library that no other API uses.

        :returns: the file, whose name without ``.so`` begins the names of the APIs.
        """
        file = self.folder / f"p{next(self.numbers)}.so"
        # What is appended makes it another library, and the loader does not mind.
        file.write_bytes(library.read_bytes() + file.name.encode())
        for function in functions:
            self.add(f"{file.stem}-{function}", file, function)
        assert self.get("/tyk/reload?block=true")[0] == 200
        return file

    def add(self, name: str, file: Path | None = None, function: str = "") -> None:
        hooks = {}
        if file is not None:
            entry = {"name": function, "path": str(file), "mode": "process", "timeout": 2.5}
            hooks["pre"] = [entry]
        api = definition(name, f"http://127.0.0.1:{self.upstream}/{name}/", **hooks)
        api["custom_middleware"]["driver"] = "goplugin"
        (self.folder / "apps" / f"{name}.json").write_text(json.dumps(api))

    def state(self, file: Path) -> dict[str, Any]:
        """Of the library in the process."""
        plugins = json.loads(self.get("/tyk/plugins")[1])
        state: dict[str, Any] = next(
            plugin["state"] for plugin in plugins if plugin["file"] == str(file)
        )
        return state

    def until(self, holds: Callable[[], object]) -> None:
        for _ in range(1000):
            if holds():
                return
            time.sleep(0.02)
        raise AssertionError("it did not come to that")


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_troubles(tmp_path_factory.mktemp("troubles"))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, troubles: Path) -> Iterator[Gateway]:
    """A gateway with an API without a plugin, and one with a plugin that behaves."""
    yield from running(tmp_path_factory.mktemp("gateway"), troubles)


def running(folder: Path, troubles: Path) -> Iterator[Gateway]:
    upstream = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("Seeing", (Upstream,), {"seen": (seen := {})})
    )
    threading.Thread(target=upstream.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "apps").mkdir()
    settings = {
        "listen_port": port,
        "listen_address": "127.0.0.1",
        "secret": "secret",
        "hook_timeout": 1,
        "plugin_memory_limit": 64,
        "plugin_cache_path": str(folder / "cache"),
    }
    (folder / "tyk.conf").write_text(json.dumps(settings))
    twistd = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*twistd, "-n", "--pidfile=", "tyk", "--config", str(folder / "tyk.conf")],
            stdout=log,
            stderr=subprocess.STDOUT,
            text=True,
        )
    made = Gateway(port, upstream.server_address[1], folder, process, seen)
    try:
        made.until(lambda: _ready(made))
        made.add("plain")
        made.install(troubles, "Sleep")
        yield made
    finally:
        process.terminate()
        process.wait(timeout=30)
        upstream.shutdown()
        upstream.server_close()


def _ready(gateway: Gateway) -> bool:
    try:
        return gateway.get("/hello")[0] == 200
    except OSError:
        return False


@pytest.fixture
def beside(gateway: Gateway) -> Iterator[None]:
    """Traffic to other APIs all the time, of which nothing may fail."""
    over = threading.Event()
    answers: list[tuple[int, str]] = []

    def ask(path: str) -> None:
        while not over.is_set():
            try:
                answers.append(gateway.get(path))
            except (OSError, http.client.HTTPException) as error:
                answers.append((0, repr(error)))
            time.sleep(0.005)

    threads = [threading.Thread(target=ask, args=(path,)) for path in ("/plain/", "/p0-Sleep/") * 2]
    for thread in threads:
        thread.start()
    yield
    over.set()
    for thread in threads:
        thread.join()
    assert set(answers) == {(200, "ok")}


def drill(gateway: Gateway, library: Path, function: str, fine: str) -> tuple[int, Path]:
    """Call a function that does harm. :returns: the status, and the library's file."""
    file = gateway.install(library, function, fine)
    assert gateway.get(f"/{file.stem}-{fine}/") == (200, "ok")
    status, _ = gateway.get(f"/{file.stem}-{function}/")
    assert f"/{file.stem}-{function}/" not in gateway.seen, "the upstream is not asked"
    gateway.until(lambda: gateway.get(f"/{file.stem}-{fine}/") == (200, "ok"))
    return status, file


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("function", "status"),
    [("Segfault", 502), ("Exit", 502), ("Abort", 502), ("Allocate", 502), ("Garbage", 502)],
)
def test_a_process_that_dies_is_502(
    gateway: Gateway, troubles: Path, function: str, status: int
) -> None:
    """And there is another one for the next request."""
    told, file = drill(gateway, troubles, function, "Sleep")
    assert told == status
    assert gateway.state(file)["restarts"] == 1


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize("function", ["Echo", "Lie"])
def test_a_frame_full_of_lies_is_500(gateway: Gateway, troubles: Path, function: str) -> None:
    """Nothing of it is carried out, and nothing died."""
    told, file = drill(gateway, troubles, function, "Sleep")
    assert told == 500
    assert gateway.state(file)["restarts"] == 0
    assert set(gateway.seen.values()) == {None}


@pytest.mark.usefixtures("beside")
def test_a_call_without_end_is_504(gateway: Gateway, troubles: Path) -> None:
    """And its process is replaced."""
    told, file = drill(gateway, troubles, "Spin", "Sleep")
    assert told == 504
    gateway.until(lambda: gateway.state(file)["recycled"] == 1)
    assert gateway.get(f"/{file.stem}-Sleep/") == (200, "ok")
    assert gateway.state(file)["restarts"] == 0


@pytest.mark.usefixtures("beside")
def test_writing_over_a_file_harms_nobody(gateway: Gateway, troubles: Path) -> None:
    """It is a copy that is loaded."""
    file = gateway.install(troubles, "Sleep")
    assert gateway.get(f"/{file.stem}-Sleep/") == (200, "ok")
    file.write_bytes(b"\0" * file.stat().st_size)
    for _ in range(20):
        assert gateway.get(f"/{file.stem}-Sleep/") == (200, "ok")
    os.kill(gateway.state(file)["pid"], signal.SIGKILL)
    gateway.until(lambda: gateway.get(f"/{file.stem}-Sleep/") == (200, "ok"))


@pytest.mark.usefixtures("beside")
def test_a_process_that_is_killed_is_502(gateway: Gateway, troubles: Path) -> None:
    """For the call that is under way, and nobody else."""
    file = gateway.install(troubles, "Slow", "Sleep")
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(gateway.get(f"/{file.stem}-Slow/")))
    asking.start()
    gateway.until(lambda: gateway.state(file)["in_flight"])
    os.kill(gateway.state(file)["pid"], signal.SIGKILL)
    asking.join()
    assert [status for status, _ in answers] == [502]
    assert gateway.get(f"/{file.stem}-Sleep/") == (200, "ok")


@pytest.fixture(scope="module")
def go_drills(build_plugin: BuildPlugin, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_plugin(HERE / "drills", tmp_path_factory.mktemp("drills") / "drills.so").file


@pytest.mark.usefixtures("beside")
@pytest.mark.parametrize(
    ("function", "status", "restarts"),
    [("PanicHere", 500, 0), ("PanicElsewhere", 502, 1), ("Leave", 502, 1)],
)
def test_go_takes_nobody_along(
    gateway: Gateway, go_drills: Path, function: str, status: int, restarts: int
) -> None:
    """A panic in a hook costs its request, one in a goroutine its process."""
    told, file = drill(gateway, go_drills, function, "Fine")
    assert (told, gateway.state(file)["restarts"]) == (status, restarts)


def test_a_stop_lets_a_call_under_way_finish(tmp_path: Path, troubles: Path) -> None:
    """Told to the gateway and to all its processes, as service managers do."""
    gateways = running(tmp_path, troubles)
    gateway = next(gateways)
    file = gateway.install(troubles, "Slow")
    answers: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answers.append(gateway.get(f"/{file.stem}-Slow/")))
    asking.start()
    gateway.until(lambda: gateway.state(file)["in_flight"])
    pid = gateway.state(file)["pid"]
    os.kill(pid, signal.SIGTERM)
    gateway.process.terminate()
    asking.join()
    assert answers == [(200, "ok")]
    gateway.process.wait(timeout=30)
    assert not Path(f"/proc/{pid}").exists()
    gateways.close()  # type: ignore[attr-defined]
