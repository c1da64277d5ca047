from __future__ import annotations

import pytest
from attrs import define
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.logger import capturedLogs, formatEvent

from twisted_tyk.parts.listening import Listening

Address = IPv4Address | IPv6Address


@define
class Port:
    address: Address

    def getHost(self) -> Address:
        return self.address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (IPv4Address("TCP", "0.0.0.0", 8080), "serving on 0.0.0.0:8080"),
        (IPv6Address("TCP", "::1", 8080), "serving on [::1]:8080"),
    ],
)
def test_where_it_serves_is_said_as_one_types_it(address: Address, said: str) -> None:
    listening = Listening(None, "", [])
    listening.ports.append(Port(address))
    with capturedLogs() as events:
        listening.tell()
    assert [formatEvent(event) for event in events] == [said]
