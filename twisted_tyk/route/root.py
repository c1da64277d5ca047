"""The first resource that a request meets: the control API, then the APIs."""

from __future__ import annotations

from typing import Any, Final

from twisted.logger import Logger
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.message.headers import Pair
from twisted_tyk.message.url import escaped
from twisted_tyk.route.paths import after_prefix, clean, decoded, needs_cleaning
from twisted_tyk.route.table import RoutingTable

_PLAIN: Final[list[Pair]] = [(b"Content-Type", b"text/plain; charset=utf-8")]


@implementer(IResource)
class Root(Leaf):
    """Finds the API of a request and renders its chain.

    :ivar table: replaced in one assignment by a reload; requests that are
        under way keep the chain they entered.
    :ivar control: takes a request that is its own (``takes(path, host)``)
        before any API can; ``None`` when it has a port of its own.
    """

    log = Logger()

    def __init__(
        self,
        table: RoutingTable,
        control: Any = None,
        cleans: bool = True,
        logs_unmatched: bool = False,
    ) -> None:
        """
        :param cleans: not ``skip_url_cleaning``: redirect from ``/a//b`` to ``/a/b``.
        :param logs_unmatched: ``track_404_logs``.
        """
        self.table = table
        self.control = control
        self._cleans = cleans
        self._logs_unmatched = logs_unmatched

    def render(self, request: Any) -> object:
        """Serve, redirect, or answer 404 as Tyk does."""
        exchange = request.exchange
        target = exchange.target
        raw_path, question, query = target.partition(b"?")
        path = decoded(raw_path)
        if self._cleans and needs_cleaning(path):
            cleaned = clean(path)
            if cleaned != path:
                location = escaped(cleaned) + question + query
                request.respond(301, b"Moved Permanently", [(b"Location", location)], b"")
                return NOT_DONE_YET
        control = self.control
        if control is not None and control.takes(path, exchange.host):
            return control.render(request)
        found = self.table.find(exchange.host, path)
        if found is None:
            if self._logs_unmatched:
                self.log.info("no API for {path}", path=path.decode("utf-8", "backslashreplace"))
            request.respond(404, b"Not Found", list(_PLAIN), b"Not Found")
            return NOT_DONE_YET
        route, prefix = found
        listen_path = escaped(prefix) if route.plain is None else route.plain
        if path is not raw_path or listen_path != prefix:
            # One spelling of the prefix from here on, so that it can be stripped.
            exchange.target = listen_path + after_prefix(raw_path, prefix) + question + query
        exchange.listen_path = listen_path[: route.strippable]
        api = route.api
        if api.own_paths:
            return api.render_below(request, prefix, path)
        return api.render(request)
