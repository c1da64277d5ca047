"""With the kernel and OpenSSL in between."""

from __future__ import annotations

import socket
import ssl as pyssl
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_twisted
from certificates import of_localhost
from twisted.internet import reactor as _reactor
from twisted.internet import ssl
from twisted.internet.threads import deferToThread
from wire import Recorder, get, hello, request

from twisted_tyk.listen.factory import GatewayFactory
from twisted_tyk.listen.foreign import render_foreign
from twisted_tyk.listen.limits import Limits
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.eager import listen_tcp

with warnings.catch_warnings():
    # The module makes error pages of Twisted's own deprecated classes.
    warnings.simplefilter("ignore", DeprecationWarning)
    from twisted.web.static import File

reactor: Any = _reactor


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Listen with a resource; gives the port."""
    ports = []
    factories = []
    deadlines = Deadlines(reactor)
    deadlines.start()

    def start(resource: Any, tls: Any = None, **limits: Any) -> int:
        factory = GatewayFactory(resource, Limits(**limits), deadlines, reactor, tls is not None)
        factories.append(factory)
        if tls is None:
            port: Any = listen_tcp(reactor, 0, factory, 50, "127.0.0.1")
        else:
            port = reactor.listenSSL(0, factory, tls, interface="127.0.0.1")
        ports.append(port)
        number: int = port.getHost().port
        return number

    yield start
    for port in ports:
        pytest_twisted.blockon(port.stopListening())
    for factory in factories:
        drained = factory.drain()
        factory.abort()
        pytest_twisted.blockon(drained)
    deadlines.stop()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_localhost(tmp_path_factory.mktemp("tls"))


def talk(port: int, data: bytes, tls: pyssl.SSLContext | None = None) -> bytes:
    """Send everything, then read until the server closes; in a thread."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        connection = plain if tls is None else tls.wrap_socket(plain)
        connection.sendall(data)
        received = b""
        while piece := connection.recv(65536):
            received += piece
        connection.close()
        return received


def trusting() -> pyssl.SSLContext:
    context = pyssl.SSLContext(pyssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = pyssl.CERT_NONE
    return context


CLOSE = b"Connection: close"
SIZE = 3_000_000


@pytest_twisted.inlineCallbacks
def test_a_conversation(serve: Any) -> Any:
    port = serve(Recorder(hello))
    answers = yield deferToThread(talk, port, get() + get(b"/", CLOSE))
    assert answers.count(b"hello") == 2


@pytest_twisted.inlineCallbacks
def test_a_refusal_can_be_read_while_the_client_is_sending(serve: Any) -> Any:
    port = serve(Recorder(hello), body_bytes=1000)
    upload = request(b"POST", b"/", b"Content-Length: %d" % SIZE, body=b"x" * SIZE)
    answer = yield deferToThread(talk, port, upload)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert answer.endswith(b"Request Entity Too Large\n")


@pytest_twisted.inlineCallbacks
def test_an_early_answer_can_be_read_while_the_client_is_sending(serve: Any) -> Any:
    port = serve(Recorder(hello), drain_bytes=1000)
    upload = request(b"POST", b"/", b"Content-Length: %d" % SIZE, body=b"x" * SIZE)
    answer = yield deferToThread(talk, port, upload)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"hello")


class Files(Recorder):
    """Serves a folder through Twisted's own resource, whose producers pull."""

    def __init__(self, folder: Path) -> None:
        super().__init__(lambda one: render_foreign(one, File(str(folder))))


@pytest.mark.parametrize("secure", [False, True])
@pytest_twisted.inlineCallbacks
def test_a_large_file(serve: Any, tmp_path: Path, certificate: Path, secure: bool) -> Any:
    content = bytes(range(256)) * (SIZE // 256)
    (tmp_path / "large").write_bytes(content)
    tls = ssl.DefaultOpenSSLContextFactory(str(certificate), str(certificate)) if secure else None
    port = serve(Files(tmp_path), tls)
    data = get(b"/large") + get(b"/large", CLOSE)
    answers = yield deferToThread(talk, port, data, trusting() if secure else None)
    assert answers.count(content) == 2


@pytest_twisted.inlineCallbacks
def test_a_refusal_over_tls(serve: Any, certificate: Path) -> Any:
    tls = ssl.DefaultOpenSSLContextFactory(str(certificate), str(certificate))
    port = serve(Recorder(hello), tls)
    answer = yield deferToThread(talk, port, b"nonsense\r\n\r\n", trusting())
    assert answer.startswith(b"HTTP/1.1 400 ")
