"""A reactor in memory, for whole gateways: no socket, and a clock that others turn."""

from __future__ import annotations

from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.interfaces import IHostnameResolver, IReactorPluggableNameResolver
from twisted.internet.testing import MemoryReactorClock
from twisted.test import iosim
from zope.interface import implementer


class MemoryTransport(iosim.FakeTransport):
    """A fake TCP transport without a socket under it."""

    def getHandle(self) -> None:
        return None


class _Datagrams:
    """A UDP port that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[bytes, tuple[str, int]]] = []

    def write(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.append((data, address))

    def stopListening(self) -> None:
        pass


@implementer(IHostnameResolver)
class _Resolver:
    """Every name is an address."""

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        resolutionReceiver.addressResolved(IPv4Address("UDP", hostName, portNumber))
        resolutionReceiver.resolutionComplete()


@implementer(IReactorPluggableNameResolver)
class MemoryReactor(MemoryReactorClock):
    """A memory reactor that threads can call back, and that sends datagrams."""

    def __init__(self) -> None:
        super().__init__()
        self.nameResolver = _Resolver()
        self.udp = _Datagrams()
        self.from_threads: SimpleQueue[Callable[[], Any]] = SimpleQueue()

    def installNameResolver(self, resolver: Any) -> Any:
        """Have names looked up by another resolver. :returns: the one before."""
        before, self.nameResolver = self.nameResolver, resolver
        return before

    def listenUDP(self, port: int, protocol: Any, *args: Any, **kwargs: Any) -> _Datagrams:
        return self.udp

    def callFromThread(self, call: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.from_threads.put(lambda: call(*args, **kwargs))
