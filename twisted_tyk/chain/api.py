"""An API as it is served."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from attrs import field, frozen
from twisted.web.resource import IResource

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.exchange import Exchange


@frozen(eq=False)
class Api:
    """One definition with its chain; replaced as a whole on reload.

    :ivar listen_path: where it is reached, which is not always what the
        definition says: see colliding listen paths.
    :ivar chain: renders a request that was routed here.
    :ivar problems: what keeps parts of it from working, in sentences.
    :ivar stamps: of what it was made from; equal stamps mean it can be kept.
    """

    definition: ApiDefinition
    listen_path: str
    chain: IResource = field(repr=False)
    client_address: Callable[[Exchange], str] = field(repr=False)
    problems: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    stamps: frozenset[tuple[str, str]] = frozenset()

    @property
    def api_id(self) -> str:
        return self.definition.api_id

    def render(self, request: Any) -> object:
        """Serve a request of this API."""
        request.exchange.api = self
        return self.chain.render(request)


@frozen
class ClientAddress:
    """Who a request is from, by Tyk's rule (``request/real_ip.go``).

    A valid ``X-Real-IP`` counts first, then ``X-Forwarded-For``: its first
    address for depth 0, the Nth from the right for depth N, and nobody when
    it has fewer; then the socket's peer.
    """

    xff_depth: int = 0

    def __call__(self, exchange: Exchange) -> str:
        real = _text(exchange.headers.first(b"x-real-ip"))
        if real and _is_address(real):
            return real
        forwarded = _text(exchange.headers.first(b"x-forwarded-for"))
        if not forwarded:
            return exchange.peer
        hops = [hop.strip() for hop in forwarded.split(",")]
        if self.xff_depth == 0:
            return hops[0]
        return hops[-self.xff_depth] if self.xff_depth <= len(hops) else ""


def _text(value: bytes | None) -> str:
    return value.decode("utf-8", "surrogateescape") if value else ""


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
