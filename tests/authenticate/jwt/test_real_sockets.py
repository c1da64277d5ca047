"""A key set behind TLS, on real sockets."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from gateway_process import Upstream, gateway_process, serving
from signed_tokens import certificate, jwks, rsa, token
from token_apis import api, policies


class Provider(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        document = jwks(rsa())
        self.send_response(200)
        self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    """The URL of a key set whose server has a certificate of its own making."""
    key = rsa(number=1)
    file = tmp_path / "server.pem"
    pem: bytes = key.as_pem(private=True)
    file.write_bytes(pem + certificate(key).public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}/jwks"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("skip", [True, False])
def test_a_certificate_that_nobody_vouches_for(provider: str, tmp_path: Path, skip: bool) -> None:
    folder = tmp_path / "gateway"
    folder.mkdir()
    settings = {
        "storage": {"type": "memory"},
        "jwt_ssl_insecure_skip_verify": skip,
        **policies(folder),
    }
    with serving(Upstream) as upstream:
        definition = api(provider)
        definition["proxy"]["target_url"] = f"http://127.0.0.1:{upstream}/"
        with gateway_process(folder, definition, **settings) as gateway:
            connection = HTTPConnection("127.0.0.1", gateway.port, timeout=20)
            header = {"Authorization": "Bearer " + token(rsa(), {"kid": "k0"})}
            connection.request("GET", "/one/x", headers=header)
            response = connection.getresponse()
            assert (response.status == 200) == skip, gateway.log()
            assert response.read()
            connection.close()
            assert ("no connection, or it broke" in gateway.log()) != skip
