"""Plugins in three languages at once, in every mode, with traffic and reloads: no error.

``TYK_TEST_SOAK`` says for how many seconds; a minute is what a release should have seen.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from case_languages import Plugins, camel_case
from gateway_process import GatewayProcess, Upstream, gateway_process, serving

from twisted_tyk.testing import definition

SECONDS = float(os.environ.get("TYK_TEST_SOAK", "3"))
#: Language and mode; each is an API.
KINDS = [("c", "inline"), ("c", "pool"), ("c", "process"), ("rust", "inline"), ("rust", "pool"),
         ("rust", "process"), ("go", "process"), ("go", "pool")]  # fmt: skip


class Telling(Upstream):
    """Tells what it got of what the hooks change."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.say(f"{self.headers['X-Set']} {self.headers['X-Secret']} {body}")


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
    with serving(Telling) as port:
        yield f"http://127.0.0.1:{port}/"


@pytest.fixture
def gateway(tmp_path: Path, target: str, plugins: Plugins) -> Iterator[GatewayProcess]:
    """With all of them."""
    for language in {language for language, _ in KINDS}:
        (tmp_path / f"{language}.so").symlink_to(plugins[language])
    with gateway_process(tmp_path, *(api(*kind, target) for kind in KINDS)) as running:
        yield running


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
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
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
def test_no_error(gateway: GatewayProcess, target: str) -> None:
    over = threading.Event()
    clients = [
        Client(gateway.port, f"/{language}-{mode}/x", over)
        for language, mode in KINDS
        for _ in range(2)
    ]
    for client in clients:
        client.start()
    try:
        end = time.monotonic() + SECONDS
        generation = 0
        while time.monotonic() < end:
            generation += 1
            for kind in KINDS:
                gateway.define(api(*kind, target, generation))
            assert gateway.get("/tyk/reload")[0] == 200
            time.sleep(0.5)
    finally:
        over.set()
        for client in clients:
            client.join()
    assert [client.wrong for client in clients if client.wrong] == []
    assert all(client.asked for client in clients)
    libraries = json.loads(gateway.get("/tyk/plugins")[1])
    assert sum(entry["errors"] for library in libraries for entry in library["entries"]) == 0
    assert [library["state"].get("restarts", 0) for library in libraries] == [0] * len(libraries)
    assert "level=error" not in gateway.log()
