"""Parts of a gateway that its settings alone decide, for :mod:`twisted_tyk.service`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from treq.client import HTTPClient
from twisted.web.client import Agent

from twisted_tyk.chain.api import Api
from twisted_tyk.chain.shared import Shared
from twisted_tyk.events.events import Events
from twisted_tyk.events.monitor import TRIGGERED
from twisted_tyk.listen.limits import Limits
from twisted_tyk.oauth.purge import Purger
from twisted_tyk.oauth.server import Kept
from twisted_tyk.proxy.agent import PooledAgent
from twisted_tyk.record.facts import Recording
from twisted_tyk.record.normalise import folding
from twisted_tyk.record.statsd import Address, StatsD
from twisted_tyk.respond.ending import Ending
from twisted_tyk.respond.error_pages import ErrorPages
from twisted_tyk.respond.limit_fields import LimitFields
from twisted_tyk.route.table import RoutingTable, build_table
from twisted_tyk.session.lifetime import Lifetimes
from twisted_tyk.session.tokens import Tokens
from twisted_tyk.settings import Settings
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.fetch import TLSPolicy
from twisted_tyk.transport.trust import TLSSettings
from twisted_tyk.transport.whole import Whole

if TYPE_CHECKING:
    from twisted_tyk.record.prometheus import RequestMetrics

#: Seconds.
_CONNECT_TIMEOUT: Final = 10.0


def limits(settings: Settings) -> Limits:
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


def agent(reactor: Any, settings: Settings, deadlines: Deadlines) -> PooledAgent:
    """What connects to upstreams."""
    return PooledAgent(
        reactor,
        deadlines,
        timeout=settings.proxy_default_timeout,
        max_idle=settings.max_idle_connections,
        max_idle_per_host=settings.max_idle_connections_per_host,
        max_age=settings.max_conn_time,
        keep_alive=not settings.proxy_close_connections,
    )


def statsd(reactor: Any, settings: Settings) -> StatsD:
    """Where metrics go. :raises ValueError: when that is no address, or there is none."""
    try:
        address = Address.parse(settings.statsd_connection_string)
    except ValueError as error:
        raise ValueError(f"TYK_INSTRUMENTATION: statsd_connection_string: {error}") from None
    return StatsD(reactor, address, settings.statsd_prefix)


def request_metrics(settings: Settings) -> RequestMetrics | None:
    """What Prometheus is told of requests; ``None`` unless ``enable_prometheus``."""
    if not settings.enable_prometheus:
        return None
    # Imported here: it takes longer than all else that a gateway may do without.
    from twisted_tyk.record.prometheus import RequestMetrics

    return RequestMetrics(time.monotonic)


def recording(settings: Settings) -> Recording:
    """What is recorded of requests. :raises ValueError: when a pattern is none."""
    analytics = settings.analytics_config
    return Recording(
        detailed=settings.enable_analytics and analytics.enable_detailed_recording,
        detail_limit=analytics.detail_limit,
        ignored=frozenset(analytics.ignored_ips),
        fold=folding(analytics.normalise_urls),
        hashed=tokens(settings).hashed,
    )


def tokens(settings: Settings) -> Tokens:
    """How keys are made and hashed."""
    return Tokens(
        settings.hash_keys,
        settings.hash_key_function,
        settings.hash_key_function_fallback,
        not settings.disable_key_actions_by_username,
    )


def purger(settings: Settings, shared: Shared, served: Callable[[], Iterable[Kept]]) -> Purger:
    """What takes OAuth tokens that lapsed long ago out of the lists of clients."""
    return Purger(
        shared.store,
        shared.notifications,
        shared.clock,
        served,
        settings.oauth_token_expired_retain_period,
    )


def lifetimes(settings: Settings) -> Lifetimes:
    """For how long the store keeps sessions."""
    forced = settings.global_session_lifetime if settings.force_global_session_lifetime else None
    return Lifetimes(forced, settings.session_lifetime_respects_key_expiration)


def web(reactor: Any, verify: bool = True) -> HTTPClient:
    """What asks other servers, for key sets and the like.

    :param verify: the certificates of those servers.
    """
    policy = TLSPolicy(TLSSettings(verify=verify))
    agent = Agent(reactor, policy, connectTimeout=_CONNECT_TIMEOUT)
    return HTTPClient(agent, data_to_body_producer=Whole)


def tables(settings: Settings) -> Callable[[Sequence[Api]], RoutingTable]:
    """What makes a routing table of APIs."""
    return partial(
        build_table,
        custom_domains=settings.enable_custom_domains,
        strict=settings.http_server_options.enable_strict_routes,
        hostname=settings.hostname,
    )


def announcer(
    settings: Settings, base: Path, events: Events
) -> Callable[[str, Mapping[str, Any]], None]:
    """What tells the handlers of tyk.conf. :raises ValueError: when one of them is wrong."""
    handlers = dict(events.handlers(settings.event_handlers))
    monitor = settings.monitor
    if monitor.enable_trigger_monitors and monitor.configuration.target_path:
        handlers[TRIGGERED] = (*handlers.get(TRIGGERED, ()), events.webhook(monitor.configuration))
    return partial(events.tell, handlers)


def ending(settings: Settings, events: Events) -> Ending:
    """What sends responses and errors."""
    generator = () if settings.hide_generator_header else ((b"X-Generator", b"tyk.io"),)
    limits = LimitFields(
        settings.rate_limit_response_headers == "rate_limits", settings.enable_rate_limit_fields
    )
    pages = ErrorPages.load(Path(settings.template_path))
    return Ending(pages, events.of_request, generator, limits)
