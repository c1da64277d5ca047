"""Whom to believe at the other end of a TLS connection."""

from __future__ import annotations

from ipaddress import ip_address
from types import MappingProxyType
from typing import Any

from attrs import frozen
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
    """

    verify: bool = True
    min_version: int = 0
    max_version: int = 0
    authorities: bytes = b""


#: Names and chains are checked against what the platform trusts.
VERIFIED = TLSSettings()


def client_tls(settings: TLSSettings, host: str) -> IOpenSSLClientConnectionCreator:
    """What Twisted needs to make TLS connections to ``host``, a name or an address.

    The host is sent as server name and, unless the settings say otherwise,
    verified by service-identity. ALPN offers HTTP/1.1 only.

    :raises ValueError: for a TLS version or certificates that make no sense.
    """
    lowest = _version(settings.min_version or 771)
    protocols = [b"http/1.1"]
    options: dict[str, Any] = {"insecurelyLowerMinimumTo": lowest}
    if settings.max_version:
        highest = _highest(max(settings.max_version, settings.min_version or 771))
        if highest is not None:
            options["lowerMaximumSecurityTo"] = highest
    if not settings.verify:
        return UnverifiedTLS(host, CertificateOptions(acceptableProtocols=protocols, **options))
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
        acceptableProtocols=protocols,
        extraCertificateOptions=options,
    )
    return creator


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
