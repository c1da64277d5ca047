"""Endpoints that are recorded under their pattern, or not at all."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.apidef.patterns import PathPattern, searched
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import ICheck


@frozen
class Tracked:
    """:ivar path: the pattern as it was written. :ivar method: the same to the letter."""

    pattern: PathPattern
    method: str
    path: str


@implementer(ICheck)
@frozen
class Tracking:
    """Notes for the record what the first endpoint that fits says, of either kind.

    :ivar tracked: ``track_endpoints``.
    :ivar untracked: ``do_not_track_endpoints``.
    """

    tracked: Sequence[Tracked]
    untracked: Sequence[Tracked]

    name = "TrackEndpointMiddleware"

    def process(self, exchange: Exchange) -> None:
        """Nobody is kept out."""
        method = exchange.method.decode("ascii", "replace")
        spellings = searched(exchange.path_and_query(), exchange.listen_path)
        for endpoint in self.tracked:
            if endpoint.method == method and endpoint.pattern.matches(spellings):
                exchange.track_path = endpoint.path
                break
        exchange.do_not_track = any(
            endpoint.method == method and endpoint.pattern.matches(spellings)
            for endpoint in self.untracked
        )
