"""Hooks for single endpoints (``extended_paths.go_plugin``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.apidef.patterns import PathPattern, searched
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IStep


@frozen
class Endpoint:
    """:ivar method: such as ``GET``; it must be the same to the letter."""

    pattern: PathPattern
    method: str
    hook: IStep


@implementer(IStep)
@frozen
class EndpointHooks:
    """Calls the hook of the first endpoint that fits, if one does."""

    endpoints: Sequence[Endpoint]
    name: str = "GoPluginMiddleware"

    def process(self, exchange: Exchange) -> Any:
        """What the hook decides, or ``None``."""
        method = exchange.method.decode("ascii", "replace")
        spellings = searched(exchange.path_and_query(), exchange.listen_path)
        for endpoint in self.endpoints:
            if endpoint.method == method and endpoint.pattern.matches(spellings):
                return endpoint.hook.process(exchange)
        return None
