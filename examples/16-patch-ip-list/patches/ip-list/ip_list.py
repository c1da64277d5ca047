"""The list of addresses, which is to know clients behind a translator of addresses, too."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from zope.interface import implementer, provider

from twisted_tyk import Exchange, IPatch, IStep
from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.apidef.networks import Networks, enforced


@provider(IPatch)
@implementer(IStep)
class TranslatedAddresses:
    """64:ff9b::10.0.0.1 is 10.0.0.1; all others are left to the list as it is."""

    name = "IPWhiteListMiddleware"

    def __init__(self, replaced: IStep, api: ApiDefinition, config: Mapping[str, Any]) -> None:
        self.replaced = replaced
        self.prefix = IPv6Network(config["prefix"])
        self.allowed = Networks.of(enforced(api, "allowed_ips"))

    def process(self, exchange: Exchange) -> Any:
        try:
            address = ip_address(exchange.api.client_address(exchange))
        except ValueError:
            return self.replaced.process(exchange)
        if isinstance(address, IPv6Address) and address in self.prefix:
            inside = IPv4Address(address.packed[-4:])
            if inside.packed in self.allowed:
                return None
        return self.replaced.process(exchange)
