"""Bundles come over HTTP: all of a gateway, and a server that is real but for its sockets."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from bundle_files import HOOK, bundle_of, folder_of, keys_of, made
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from gateways import MakeGateway

from twisted_tyk.bundles.sign import Signer
from twisted_tyk.testing import MemoryGateway, definition


class Server:
    """Has bundles below ``/bundles/``, and remembers what it was asked."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, int]] = []
        self.status = 200
        self.coding = ""
        self.told: list[tuple[str | None, str | None]] = []
        self.user = ""

    def __call__(self, request: Any) -> bytes:
        if not request.path.startswith(b"/bundles/"):
            return b"upstream"
        name = request.path.decode().rpartition("/")[2]
        self.told.append((request.getHeader("Accept-Encoding"), request.getHeader("Cookie")))
        request.addCookie("a", "1")
        self.user = f"{request.getUser().decode()}:{request.getPassword().decode()}"
        content = self.files.get(name, b"")
        etag = f'"{hash(content)}"'.encode()
        status = self.status if content else 404
        if status == 200 and request.setETag(etag):
            status = 304
        request.setResponseCode(status)
        self.asked.append((name, status))
        if status != 200:
            return b""
        if self.coding:
            request.setHeader("Content-Encoding", self.coding)
        return content


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def settings() -> dict[str, Any]:
    return {
        "enable_bundle_downloader": True,
        "bundle_base_url": "http://bundles.test:8000/bundles",
    }


def api(name: str = "a.zip", **more: Any) -> dict[str, Any]:
    return definition("one", custom_middleware_bundle=name, **more)


def served(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], *apis: dict[str, Any]
) -> MemoryGateway:
    """A gateway that was started and then reloaded, as its server is there now."""
    running = gateway(*(apis or (api(),)), settings={**settings, "enable_bundle_downloader": True})
    running.upstream.answer = server
    arrive(running)
    return running


def arrive(running: MemoryGateway) -> None:
    """Let the reload that is under way come to its end."""
    while running.service.reloader.busy:
        if running.service.tasks():
            running.wait_for_thread()
        else:
            running.advance(0.25)
    while running.service.tasks():
        running.wait_for_thread()


def reload(running: MemoryGateway) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(running.control("/tyk/reload?verbose=1").body)
    return told


def added(running: MemoryGateway) -> list[str]:
    """What the upstream sees of hooks of bundles."""
    assert running.get("/one/x").status == 200
    return running.upstream.requests[-1].headers.get_all("X-Bundle")


def archive(folder: Path, value: str, **manifest: Any) -> bytes:
    return made(folder / f"in-{value}", folder / "made.zip", value, **manifest).read_bytes()


def test_it_comes_and_is_asked_for_again_at_each_reload(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    server.files["a.zip"] = archive(tmp_path, "1")
    running = served(gateway, server, settings)
    assert added(running) == ["1"]
    reload(running)
    server.files["a.zip"] = archive(tmp_path, "2")
    reload(running)
    assert added(running) == ["2"]
    assert server.asked == [("a.zip", 200), ("a.zip", 304), ("a.zip", 200)]


def test_the_last_good_one_goes_on_while_the_server_is_away(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    server.files["a.zip"] = archive(tmp_path, "1")
    running = served(gateway, server, settings)
    running.upstream.reachable = False
    client = running.connect()
    running.send(
        client,
        b"GET /tyk/reload?verbose=1 HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n\r\n",
    )
    arrive(running)
    running.settle()
    message = json.loads(client.answers[0].body)["message"]
    running.upstream.reachable = True
    assert added(running) == ["1"]
    assert re.search(r"bundle a\.zip: Couldn't fetch bundle: .*; the last good version", message)


@pytest.mark.parametrize("coding", ["gzip", "gzip, gzip", "br"])
def test_a_server_that_compresses_though_it_was_not_asked_to(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path, coding: str
) -> None:
    server.files["a.zip"] = archive(tmp_path, "1")
    server.coding = coding
    running = served(gateway, server, settings)
    assert running.get("/one/x").status == 404
    assert "it is sent compressed" in running.control("/ready").body.decode()
    server.coding = "identity"
    reload(running)
    assert added(running) == ["1"]


def test_cookies_are_not_kept(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    server.files["a.zip"] = archive(tmp_path, "1")
    running = served(gateway, server, settings)
    reload(running)
    assert [status for _, status in server.asked] == [200, 304]
    assert server.told == [("identity", None), ("identity", None)]


def test_a_server_that_wants_a_password(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    server.files["a.zip"] = archive(tmp_path, "1")
    settings["bundle_base_url"] = "http://u:p%40@bundles.test:8000/bundles?token=t0ken"
    running = served(gateway, server, settings)
    assert added(running) == ["1"]
    assert server.user == "u:p@"
    kept = list((tmp_path / "middleware" / "bundles").rglob("current.json"))
    assert len(kept) == 1
    assert "p%40" not in kept[0].read_text()
    assert "t0ken" not in kept[0].read_text()


def test_hooks_of_several_bundles_are_called_in_their_order(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    server.files |= {"a.zip": archive(tmp_path, "1"), "b.zip": archive(tmp_path, "2")}
    running = served(gateway, server, settings, api("b.zip, a.zip"))
    assert added(running) == ["2", "1"]


def test_bundles_that_do_not_go_together(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    other = {"driver": "native", "pre": [{"name": "Add", "path": "add.py"}]}
    server.files |= {
        "a.zip": archive(tmp_path, "1"),
        "b.zip": archive(tmp_path, "2", custom_middleware=other),
    }
    running = served(gateway, server, settings, api("a.zip,b.zip"))
    assert running.get("/one/x").status == 404
    assert "bundle b.zip: its driver is 'native'" in json.loads(
        running.control("/ready").body
    )["details"]["apis"]["output"]  # fmt: skip


def test_a_bundle_that_is_turned_off(
    gateway: MakeGateway, server: Server, settings: dict[str, Any]
) -> None:
    running = served(gateway, server, settings, api(custom_middleware_bundle_disabled=True))
    assert added(running) == []
    assert server.asked == []


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signature_is_asked_for(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path, kind: str
) -> None:
    key = rsa.generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()
    keys_of(tmp_path, key)
    server.files["a.zip"] = archive(tmp_path, "1")
    running = served(gateway, server, {**settings, "public_key_path": "public.pem"})
    assert running.get("/one/x").status == 404
    assert "isn't signed" in running.control("/ready").body.decode()
    folder = folder_of(tmp_path / "signed", {"add.py": HOOK.format("2")})
    server.files["a.zip"] = bundle_of(folder, tmp_path / "made.zip", Signer(key)).read_bytes()
    reload(running)
    assert added(running) == ["2"]


def test_one_that_is_too_large(
    gateway: MakeGateway, server: Server, settings: dict[str, Any], tmp_path: Path
) -> None:
    server.files["a.zip"] = archive(tmp_path, "1")
    running = served(gateway, server, {**settings, "bundle_max_size": 100})
    assert running.get("/one/x").status == 404
    assert "bundle_max_size allows 100" in running.control("/ready").body.decode()


def test_a_key_that_is_none_keeps_the_gateway_from_starting(
    gateway: MakeGateway, settings: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"gone\.pem: the key for bundles cannot be read"):
        gateway(settings={**settings, "public_key_path": "gone.pem"})
