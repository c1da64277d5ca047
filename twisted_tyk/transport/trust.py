"""Whom to believe at the other end of a TLS connection."""

from __future__ import annotations

from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

from attrs import field, frozen
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificates
from OpenSSL import SSL
from OpenSSL.crypto import X509
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.internet.ssl import (
    Certificate,
    CertificateOptions,
    TLSVersion,
    optionsForClientTLS,
    platformTrust,
    trustRootFromCertificates,
)
from zope.interface import implementer

_VERSIONS = MappingProxyType(
    {
        769: TLSVersion.TLSv1_0,
        770: TLSVersion.TLSv1_1,
        771: TLSVersion.TLSv1_2,
        772: TLSVersion.TLSv1_3,
    }
)


@frozen(cache_hash=True)
class TLSSettings:
    """How connections to an upstream are secured. Equal settings share connections.

    :ivar verify: false to believe any certificate, whatever name it is for
        (``proxy.transport.ssl_insecure_skip_verify``,
        ``proxy_ssl_insecure_skip_verify``).
    :ivar min_version: the lowest TLS version in Tyk's numbers, 769 (1.0) to
        772 (1.3); 0 for 1.2.
    :ivar max_version: the highest; 0 for the highest there is. One below
        ``min_version`` counts as ``min_version``, as in Tyk.
    :ivar authorities: PEM certificates to believe instead of the platform's.
    :ivar identity: a PEM certificate chain and its key, shown to those who ask.
    """

    verify: bool = True
    min_version: int = 0
    max_version: int = 0
    authorities: bytes = b""
    identity: bytes = field(default=b"", repr=False)


#: Names and chains are checked against what the platform trusts.
VERIFIED = TLSSettings()


def client_tls(
    settings: TLSSettings, host: str, protocols: tuple[bytes, ...] = (b"http/1.1",)
) -> IOpenSSLClientConnectionCreator:
    """What Twisted needs to make TLS connections to ``host``, a name or an address.

    The host is sent as server name and, unless the settings say otherwise,
    verified by service-identity.

    :param protocols: what ALPN offers.
    :raises ValueError: for a TLS version or certificates that make no sense.
    """
    lowest = _version(settings.min_version or 771)
    options: dict[str, Any] = {"insecurelyLowerMinimumTo": lowest}
    offered = list(protocols) or None
    if settings.identity:
        options |= _shown(settings.identity)
    if settings.max_version:
        highest = _highest(max(settings.max_version, settings.min_version or 771))
        if highest is not None:
            options["lowerMaximumSecurityTo"] = highest
    if not settings.verify:
        return UnverifiedTLS(host, CertificateOptions(acceptableProtocols=offered, **options))
    trust = platformTrust()
    if settings.authorities:
        trust = trustRootFromCertificates(
            [
                Certificate(X509.from_cryptography(certificate))
                for certificate in load_pem_x509_certificates(settings.authorities)
            ]
        )
    creator: IOpenSSLClientConnectionCreator = optionsForClientTLS(
        host,
        trustRoot=trust,
        acceptableProtocols=offered,
        extraCertificateOptions=options,
    )
    return creator


def _shown(identity: bytes) -> dict[str, Any]:
    """:raises ValueError: when it is no certificate and key that belong together."""
    try:
        key = load_pem_private_key(identity, None)
        chain = load_pem_x509_certificates(identity)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"not a certificate with its key in PEM: {error}") from None
    if chain[0].public_key() != key.public_key():
        raise ValueError("the key is not that of the certificate")
    return {"privateKey": key, "certificate": chain[0], "extraCertChain": chain[1:]}


@implementer(IOpenSSLClientConnectionCreator)
class UnverifiedTLS:
    """TLS that hides what is said and does not ask to whom."""

    def __init__(self, host: str, options: CertificateOptions) -> None:
        self._context = options.getContext()
        # RFC 6066: a server name is a DNS name, never an address.
        self._name = None if is_address(host) else host.encode("ascii")

    def clientConnectionForTLS(self, tlsProtocol: Any) -> SSL.Connection:
        connection = SSL.Connection(self._context, None)
        if self._name is not None:
            connection.set_tlsext_host_name(self._name)
        return connection


def _highest(number: int) -> Any:
    """What to tell Twisted so that ``number`` is the highest version spoken."""
    version = _version(number)
    # Releases of Twisted before 25 take the highest version for the first to
    # leave out. Asking shows which kind it is.
    only = CertificateOptions(
        insecurelyLowerMinimumTo=TLSVersion.TLSv1_2, lowerMaximumSecurityTo=TLSVersion.TLSv1_2
    )
    if only.getContext().set_options(0) & SSL.OP_NO_TLSv1_2:
        return _VERSIONS.get(number + 1)
    return version


def _version(number: int) -> Any:
    try:
        return _VERSIONS[number]
    except KeyError:
        raise ValueError(f"not a TLS version: {number} (769 is 1.0, 772 is 1.3)") from None


def is_address(host: str) -> bool:
    """It is an IP address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
