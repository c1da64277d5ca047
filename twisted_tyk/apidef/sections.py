"""Smaller objects inside a definition. Of most, this version only needs to know if they are on."""

from collections.abc import Mapping
from typing import Any, ClassVar

import attrs

from twisted_tyk.jsonfile.keys import key, names


@attrs.frozen
class Cors:
    """``CORS``: what browsers may do from other origins."""

    enable: bool = key(False)
    allowed_origins: tuple[str, ...] = key(())
    allowed_methods: tuple[str, ...] = key(())
    allowed_headers: tuple[str, ...] = key(())
    exposed_headers: tuple[str, ...] = key(())
    allow_credentials: bool = key(False)
    #: Seconds that a browser may keep the answer.
    max_age: int = key(0)
    #: Leave ``OPTIONS`` to the upstream.
    options_passthrough: bool = key(False)
    debug: bool = key(False)


@attrs.frozen
class CacheOptions:
    """``cache_options``: keep upstream responses."""

    enable_cache: bool = key(False)
    #: Seconds.
    cache_timeout: int = key(0)
    #: Every GET, HEAD and OPTIONS, not only the listed endpoints.
    cache_all_safe_requests: bool = key(False)
    #: Statuses; empty means any.
    cache_response_codes: tuple[int, ...] = key(())
    enable_upstream_cache_control: bool = key(False)
    cache_control_ttl_header: str = key("")
    cache_by_headers: tuple[str, ...] = key(())


@attrs.frozen
class GlobalRateLimit:
    """``global_rate_limit``: ``rate`` requests in ``per`` seconds, all callers together."""

    disabled: bool = key(False)
    rate: float = key(0.0)
    per: float = key(0.0)


@attrs.frozen
class AnalyticsPlugin:
    """``analytics_plugin``: code that sees each analytics record."""

    enable: bool = key(False)
    plugin_path: str = key("")
    func_name: str = key("")


@attrs.frozen
class UptimeTests:
    """``uptime_tests``: requests that tell whether an upstream is there."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names("config")

    disabled: bool = key(False)
    check_list: tuple[Mapping[str, Any], ...] = key(())


@attrs.frozen
class RequestSigning:
    """``request_signing``: sign what is sent upstream."""

    is_enabled: bool = key(False)
    secret: str = key("", secret=True)
    key_id: str = key("")
    algorithm: str = key("")
    header_list: tuple[str, ...] = key(())
    certificate_id: str = key("")
    signature_header: str = key("")


@attrs.frozen
class UpstreamAuth:
    """``upstream_auth``: credentials of the gateway itself for the upstream."""

    enabled: bool = key(False)
    basic_auth: Mapping[str, Any] = key(attrs.Factory(dict), secret=True)
    oauth: Mapping[str, Any] = key(attrs.Factory(dict), secret=True)


@attrs.frozen
class GraphQL:
    """``graphql``: of which this gateway does nothing."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names(
        "execution_mode version schema last_schema_update type_field_configurations playground"
        " engine proxy subgraph supergraph introspection"
    )

    enabled: bool = key(False)
