"""Starts a Tyk gateway and one of ours with the same APIs, policies and settings."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from tyk_pair import SECRET, Pair, Side

ECHO: Final = Path(__file__).resolve().parents[1] / "examples" / "quickstart" / "upstream.py"
START_TWISTD: Final = "from twisted.scripts.twistd import run; run()"


@frozen
class Programs:
    """:ivar templates: the folder of Tyk's templates of error bodies."""

    tyk: str
    redis: str
    templates: Path


@contextmanager
def pair(
    programs: Programs,
    folder: Path,
    definitions: list[dict[str, Any]],
    policies: dict[str, Any],
    settings: Mapping[str, Any],
) -> Iterator[Pair]:
    """Start both in an empty folder, with an upstream that answers with what it was sent.

    :raises SystemExit: when one of them does not get ready, with what it has printed.
    """
    redis, upstream, tyk, ours = (_free_port() for _ in range(4))
    for name, port in (("tyk", tyk), ("ours", ours)):
        own = {"template_path": str(programs.templates)} if name == "tyk" else {}
        document = _settings(port, redis, {**own, **settings})
        _configure(folder / name, upstream, definitions, policies, document)
    twistd = [sys.executable, "-c", START_TWISTD, "-n", "--pidfile=", "tyk"]
    here = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    both = Pair(Side("tyk", tyk), Side("ours", ours), redis, folder)
    with ExitStack() as processes:
        for side, path, command in (
            (Side("redis", redis), "", [programs.redis, "--port", str(redis), *here]),
            (Side("upstream", upstream), "/", [sys.executable, str(ECHO), str(upstream)]),
            (both.tyk, "/open/", [programs.tyk, "start", "--conf", "tyk.conf"]),
            (both.ours, "/open/", [*twistd, "-c", "tyk.conf"]),
        ):
            processes.enter_context(_running(folder / side.name, side, path, command))
        yield both


@contextmanager
def _running(folder: Path, side: Side, path: str, command: list[str]) -> Iterator[None]:
    """:param path: what it answers when it is ready; without one it need only listen."""
    folder.mkdir(exist_ok=True)
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            command, cwd=folder, stdout=output, stderr=output, env=environment
        )
    with process:
        try:
            deadline = time.monotonic() + 60
            while not _ready(side, path):
                if process.poll() is not None or time.monotonic() > deadline:
                    printed = (folder / "output").read_text(errors="replace")[-2000:]
                    raise SystemExit(f"{side.name} does not get ready:\n{printed}")
                time.sleep(0.05)
            yield
        finally:
            process.terminate()


def _ready(side: Side, path: str) -> bool:
    try:
        if path:
            return side.get(path).status == 200
        socket.create_connection(("127.0.0.1", side.port), 1).close()
    except (OSError, HTTPException):
        return False
    return True


def _settings(port: int, redis: int, more: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "listen_address": "127.0.0.1",
        "listen_port": port,
        "secret": SECRET,
        "app_path": "apps",
        "middleware_path": "middleware",
        "policies": {"policy_source": "file", "policy_record_name": "policies.json"},
        "storage": {"type": "redis", "host": "127.0.0.1", "port": redis},
        **more,
    }


def _configure(
    folder: Path,
    upstream: int,
    definitions: list[dict[str, Any]],
    policies: dict[str, Any],
    settings: dict[str, Any],
) -> None:
    (folder / "apps").mkdir(parents=True)
    (folder / "middleware").mkdir()
    for each in definitions:
        proxy = {"target_url": f"http://127.0.0.1:{upstream}/", "strip_listen_path": True}
        document = {**each, "proxy": {**proxy, **each["proxy"]}}
        (folder / "apps" / f"{each['api_id']}.json").write_text(json.dumps(document))
    (folder / "policies.json").write_text(json.dumps(policies))
    (folder / "tyk.conf").write_text(json.dumps(settings))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
