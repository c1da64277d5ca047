"""Events and timings to StatsD over UDP, in the format Tyk's instrumentation has.

Every metric is sent under its own name and under the name of its job:
``prefix.event`` and ``prefix.job.event``. Nothing waits for an answer, and
what can not be sent is lost, never in a request's way.
"""

from __future__ import annotations

import re
from typing import Any, Final

from attrs import frozen
from twisted.internet.protocol import DatagramProtocol
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

#: Seconds between sends, and bytes of a datagram that every network passes whole.
FLUSH_INTERVAL: Final = 0.1
DATAGRAM: Final = 1440
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


class StatsD(DatagramProtocol):
    """Collects metrics and sends them ten times a second."""

    noisy = False
    log = Logger()

    def __init__(self, reactor: Any, address: Address, prefix: str = "") -> None:
        """:param prefix: ``statsd_prefix``, put before every name with a dot."""
        self._reactor = reactor
        self._address = address
        self._prefix = f"{prefix}." if prefix else ""
        self._lines: list[bytes] = []
        self._resolved: tuple[str, int] | None = None
        self._flushes = LoopingCall(self.flush)
        self._flushes.clock = reactor

    def start(self) -> None:
        """Open a socket and look the server's name up."""
        self._reactor.listenUDP(0, self)
        self._reactor.resolve(self._address.host).addCallbacks(
            self._found,
            lambda failure: self.log.error(
                "statsd: {host} has no address: {problem}",
                host=self._address.host, problem=failure.getErrorMessage(),
            ),
        )  # fmt: skip
        self._flushes.start(FLUSH_INTERVAL, now=False)

    def stop(self) -> None:
        """Send what is left and close the socket."""
        self.flush()
        if self._flushes.running:
            self._flushes.stop()
        if self.transport is not None:
            self.transport.stopListening()

    def event(self, job: str, name: str) -> None:
        """Something happened once."""
        self._add(job, name, "1|c")

    def timing(self, job: str, name: str, seconds: float) -> None:
        """Something took so long."""
        ms = seconds * 1000
        self._add(job, name, f"{ms:.0f}|ms" if ms >= 10 else f"{ms:.2f}|ms")

    def flush(self) -> None:
        """Send what has been collected, in as few datagrams as it fits."""
        lines, self._lines = self._lines, []
        if self._resolved is None or self.transport is None:
            return
        datagram = b""
        for line in lines:
            if datagram and len(datagram) + len(line) > DATAGRAM:
                self._send(datagram)
                datagram = b""
            datagram += line
        if datagram:
            self._send(datagram)

    def _send(self, datagram: bytes) -> None:
        assert self.transport is not None
        try:
            self.transport.write(datagram, self._resolved)
        except OSError as error:
            # Such as a network that is down; the next flush may find it up.
            self.log.debug("statsd: {error}", error=error)

    def _add(self, job: str, name: str, value: str) -> None:
        clean = _STRANGE.sub("$", name)
        for metric in (clean, f"{job}.{clean}"):
            self._lines.append(f"{self._prefix}{metric}:{value}\n".encode())

    def _found(self, address: str) -> None:
        self._resolved = (address, self._address.port)
