"""Patches on disk for gateways in memory, and requests that meet them."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from twisted_tyk.testing import Client, MemoryGateway

SETTINGS: dict[str, Any] = {"patches_path": "patches"}

_HEAD = """
from twisted.internet.defer import Deferred
from zope.interface import implementer
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Reply
from twisted_tyk.interfaces import IStep

@implementer(IStep)
class Patch:
    def __init__(self, replaced, api, config):
        self.replaced, self.api, self.config = replaced, api, config

"""


def python(process: str, head: str = "") -> str:
    """A module with a class ``Patch``. :param process: what its body is."""
    is_async = "async " if "await " in process else ""
    body = textwrap.indent(textwrap.dedent(process).strip(), " " * 8)
    return f"{head}{_HEAD}    {is_async}def process(self, exchange):\n{body}\n"


def manifest(name: str = "fix", **keys: Any) -> dict[str, Any]:
    """One of a Python patch of the list of allowed addresses."""
    return {
        "name": name,
        "version": "1.0",
        "replaces": "IPWhiteListMiddleware",
        "gateway": ">=0.1",
        "path": "patch.py",
        "symbol": "Patch",
        **keys,
    }


def lay(base: Path, process: str, folder: str = "fix", **keys: Any) -> Path:
    """Write a patch into ``patches`` of ``base``. :param process: see :func:`python`."""
    made = base / "patches" / folder
    made.mkdir(parents=True, exist_ok=True)
    (made / "manifest.json").write_text(json.dumps(manifest(**{"name": folder, **keys}), indent=1))
    text = process if "class " in process or not process else python(process)
    (made / "patch.py").write_text(text)
    return made


def listed(gateway: MemoryGateway) -> dict[str, dict[str, Any]]:
    """What ``/tyk/patches`` says, by the names of folders and archives."""
    answer = gateway.control("/tyk/patches")
    assert answer.status == 200
    return {each["file"]: each for each in json.loads(answer.body)}


def reload(gateway: MemoryGateway) -> str:
    """Reload, and what the gateway has to say of it."""
    answer = gateway.control("/tyk/reload")
    assert answer.status == 200
    message: str = json.loads(answer.body)["message"]
    return message


def ready(gateway: MemoryGateway) -> tuple[int, str]:
    """``/ready``, for those who have the secret."""
    answer = gateway.control("/ready")
    return answer.status, answer.body.decode().replace('\\"', '"')


def begin(running: MemoryGateway, address: str = "10.0.0.9") -> Client:
    """Send a request, whose answer need not come at once. :param address: of the client."""
    client = running.connect()
    head = f"GET /one/x HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: {address}\r\n\r\n"
    running.send(client, head.encode())
    return client


def statuses(client: Client) -> list[int]:
    """Of the answers that have come."""
    return [answer.status for answer in client.answers]
