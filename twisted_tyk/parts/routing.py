"""Which API a request is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from attrs import evolve

from twisted_tyk.chain.api import Api
from twisted_tyk.route.root import Root
from twisted_tyk.route.table import RoutingTable, build_table
from twisted_tyk.settings import Settings

#: The APIs of the routing table in force.
Served = Callable[[], Sequence[Api]]


def make_root(settings: Settings) -> Root:
    """What renders requests of the main port. It serves no API yet."""
    return Root(
        tables(settings)(()),
        cleans=not settings.http_server_options.skip_url_cleaning,
        logs_unmatched=settings.track_404_logs,
    )


def tables(settings: Settings) -> Callable[[Sequence[Api]], RoutingTable]:
    """What makes a routing table of APIs."""
    return partial(
        build_table,
        custom_domains=settings.enable_custom_domains,
        strict=settings.http_server_options.enable_strict_routes,
        hostname=settings.hostname,
    )


def root_of_one(settings: Settings, api: Api) -> Root:
    """A root that serves one API, whatever host it is asked for by."""
    return Root(tables(evolve(settings, hostname=""))((api,)))
