"""A gateway process with traffic on real sockets: what is done to it, nobody notices."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_process import GatewayProcess, Upstream, gateway_process, serving, until

from twisted_tyk.testing import definition

HOOK = "def hook(rw, request):\n    rw.headers.set('X-Generation', '{}')\n"
CLIENTS = 8


class Slow(Upstream):
    """Answers ``/slow`` when it may."""

    asked: threading.Event
    may: threading.Event

    def do_GET(self) -> None:
        if self.path == "/slow":
            self.asked.set()
            self.may.wait(30)
        self.say("ok")


@pytest.fixture
def upstream() -> type[Slow]:
    return type("Slow", (Slow,), {"asked": threading.Event(), "may": threading.Event()})


@pytest.fixture
def gateway(tmp_path: Path, upstream: type[Slow]) -> Iterator[GatewayProcess]:
    """A gateway with a hook in ``tmp_path/hooks.py``."""
    (tmp_path / "hooks.py").write_text(HOOK.format(0))
    hooks = [{"name": "hook", "path": "hooks.py"}]
    with serving(upstream) as port:
        api = definition("api", f"http://127.0.0.1:{port}/", pre=hooks)
        with gateway_process(tmp_path, api) as running:
            yield running


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


def test_reloads_lose_no_request_and_no_answer_is_stale(gateway: GatewayProcess) -> None:
    """Given steady traffic, when the hook is replaced again and again, all are answered.

    What is asked after a reload's reply gets the new hook.
    """
    with Traffic(gateway.port) as traffic:
        for generation in range(1, 21):
            (gateway.folder / "hooks.py").write_text(HOOK.format(generation))
            assert gateway.get("/tyk/reload")[0] == 200
            before = [len(answers) for answers in traffic.answers]
            time.sleep(0.02)
            for answers, count in zip(traffic.answers, before, strict=True):
                # The first may have been on its way already.
                assert {seen for _, seen in answers[count + 1 :]} <= {str(generation)}
    assert traffic.failures == []
    assert {status for answers in traffic.answers for status, _ in answers} == {200}
    assert sum(map(len, traffic.answers)) > 5 * CLIENTS


def test_a_stop_lets_requests_under_way_come_to_their_end(
    gateway: GatewayProcess, upstream: type[Slow]
) -> None:
    """Given a slow request, when the process is told to stop, the client still gets its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=30)
    connection.request("GET", "/api/slow")
    assert upstream.asked.wait(30)
    gateway.process.terminate()
    until(lambda: gateway.answers("/hello") == 0)
    upstream.may.set()
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"ok")
    assert response.getheader("Connection") == "close"
    connection.close()
    gateway.process.wait(timeout=30)
    assert "cut off" not in gateway.log()
