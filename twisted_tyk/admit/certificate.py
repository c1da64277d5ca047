"""Certificates of clients, where an API lists those that it lets in (``CertificateCheckMW``)."""

from __future__ import annotations

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IStep


@implementer(IStep)
@frozen
class CertificateCheck:
    """Turns everybody away: without TLS at the listener nobody can show a certificate.

    These are Tyk's words for a gateway in that state.
    """

    name: str = "CertificateCheckMW"

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 403."""
        raise Refusal(403, "TLS not enabled")
