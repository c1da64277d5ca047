"""What a key may do with one API, as Tyk's JSON has it (``access_rights``)."""

from __future__ import annotations

from typing import Any

from attrs import define, field


@define
class Smoothing:
    """How a rate limit moves between a threshold and its rate."""

    enabled: bool = False
    threshold: int = 0
    trigger: float = 0.0
    step: int = 0
    delay: int = 0


@define
class Limit:
    """Rate and quota. All zero means that the session's own values count.

    :ivar rate: requests in :attr:`per` seconds; 0 or -1 is no limit.
    :ivar quota_max: requests in :attr:`quota_renewal_rate` seconds; -1 is no limit.
    :ivar quota_renews: when the quota begins anew, in Unix seconds.
    :ivar throttle_interval: seconds between retries of a request over the rate.
    """

    rate: float = 0.0
    per: float = 0.0
    smoothing: Smoothing | None = None
    throttle_interval: float = 0.0
    throttle_retry_limit: int = 0
    max_query_depth: int = 0
    quota_max: int = 0
    quota_renews: int = 0
    quota_remaining: int = 0
    quota_renewal_rate: int = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is said here, so that the session's own values count."""
        return not (
            self.rate
            or self.per
            or self.smoothing
            or self.throttle_interval
            or self.throttle_retry_limit
            or self.max_query_depth
            or self.quota_max
            or self.quota_renews
            or self.quota_remaining
            or self.quota_renewal_rate
        )


@define
class AllowedURL:
    """:ivar url: a regular expression. :ivar methods: such as ``["GET"]``."""

    url: str = ""
    methods: list[str] = field(factory=list)


@define
class EndpointMethod:
    name: str = ""
    limit: Limit = field(factory=Limit)


@define
class Endpoint:
    """Limits of a key on one path, per method."""

    path: str = ""
    methods: list[EndpointMethod] = field(factory=list)


@define
class AccessDefinition:
    """The rights of a key on one API.

    :ivar versions: names of the versions it may use.
    :ivar allowed_urls: when not empty, one of these must match.
    :ivar allowance_scope: part of the counters' name; see policies.
    """

    api_name: str = ""
    api_id: str = ""
    versions: list[str] = field(factory=list)
    allowed_urls: list[AllowedURL] = field(factory=list)
    restricted_types: list[dict[str, Any]] = field(factory=list)
    allowed_types: list[dict[str, Any]] = field(factory=list)
    limit: Limit = field(factory=Limit)
    field_access_rights: list[dict[str, Any]] = field(factory=list)
    disable_introspection: bool = False
    allowance_scope: str = ""
    endpoints: list[Endpoint] = field(factory=list)
    json_rpc_methods: list[dict[str, Any]] = field(factory=list)
    json_rpc_methods_access_rights: dict[str, Any] = field(factory=dict)
    mcp_primitives: list[dict[str, Any]] = field(factory=list)
    mcp_access_rights: dict[str, Any] = field(factory=dict)
