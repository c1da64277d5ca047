"""With the kernel and OpenSSL in between."""

from __future__ import annotations

import datetime
import socket
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from typing import Any

import pytest
import pytest_twisted
import treq
from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from OpenSSL import SSL
from service_identity import VerificationError
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IOpenSSLServerConnectionCreator
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import deferLater
from zope.interface import implementer

from twisted_tyk.errors import UpstreamUnreachable
from twisted_tyk.proxy.agent import PooledAgent
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.trust import TLSSettings

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


class Answering(Protocol):
    """Answers every request without a body, and remembers who it is."""

    def connectionMade(self) -> None:
        self.factory.made.append(self)  # type: ignore[union-attr]

    def dataReceived(self, data: bytes) -> None:
        self.factory.heard.append(data)  # type: ignore[union-attr]
        self.transport.write(self.factory.answer)  # type: ignore[union-attr]


class Upstream(Factory):
    protocol = Answering
    noisy = False

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.heard: list[bytes] = []
        self.answer = ANSWER


@frozen
class Gateway:
    """An agent on the real reactor."""

    agent: PooledAgent
    client: UpstreamClient


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    deadlines = Deadlines(reactor)  # type: ignore[arg-type]
    deadlines.start()
    agent = PooledAgent(reactor, deadlines, timeout=10)
    yield Gateway(agent, UpstreamClient(agent))
    pytest_twisted.blockon(agent.close())
    deadlines.stop()


@pytest.fixture
def upstream() -> Upstream:
    return Upstream()


@pytest.fixture
def listen(upstream: Upstream) -> Iterator[Callable[..., int]]:
    ports = []

    def start(tls: Any = None) -> int:
        loop: Any = reactor
        if tls is None:
            port = loop.listenTCP(0, upstream, interface="127.0.0.1")
        else:
            port = loop.listenSSL(0, upstream, tls, interface="127.0.0.1")
        ports.append(port)
        number: int = port.getHost().port
        return number

    yield start
    for port in ports:
        pytest_twisted.blockon(port.stopListening())


def turns(number: int = 3) -> Deferred[None]:
    """Let the loop go round, so that what is on its way arrives."""
    waiting: Deferred[None] = deferLater(reactor, 0.0, lambda: None)  # type: ignore[arg-type]
    return waiting if number == 1 else waiting.addCallback(lambda _: turns(number - 1))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest_twisted.inlineCallbacks
def test_one_connection_for_many_requests(
    gateway: Gateway, upstream: Upstream, listen: Callable[..., int], host: str
) -> Any:
    url = f"http://{host}:{listen()}/"
    for _ in range(3):
        response = yield gateway.client.get(url)
        assert (yield treq.content(response)) == b"hello"
    assert len(upstream.made) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest_twisted.inlineCallbacks
def test_nobody_listens(gateway: Gateway, host: str) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(UpstreamUnreachable):
        yield gateway.client.get(f"http://{host}:{port}/")


@pytest_twisted.inlineCallbacks
def test_an_upstream_that_hangs_up(
    gateway: Gateway, upstream: Upstream, listen: Callable[..., int]
) -> Any:
    answer = gateway.client.get(f"http://127.0.0.1:{listen()}/")
    while not upstream.made:
        yield turns()
    upstream.made[0].transport.abortConnection()
    with pytest.raises(UpstreamUnreachable):
        yield answer


@pytest_twisted.inlineCallbacks
def test_a_post_does_not_walk_into_a_connection_that_has_ended(
    gateway: Gateway,
) -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        first = gateway.client.post(url)
        yield turns()
        peer, _ = server.accept()
        yield turns()
        peer.sendall(ANSWER)
        assert (yield first).code == 200
        # The loop gets no turn to notice.
        peer.close()
        second = gateway.client.post(url)
        yield turns()
        peer, _ = server.accept()
        yield turns()
        peer.sendall(ANSWER)
        assert (yield second).code == 200
        peer.close()


