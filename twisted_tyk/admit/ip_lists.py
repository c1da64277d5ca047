"""Who may ask by address (``IPWhiteListMiddleware``, ``IPBlackListMiddleware``).

A client is where ``exchange.api.client_address`` says. One whose address is none, such as what
somebody put into ``X-Forwarded-For``, passes neither list.
"""

from __future__ import annotations

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.apidef.networks import Networks, packed
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck


@implementer(ICheck)
@frozen
class AllowedAddresses:
    """:ivar networks: ``allowed_ips``; nobody else is let in."""

    networks: Networks

    name = "IPWhiteListMiddleware"

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 403."""
        address = packed(exchange.api.client_address(exchange))
        if address is None or address not in self.networks:
            raise _disallowed()


@implementer(ICheck)
@frozen
class BlockedAddresses:
    """:ivar networks: ``blacklisted_ips``; everybody else is let in."""

    networks: Networks

    name = "IPBlackListMiddleware"

    def process(self, exchange: Exchange) -> None:
        """:raises Refusal: 403."""
        address = packed(exchange.api.client_address(exchange))
        if address is None or address in self.networks:
            raise _disallowed()


def _disallowed() -> Refusal:
    return Refusal(403, "access from this IP has been disallowed", "AuthFailure")
