"""A gateway process with traffic on real sockets: what a plugin does, other APIs never notice."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from attrs import field, frozen
from building import BuildPlugin
from gateway_process import GatewayProcess, Upstream, gateway_process, serving, until
from plugin_processes import compile_troubles

from twisted_tyk.testing import definition

HERE = Path(__file__).parent


class Seeing(Upstream):
    """:ivar seen: the field X-Half of requests that it got, by path."""

    seen: dict[str, str | None]

    def do_GET(self) -> None:
        self.seen[self.path] = self.headers["X-Half"]
        self.say("ok")


@frozen
class Gateway(GatewayProcess):
    """
    :ivar upstream: its port.
    :ivar seen: what that saw.
    """

    upstream: int
    seen: dict[str, str | None]
    numbers: Iterator[int] = field(factory=count)

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
        self.define(api)

    def state(self, file: Path) -> dict[str, Any]:
        """Of the library in the process."""
        plugins = json.loads(self.get("/tyk/plugins")[1])
        state: dict[str, Any] = next(
            plugin["state"] for plugin in plugins if plugin["file"] == str(file)
        )
        return state


@pytest.fixture(scope="module")
def troubles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_troubles(tmp_path_factory.mktemp("troubles"))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory, troubles: Path) -> Iterator[Gateway]:
    """A gateway with an API without a plugin, and one with a plugin that behaves."""
    with running(tmp_path_factory.mktemp("gateway"), troubles) as made:
        yield made


@contextmanager
def running(folder: Path, troubles: Path) -> Iterator[Gateway]:
    seen: dict[str, str | None] = {}
    settings = {
        "hook_timeout": 1,
        "plugin_memory_limit": 64,
        "plugin_cache_path": str(folder / "cache"),
    }
    with (
        serving(type("Seeing", (Seeing,), {"seen": seen})) as upstream,
        gateway_process(folder, **settings) as started,
    ):
        made = Gateway(started.port, folder, started.process, upstream, seen)
        made.add("plain")
        made.install(troubles, "Sleep")
        yield made


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
    until(lambda: gateway.get(f"/{file.stem}-{fine}/") == (200, "ok"))
    return status, file


def slow_call(gateway: Gateway, file: Path) -> tuple[threading.Thread, list[tuple[int, str]]]:
    """A call that is under way by now, and its answer when it has come."""
    while True:
        answers: list[tuple[int, str]] = []
        ask = partial(gateway.get, f"/{file.stem}-Slow/")
        asking = threading.Thread(target=lambda to, ask: to.append(ask()), args=(answers, ask))
        asking.start()
        while asking.is_alive():
            if gateway.state(file)["in_flight"]:
                return asking, answers
        # It was over before it was seen.


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
    until(lambda: gateway.state(file)["recycled"] == 1)
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
    until(lambda: gateway.get(f"/{file.stem}-Sleep/") == (200, "ok"))


@pytest.mark.usefixtures("beside")
def test_a_process_that_is_killed_is_502(gateway: Gateway, troubles: Path) -> None:
    """For the call that is under way, and nobody else."""
    file = gateway.install(troubles, "Slow", "Sleep")
    asking, answers = slow_call(gateway, file)
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
    with running(tmp_path, troubles) as gateway:
        file = gateway.install(troubles, "Slow")
        asking, answers = slow_call(gateway, file)
        pid = gateway.state(file)["pid"]
        os.kill(pid, signal.SIGTERM)
        gateway.process.terminate()
        asking.join()
        assert answers == [(200, "ok")]
        gateway.process.wait(timeout=30)
        assert not Path(f"/proc/{pid}").exists()