@frozen
class Authority:
    """A throw-away certificate authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def context(self, *names: str, highest: int = 0) -> ServerTLS:
        """What a server with these names needs."""
        key = ec.generate_private_key(ec.SECP256R1())
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.use_certificate(signed(self.certificate.subject, self.key, key, *names))
        context.use_privatekey(key)
        context.set_max_proto_version(highest)
        context.set_alpn_select_callback(
            lambda _, offered: (
                b"http/1.1" if offered == [b"http/1.1"] else SSL.NO_OVERLAPPING_PROTOCOLS
            )
        )
        return ServerTLS(context)


@implementer(IOpenSSLServerConnectionCreator)
@frozen
class ServerTLS:
    """A context as ``listenSSL`` takes it."""

    context: SSL.Context

    def serverConnectionForTLS(self, _: Any) -> SSL.Connection:
        return SSL.Connection(self.context, None)


def signed(
    issuer: x509.Name, by: ec.EllipticCurvePrivateKey, key: ec.EllipticCurvePrivateKey, *names: str
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.timezone.utc)
    hour = datetime.timedelta(hours=1)
    builder = (
        x509.CertificateBuilder()
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - hour)
        .not_valid_after(now + hour)
        .add_extension(x509.BasicConstraints(ca=not names, path_length=None), critical=True)
    )
    if not names:
        return builder.subject_name(issuer).sign(by, hashes.SHA256())
    alternatives: list[x509.GeneralName] = []
    for name in names:
        if name[0].isdigit():
            alternatives.append(x509.IPAddress(ip_address(name)))
        else:
            alternatives.append(x509.DNSName(name))
    return (
        builder.subject_name(x509.Name([]))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=True)
        .sign(by, hashes.SHA256())
    )


@pytest.fixture(scope="module")
def authority() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "throw-away")])
    return Authority(key, signed(name, key, key))


class TestTLS:
    """Whom the gateway believes."""

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    @pytest_twisted.inlineCallbacks
    def test_the_right_name_from_the_right_authority(
        self,
        gateway: Gateway,
        upstream: Upstream,
        listen: Callable[..., int],
        authority: Authority,
        host: str,
    ) -> Any:
        port = listen(authority.context(host))
        url = UpstreamURL.parse(f"https://{host}:{port}/", TLSSettings(authorities=authority.pem))
        for _ in range(2):
            response = yield gateway.client.get(url)
            assert (yield treq.content(response)) == b"hello"
        assert len(upstream.made) == 1
        assert upstream.made[0].transport.negotiatedProtocol == b"http/1.1"
        named = upstream.made[0].transport.getHandle().get_servername()
        assert named == (b"localhost" if host == "localhost" else None)

    @pytest.mark.parametrize("certified", ["other.example", "127.0.0.2"])
    @pytest_twisted.inlineCallbacks
    def test_another_name_is_refused(
        self,
        gateway: Gateway,
        upstream: Upstream,
        listen: Callable[..., int],
        authority: Authority,
        certified: str,
    ) -> Any:
        port = listen(authority.context(certified))
        url = UpstreamURL.parse(
            f"https://localhost:{port}/", TLSSettings(authorities=authority.pem)
        )
        with pytest.raises(UpstreamUnreachable) as caught:
            yield gateway.client.get(url)
        assert caught.value.status == 502
        assert isinstance(caught.value.__cause__, VerificationError)
        assert upstream.heard == []

    @pytest_twisted.inlineCallbacks
    def test_an_authority_nobody_knows_is_refused(
        self,
        gateway: Gateway,
        upstream: Upstream,
        listen: Callable[..., int],
        authority: Authority,
    ) -> Any:
        port = listen(authority.context("localhost"))
        with pytest.raises(UpstreamUnreachable):
            yield gateway.client.get(f"https://localhost:{port}/")
        assert upstream.heard == []

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    @pytest_twisted.inlineCallbacks
    def test_unless_nobody_asks(
        self,
        gateway: Gateway,
        upstream: Upstream,
        listen: Callable[..., int],
        authority: Authority,
        host: str,
    ) -> Any:
        port = listen(authority.context("other.example"))
        url = UpstreamURL.parse(f"https://{host}:{port}/", TLSSettings(verify=False))
        response = yield gateway.client.get(url)
        assert response.code == 200
        named = upstream.made[0].transport.getHandle().get_servername()
        assert named == (b"localhost" if host == "localhost" else None)

    @pytest.mark.parametrize("verify", [True, False])
    @pytest.mark.parametrize(
        ("lowest", "highest", "spoken"),
        [(0, 0, "TLSv1.3"), (0, 771, "TLSv1.2"), (772, 0, "TLSv1.3"), (772, 771, "TLSv1.3")],
    )
    @pytest_twisted.inlineCallbacks
    def test_versions(
        self,
        gateway: Gateway,
        upstream: Upstream,
        listen: Callable[..., int],
        authority: Authority,
        lowest: int,
        highest: int,
        spoken: str,
        verify: bool,
    ) -> Any:
        port = listen(authority.context("localhost"))
        tls = TLSSettings(verify, lowest, highest, authority.pem)
        yield gateway.client.get(UpstreamURL.parse(f"https://localhost:{port}/", tls))
        assert upstream.made[0].transport.getHandle().get_protocol_version_name() == spoken

    @pytest_twisted.inlineCallbacks
    def test_an_old_upstream_is_refused(
        self, gateway: Gateway, listen: Callable[..., int], authority: Authority
    ) -> Any:
        old = authority.context("localhost", highest=SSL.TLS1_2_VERSION)
        tls = TLSSettings(min_version=772, authorities=authority.pem)
        with pytest.raises(UpstreamUnreachable):
            yield gateway.client.get(UpstreamURL.parse(f"https://localhost:{listen(old)}/", tls))

    @pytest_twisted.inlineCallbacks
    def test_a_large_body_passes_both_ways(
        self,
        gateway: Gateway,
        upstream: Upstream,
        listen: Callable[..., int],
        authority: Authority,
    ) -> Any:
        upstream.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 1000000
        port = listen(authority.context("localhost"))
        url = UpstreamURL.parse(f"https://localhost:{port}/", TLSSettings(False))
        response = yield gateway.client.get(url)
        yield turns(20)
        content = yield treq.content(response)
        assert content == b"x" * 1000000
