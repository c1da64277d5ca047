"""The ports: bound, closed, and emptied of requests."""

from __future__ import annotations

from typing import Any

from attrs import define, field
from twisted.internet.defer import DeferredList, TimeoutError, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.logger import Logger

from twisted_tyk.control.root import Control
from twisted_tyk.errors import NotStarted
from twisted_tyk.listen.factory import GatewayFactory
from twisted_tyk.listen.limits import Limits
from twisted_tyk.parts.given import Given
from twisted_tyk.route.root import Root
from twisted_tyk.settings import Settings
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.eager import listen_tcp

#: Connections that the system holds before they are accepted.
_BACKLOG = 1024


@define(eq=False)
class Listening:
    """
    :ivar factories: by the numbers of their ports; the main port is the first.
    :ivar ports: those that are bound, in the same order.
    """

    reactor: Any
    address: str
    factories: list[tuple[int, GatewayFactory]]
    ports: list[Any] = field(factory=list, init=False)

    log = Logger()

    @classmethod
    def make(
        cls,
        given: Given,
        port: int | None,
        root: Root,
        control: Control,
        deadlines: Deadlines,
    ) -> Listening:
        """No port is bound yet. ``control`` gets one of its own, or a place in ``root``.

        :param port: in place of ``listen_port``.
        """
        settings, reactor = given.settings, given.reactor
        main = settings.listen_port if port is None else port
        rendered: list[tuple[int, Any]] = [(main, root)]
        if settings.control_api_port and settings.control_api_port != main:
            rendered.append((settings.control_api_port, control))
        else:
            root.control = control
        limits = _limits(settings)
        factories = [
            (number, GatewayFactory(resource, limits, deadlines, reactor))
            for number, resource in rendered
        ]
        return cls(reactor, settings.listen_address, factories)

    def bind(self) -> None:
        """Bind the ports.

        :raises NotStarted: when one is taken.
        """
        for number, factory in self.factories:
            try:
                self.ports.append(listen_tcp(self.reactor, number, factory, _BACKLOG, self.address))
            except CannotListenError as error:
                reason = error.socketError
                raise NotStarted(f"cannot listen on port {number}: {reason}") from None

    def tell(self) -> None:
        """Say in the log where the gateway is."""
        for port in self.ports:
            at = port.getHost()
            host = f"[{at.host}]" if ":" in at.host else at.host
            self.log.info("serving on {host}:{port}", host=host, port=at.port)

    @inlineCallbacks
    def drain(self, seconds: float) -> Any:
        """Accept no connection any more; the Deferred fires when those there are have ended.

        :param seconds: that requests under way get; then they are cut off.
        """
        for port in self.ports:
            yield port.stopListening()
        drained = DeferredList([factory.drain() for _, factory in self.factories])
        drained.addTimeout(seconds, self.reactor)
        try:
            yield drained
        except TimeoutError:
            self.log.warn("requests were still under way and were cut off")
            for _, factory in self.factories:
                factory.abort()


def _limits(settings: Settings) -> Limits:
    """What a client may ask of a connection."""
    options = settings.http_server_options
    return Limits(
        head_bytes=options.max_header_bytes,
        header_count=options.max_header_count,
        body_bytes=options.max_request_body_size,
        head_timeout=options.read_timeout,
        body_timeout=options.read_timeout,
        idle_timeout=options.idle_timeout,
        write_timeout=options.write_timeout,
        keep_alive=not settings.close_connections,
    )
