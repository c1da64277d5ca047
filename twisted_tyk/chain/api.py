"""An API as it is served."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any

from attrs import field, frozen
from twisted.web.resource import IResource

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.events.events import Handlers
from twisted_tyk.exchange import Exchange
from twisted_tyk.patches.patch import Patch
from twisted_tyk.plugins.driver import Plugged


@frozen(eq=False)
class Api:
    """One definition with its chain; replaced as a whole on reload.

    :ivar listen_path: where it is reached, which is not always what the
        definition says: see colliding listen paths.
    :ivar chain: renders a request that was routed here.
    :ivar problems: what keeps parts of it from working, in sentences.
    :ivar handlers: who is told of the events of its requests.
    :ivar stamps: of what it was made from, file and SHA-256; equal stamps mean it can be kept.
    :ivar plugged: what came of its hooks, and of patches.
    :ivar patches: those that stand in it.
    :ivar own_paths: what the gateway itself answers below the listen path, decoded,
        each beginning with a slash.
    """

    definition: ApiDefinition
    listen_path: str
    chain: IResource = field(repr=False)
    client_address: Callable[[Exchange], str] = field(repr=False)
    problems: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    stamps: frozenset[tuple[str, str]] = frozenset()
    plugged: tuple[Plugged, ...] = field(default=(), repr=False)
    patches: tuple[Patch, ...] = field(default=(), repr=False)
    handlers: Handlers = field(factory=dict, repr=False)
    own_paths: Mapping[bytes, IResource] = field(factory=dict, repr=False)

    @property
    def api_id(self) -> str:
        return self.definition.api_id

    def render(self, request: Any) -> object:
        """Serve a request of this API."""
        request.exchange.api = self
        return self.chain.render(request)

    def render_below(self, request: Any, prefix: bytes, path: bytes) -> object:
        """The same for an API with paths of its own.

        :param prefix: of ``path``: what led to the API. Both are decoded.
        """
        own = self.own_paths.get(path[len(prefix) - prefix.endswith(b"/") :])
        if own is None:
            return self.render(request)
        request.exchange.api = self
        return own.render(request)


@frozen
class ClientAddress:
    """Who a request is from, by Tyk's rule (``request/real_ip.go``).

    A valid ``X-Real-IP`` counts first, then ``X-Forwarded-For``: its first
    address for depth 0, the Nth from the right for depth N, and nobody when
    it has fewer; then the socket's peer.
    """

    xff_depth: int = 0

    def __call__(self, exchange: Exchange) -> str:
        # One pass, since nearly every request has neither field.
        real = forwarded = None
        for name, value in exchange.headers.raw:
            size = len(name)
            if size == 9:
                if real is None and name.lower() == b"x-real-ip":
                    real = value
            elif size == 15 and forwarded is None and name.lower() == b"x-forwarded-for":
                forwarded = value
        if real:
            address = real.decode("utf-8", "surrogateescape")
            if _is_address(address):
                return address
        if not forwarded:
            return exchange.peer
        hops = [hop.strip() for hop in forwarded.decode("utf-8", "surrogateescape").split(",")]
        if self.xff_depth == 0:
            return hops[0]
        return hops[-self.xff_depth] if self.xff_depth <= len(hops) else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
