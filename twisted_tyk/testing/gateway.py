"""The gateway, and the connections to both of its ends."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from queue import Empty
from select import select
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionRefusedError
from twisted.python.failure import Failure
from twisted.test import iosim
from twisted.web.server import Site

from twisted_tyk.reload import Report
from twisted_tyk.service import Gateway
from twisted_tyk.settings import load
from twisted_tyk.testing.ends import Answer, Client, Upstream
from twisted_tyk.testing.records import MemoryRecords
from twisted_tyk.transport.memory import MemoryReactor, MemoryTransport

_PEER = IPv4Address("TCP", "127.0.0.1", 50000)


class MemoryGateway:
    """A gateway that is running as soon as it is made.

    :ivar upstream: behind every target URL.
    :ivar records: what was recorded.
    :ivar service: the gateway itself.
    """

    def __init__(
        self,
        folder: Path,
        definitions: Iterable[Mapping[str, Any]] = (),
        settings: Mapping[str, Any] = {},
        environ: Mapping[str, str] = {},
        instrumented: bool = False,
    ) -> None:
        """
        :param folder: an empty one; ``tyk.conf`` and ``apps`` are written there,
            and paths of hooks start there.
        :param settings: keys of ``tyk.conf``; without ``storage`` keys are kept in memory.
        """
        self._folder = folder
        (folder / "apps").mkdir(exist_ok=True)
        self.define(*definitions)
        conf = folder / "tyk.conf"
        conf.write_text(json.dumps({"secret": "secret", "storage": {"type": "memory"}, **settings}))
        self.reactor = MemoryReactor()
        self.upstream = Upstream()
        self.records = MemoryRecords()
        # It would count in the time of the process.
        self._site = Site(self.upstream, timeout=None)
        self._pumps: list[iosim.IOPump] = []
        self._dialled = 0
        self.service = Gateway(
            self.reactor,
            load(conf, environ),
            folder,
            sinks=[self.records],
            instrumented=instrumented,
        )
        self.service.privilegedStartService()
        self.service.startService()

    def define(self, *definitions: Mapping[str, Any]) -> None:
        """Write definitions into ``apps``; a reload makes them count."""
        for each in definitions:
            file = self._folder / "apps" / f"{each['api_id']}.json"
            file.write_text(json.dumps(each, indent=2))

    def connect(self, port: int = 0) -> Client:
        """Open a connection.

        :param port: which of the gateway's ports, in their order.
        """
        client = Client()
        server = self.reactor.tcpServers[port][1].buildProtocol(_PEER)
        self._pumps.append(
            iosim.connect(
                server, MemoryTransport(server, True, hostAddress=_PEER, peerAddress=_PEER),
                client, MemoryTransport(client, False),
            )
        )  # fmt: skip
        return client

    def send(self, client: Client, data: bytes) -> None:
        """Send bytes on a connection, and let everything happen that follows."""
        assert client.transport is not None
        client.transport.write(data)
        self.settle()

    def request(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str] = {},
        body: bytes = b"",
        port: int = 0,
    ) -> Answer:
        """One request on a connection of its own, and its answer.

        Calls of native plugins in other threads and processes are waited for, and so is what
        the gateway itself does in threads, such as checking a password, and a reload that
        waits for the processes of plugins.
        """
        fields = {"Host": "gateway.test", **headers}
        if body:
            fields["Content-Length"] = str(len(body))
        head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        client = self.connect(port)
        client.asks_heads = method == "HEAD"
        self.send(client, f"{method} {target} HTTP/1.1\r\n{head}\r\n".encode() + body)
        service = self.service
        while not client.answers and (
            service.plugin_calls() or service.tasks() or service.reloader.busy
        ):
            if service.tasks():
                self.wait_for_thread()
                continue
            self.reactor.advance(0)  # a call that cannot be begun is answered without a plugin
            self.settle()
            if not client.answers:
                self.wait_for_plugins()
        assert client.answers, f"no answer yet, but {client.raw!r}"
        return client.answers[0]

    def reload(self) -> Report:
        """Reload as ``/tyk/reload`` does, without a request, and wait until it is over.

        :raises Exception: when no definition could be read.
        """
        outcomes: list[Report | Failure] = []
        self.service.reloader.reload().addBoth(outcomes.append)
        while not outcomes:
            if self.service.tasks():
                self.wait_for_thread()
            else:
                self.wait_for_plugins()
        (outcome,) = outcomes
        if isinstance(outcome, Failure):
            outcome.raiseException()
        return outcome

    def get(self, target: str, **headers: str) -> Answer:
        """A GET; ``_`` in the names of headers stands for ``-``."""
        return self.request("GET", target, {n.replace("_", "-"): v for n, v in headers.items()})

    def control(self, target: str, secret: str = "secret") -> Answer:
        """A GET to the control API."""
        return self.request("GET", target, {"X-Tyk-Authorization": secret})

    def advance(self, seconds: float) -> None:
        """Let time pass, in steps as small as a reactor would make them."""
        self.settle()
        while seconds > 0:
            step = min(seconds, 0.25)
            self.reactor.advance(step)
            seconds -= step
            self.settle()

    def wait_for_thread(self, seconds: float = 10.0) -> None:
        """Wait until a thread has called back, and let happen what follows."""
        call: Callable[[], Any] | None = self.reactor.from_threads.get(timeout=seconds)
        while call is not None:
            call()
            try:
                call = self.reactor.from_threads.get_nowait()
            except Empty:
                call = None
        self.settle()

    def wait_for_plugins(self, seconds: float = 10.0) -> None:
        """Wait until native plugins in other threads and processes tell something, and let
        happen what follows.
        """
        self.reactor.advance(0)  # calls are begun when the turn is over
        readers = list(self.reactor.readers)
        ready, writable, _ = select(readers, list(self.reactor.writers), [], seconds)
        assert ready or writable, f"no plugin told anything within {seconds} s"
        # What one of them tells may close another.
        for each in ready:
            if each in self.reactor.readers:
                each.doRead()
        for each in writable:
            if each in self.reactor.writers:
                each.doWrite()
        self.settle()

    def settle(self) -> None:
        """Carry bytes until nobody has any more to say."""
        moved = True
        while moved:
            moved = self._accept()
            for pump in self._pumps:
                moved = bool(pump.flush()) or moved

    def datagrams(self) -> list[tuple[bytes, tuple[str, int]]]:
        """What was sent over UDP, and where to."""
        return self.reactor.udp.sent

    def stop(self) -> Any:
        """Stop the gateway; a Deferred that fires when it is down."""
        return self.service.stopService()

    def _accept(self) -> bool:
        dials = self.reactor.tcpClients[self._dialled :]
        for _, _, factory, *_ in dials:
            connector = self.reactor.connectors[self._dialled]
            self._dialled += 1
            if not self.upstream.reachable:
                factory.clientConnectionFailed(connector, Failure(ConnectionRefusedError()))
                continue
            client, server = factory.buildProtocol(_PEER), self._site.buildProtocol(_PEER)
            self._pumps.append(
                iosim.connect(
                    server, MemoryTransport(server, True, peerAddress=_PEER),
                    client, MemoryTransport(client, False, peerAddress=_PEER),
                )
            )  # fmt: skip
        return bool(dials)
