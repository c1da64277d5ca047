"""TLS to a Redis: what ends TLS stands before one that speaks in the clear."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
import pytest_twisted
from certificates import of_localhost
from OpenSSL.SSL import SysCallError
from redis_server import RedisServer
from twisted.internet import reactor as _reactor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from waiting import until

from twisted_tyk.settings.sections import Storage
from twisted_tyk.storage.redis.client import RedisClient
from twisted_tyk.storage.redis.options import redis_options
from twisted_tyk.storage.redis.wire import Connection

reactor: Any = _reactor


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_localhost(tmp_path_factory.mktemp("tls"))


class Ending(ThreadingTCPServer):
    """Ends TLS, and passes on what is said to a port."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, context: ssl.SSLContext, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.context = context
        self.port = port


class Passing(BaseRequestHandler):
    """Both ways of one connection."""

    server: Ending

    def handle(self) -> None:
        try:
            client = self.server.context.wrap_socket(self.request, server_side=True)
        except OSError:
            return
        redis = socket.create_connection(("127.0.0.1", self.server.port))
        back = Thread(target=pass_on, args=(redis, client))
        back.start()
        pass_on(client, redis)
        back.join()
        redis.close()
        client.close()


def pass_on(source: socket.socket, target: socket.socket) -> None:
    """All that comes, until it ends; then it ends for the other one, too."""
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def port(redis_server: RedisServer, certificate: Path) -> Iterator[int]:
    """Where TLS leads to the Redis, for who shows the certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    with Ending(context, redis_server.port) as ending:
        serving = Thread(target=ending.serve_forever, args=(0.01,))
        serving.start()
        yield ending.server_address[1]
        ending.shutdown()
        serving.join()


def client(port: int, **more: Any) -> RedisClient:
    asked = Storage(host="localhost", port=port, use_ssl=True, timeout=2, **more)
    made = RedisClient(reactor, redis_options(asked))
    made.start()
    return made


@pytest_twisted.inlineCallbacks
def test_both_sides_know_each_other(port: int, certificate: Path) -> Any:
    file = str(certificate)
    one = client(port, ca_file=file, cert_file=file, key_file=file)
    yield until(lambda: not one.problem)
    assert (yield one.call("SET", b"a", b"x" * 100_000)) == b"OK"
    yield one.stop()


@pytest_twisted.inlineCallbacks
def test_nobody_vouches_for_it(port: int, certificate: Path) -> Any:
    file = str(certificate)
    one = client(port, cert_file=file, key_file=file)
    yield until(lambda: "TLS failed" in one.problem)
    assert "certificate" in one.problem
    yield one.stop()


@pytest_twisted.inlineCallbacks
def test_nobody_has_to(port: int, certificate: Path) -> Any:
    file = str(certificate)
    one = client(port, ssl_insecure_skip_verify=True, cert_file=file, key_file=file)
    yield until(lambda: not one.problem)
    yield one.stop()


class Wire(StringTransport):
    """Leads nowhere."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        assert enabled


def test_calls_end_whatever_ends_tls() -> None:
    connection = Connection(Clock(), timeout=2)
    connection.makeConnection(Wire())
    failures: list[Failure] = []
    connection.ready.addErrback(failures.append)
    connection.connectionLost(Failure(SysCallError(104, "ECONNRESET")))
    assert len(failures) == 1
    assert connection.lost == "TLS failed: (104, 'ECONNRESET')"
