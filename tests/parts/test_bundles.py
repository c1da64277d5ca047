"""Bundles come through the kernel and OpenSSL."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import pytest_twisted
from bundle_files import made
from certificates import of_localhost
from twisted.internet import reactor

from twisted_tyk.bundles.bringing import Arrived
from twisted_tyk.parts.bundles import make_bundles
from twisted_tyk.parts.given import Given
from twisted_tyk.parts.working import Working
from twisted_tyk.settings import load


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Handshakes fail, as they should."""


class Files(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Of a server whose certificate nobody believes, with the bundle ``a.zip``."""
    made(tmp_path / "in", tmp_path / "web" / "a.zip")
    server = Server(("127.0.0.1", 0), partial(Files, directory=str(tmp_path / "web")))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(of_localhost(tmp_path))
    # The handshake is made in the thread of a request.
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest_twisted.inlineCallbacks
def arrived(folder: Path, port: int, host: str = "localhost", **settings: Any) -> Any:
    """What comes of ``a.zip``."""
    conf = folder / "tyk.conf"
    base_url = f"https://{host}:{port}/"
    conf.write_text(
        json.dumps({"enable_bundle_downloader": True, "bundle_base_url": base_url, **settings})
    )
    given = Given(reactor, load(conf, {}), folder)
    working = Working.make(given)
    working.start()
    bundles = make_bundles(given, working)
    yield bundles.ask(["a.zip"])
    found = bundles.arrived(["a.zip"])
    bundles.stop()
    working.stop()
    return found["a.zip"]


@pytest_twisted.inlineCallbacks
def test_a_certificate_that_nobody_believes(tmp_path: Path, port: int) -> Any:
    found: Arrived = yield arrived(tmp_path, port)
    assert found.problem == (
        "bundle a.zip: Couldn't fetch bundle: Error getting bundle: TLS: certificate verify failed "
        f"(https://localhost:{port}/a.zip)"
    )
    assert found.unpacked is None


@pytest_twisted.inlineCallbacks
def test_a_certificate_of_another_host(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> Any:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "both.pem"))
    found: Arrived = yield arrived(tmp_path, port, host="127.0.0.1")
    assert "Error getting bundle: its certificate is of another host (" in found.problem
    found = yield arrived(tmp_path, port)
    assert found.problem == ""


@pytest_twisted.inlineCallbacks
def test_unless_one_is_told_to(tmp_path: Path, port: int) -> Any:
    found: Arrived = yield arrived(tmp_path, port, bundle_insecure_skip_verify=True)
    assert found.problem == ""
    assert found.unpacked is not None
    assert (found.unpacked.folder / "add.py").is_file()
