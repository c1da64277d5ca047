"""A gateway and an upstream in processes of their own, with real sockets, for the plays."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from seed_plays import Ask, Play

ECHO: Final = Path(__file__).resolve().parents[1] / "examples" / "quickstart" / "upstream.py"
START_TWISTD: Final = "from twisted.scripts.twistd import run; run()"


@frozen
class Got:
    status: int
    fields: Mapping[str, str]
    body: str


@frozen
class Running:
    """:ivar port: of the gateway. :ivar output: the file with all that it and plugins print."""

    port: int
    output: Path

    def get(self, path: str, headers: Mapping[str, str] = {}) -> Got:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            fields = {name.lower(): value for name, value in answer.getheaders()}
            return Got(answer.status, fields, answer.read().decode())
        finally:
            connection.close()


@contextmanager
def gateway(folder: Path, definitions: Mapping[str, Mapping[str, Any]]) -> Iterator[Running]:
    """Serve the definitions while the context lasts.

    :param definitions: their keys apart from name, key and proxy, by API.
    """
    listen, upstream = _free_port(), _free_port()
    (folder / "apps").mkdir()
    for api, keys in definitions.items():
        document = {
            "name": f"API of {api}",
            "api_id": api,
            "org_id": "default",
            "active": True,
            "use_keyless": True,
            "version_data": {"not_versioned": True, "versions": {"Default": {"name": "Default"}}},
            "proxy": {
                "listen_path": f"/{api}/",
                "target_url": f"http://127.0.0.1:{upstream}/",
                "strip_listen_path": True,
            },
            **keys,
        }
        (folder / "apps" / f"{api}.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "tyk.conf").write_text(json.dumps({"app_path": "apps", "secret": "s"}))
    twistd = [sys.executable, "-c", START_TWISTD, "-n", "--pidfile=", "tyk", "-c", "tyk.conf"]
    running = Running(listen, folder / "output")
    with ExitStack() as processes, running.output.open("wb") as output:
        for command in (
            [sys.executable, str(ECHO), str(upstream)],
            [*twistd, "--port", str(listen)],
        ):
            started = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)
            processes.enter_context(started)
            processes.callback(started.terminate)
        _wait(Running(upstream, running.output))
        _wait(running)
        yield running


def differences(running: Running, api: str, play: Play) -> Iterator[str]:
    """Play it; yields in one sentence each what is not as the page says."""
    before = running.output.stat().st_size
    for ask in play.asks:
        yield from _compared(f"GET {ask.target} {dict(ask.headers)}", ask, running, api)
    for text in play.printed:
        # What a plugin prints comes through a pipe of its process.
        deadline = time.monotonic() + 5
        while text.encode() not in running.output.read_bytes()[before:]:
            if time.monotonic() > deadline:
                yield f"{text!r} was not printed"
                break
            time.sleep(0.05)


def differences_alone(library: Path, play: Play) -> Iterator[str]:
    """Call the function by ``tyk plugin run``; yields what it should have printed."""
    start = "from twisted_tyk.cli import main; main()"
    command = [sys.executable, "-c", start, "plugin", "run", str(library), "-s", play.function]
    command += ["--definition", json.dumps(play.keys)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        yield f"status {done.returncode}: {done.stderr.strip()}"
    for text in play.printed:
        if text not in done.stdout + done.stderr:
            yield f"{text!r} was not printed, but {done.stdout + done.stderr!r}"


def _compared(title: str, ask: Ask, running: Running, api: str) -> Iterator[str]:
    got = running.get(f"/{api}{ask.target}", ask.headers)
    if got.status != ask.status:
        yield f"{title}: status {got.status}, expected {ask.status}; {got.body!r}"
    if not re.search(ask.body, got.body):
        yield f"{title}: body {got.body!r}, expected {ask.body}"
    for name, value in ask.fields.items():
        found = got.fields.get(name.lower())
        if found is None or not re.fullmatch(value, found):
            yield f"{title}: {name}: {found}, expected {value}"
    more = set(got.fields) - {name.lower() for name in ask.fields} - {"connection"}
    if ask.only and more:
        yield f"{title}: fields that the page does not have: {', '.join(sorted(more))}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(running: Running) -> None:
    for _ in range(300):
        try:
            running.get("/hello")
            return
        except (OSError, HTTPException):
            time.sleep(0.1)
    raise SystemExit(f"nothing answers:\n{running.output.read_text(errors='replace')}")
