"""Events and timings to StatsD over UDP, in the format Tyk's instrumentation has.

Every metric is sent under its own name and under the name of its job:
``prefix.event`` and ``prefix.job.event``. Nothing waits for an answer, and
what can not be sent is lost, never in a request's way.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from attrs import frozen
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IHostResolution, IResolutionReceiver
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from zope.interface import implementer

#: Seconds between sends, and bytes of a datagram that every network passes whole.
FLUSH_INTERVAL: Final = 0.1
DATAGRAM: Final = 1440
#: Seconds until the server's name is looked up again.
LOOKUP_INTERVAL: Final = 60.0
_STRANGE = re.compile(r"[^A-Za-z0-9_.\-]")


@frozen
class Address:
    """:ivar host: a name or an address. :ivar port: of the StatsD server."""

    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``statsd_connection_string``. :raises ValueError: when it is not host:port."""
        host, colon, port = text.rpartition(":")
        if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"expected host:port, found {text!r}")
        return cls(host.strip("[]"), int(port))


class StatsD:
    """Collects metrics and sends them ten times a second."""

    log = Logger()

    def __init__(self, reactor: Any, address: Address, prefix: str = "") -> None:
        """:param prefix: ``statsd_prefix``, put before every name with a dot."""
        self._reactor = reactor
        self._address = address
        self._prefix = f"{prefix}." if prefix else ""
        self._lines: list[bytes] = []
        self._host: str | None = None
        self._sockets: dict[str, Any] = {}
        self._flushes = self._every(self.flush)
        self._lookups = self._every(self._look_up)

    def start(self) -> None:
        """Look the server's name up, now and then."""
        self._lookups.start(LOOKUP_INTERVAL)
        self._flushes.start(FLUSH_INTERVAL, now=False)

    def stop(self) -> None:
        """Send what is left and close the sockets."""
        self.flush()
        for calls in (self._flushes, self._lookups):
            if calls.running:
                calls.stop()
        for socket in self._sockets.values():
            socket.stopListening()
        self._sockets.clear()

    def event(self, job: str, name: str) -> None:
        """Something happened once."""
        self._add(job, name, "1|c")

    def timing(self, job: str, name: str, seconds: float) -> None:
        """Something took so long."""
        ms = seconds * 1000
        self._add(job, name, f"{ms:.0f}|ms" if ms >= 10 else f"{ms:.2f}|ms")

    def measured(self, letter: str, name: str, value: float) -> None:
        """A value of somebody else's, under its own name alone.

        :param letter: ``c`` is added, ``g`` is how it stands, ``ms`` is seconds.
        """
        clean = f"{self._prefix}{_STRANGE.sub('$', name)}"
        if letter == "ms":
            value *= 1000
        elif letter == "g" and value < 0:
            # A sign alone would mean a change of the value before.
            self._lines.append(f"{clean}:0|g\n{clean}:{value:.15g}|g\n".encode())
            return
        self._lines.append(f"{clean}:{value:.15g}|{letter}\n".encode())

    def flush(self) -> None:
        """Send what has been collected, in as few datagrams as it fits."""
        lines, self._lines = self._lines, []
        if self._host is None:
            return
        datagram = b""
        for line in lines:
            if datagram and len(datagram) + len(line) > DATAGRAM:
                self._send(datagram)
                datagram = b""
            datagram += line
        if datagram:
            self._send(datagram)

    def _every(self, call: Callable[[], None]) -> LoopingCall:
        calls = LoopingCall(call)
        calls.clock = self._reactor
        return calls

    def _send(self, datagram: bytes) -> None:
        assert self._host is not None
        interface = "::" if ":" in self._host else ""
        try:
            if interface not in self._sockets:
                self._sockets[interface] = self._reactor.listenUDP(
                    0, _Silent(), interface=interface
                )
            self._sockets[interface].write(datagram, (self._host, self._address.port))
        except (OSError, CannotListenError) as error:
            # Such as a network that is down; the next flush may find it up.
            self.log.debug("statsd: {error}", error=error)

    def _add(self, job: str, name: str, value: str) -> None:
        clean = _STRANGE.sub("$", name)
        for metric in (clean, f"{job}.{clean}"):
            self._lines.append(f"{self._prefix}{metric}:{value}\n".encode())

    def _look_up(self) -> None:
        self._reactor.nameResolver.resolveHostName(
            _Hosts(self._found), self._address.host, transportSemantics="UDP"
        )

    def _found(self, hosts: list[str]) -> None:
        if not self._lookups.running or self._host in hosts:
            return
        if hosts:
            # localhost is often both, and most servers listen on IPv4 alone.
            self._host = min(hosts, key=lambda host: ":" in host)
        elif self._host is None:
            self.log.error("statsd: {host} has no address", host=self._address.host)


class _Silent(DatagramProtocol):
    """Says nothing of opening and closing."""

    noisy = False


@implementer(IResolutionReceiver)
class _Hosts:
    """Collects the addresses of a name."""

    def __init__(self, done: Callable[[list[str]], None]) -> None:
        self._hosts: list[str] = []
        self._done = done

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        pass

    def addressResolved(self, address: Any) -> None:
        self._hosts.append(address.host)

    def resolutionComplete(self) -> None:
        self._done(self._hosts)
