"""A policy: limits and rights that many keys share [user/policy.go]."""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import attrs

from twisted_tyk.jsonfile.keys import key, names, not_a_key
from twisted_tyk.session.rights import AccessDefinition, Limit, Smoothing


@attrs.frozen
class Partitions:
    """``partitions``: which parts of a key a policy decides; all four when none is named.

    ``per_api`` goes without the others: limits are then those of each API.
    """

    quota: bool = key(False)
    rate_limit: bool = key(False)
    complexity: bool = key(False)
    #: The rights on APIs.
    acl: bool = key(False)
    per_api: bool = key(False)

    @property
    def named(self) -> bool:
        """Whether the policy decides some of the four parts only."""
        return self.quota or self.rate_limit or self.complexity or self.acl


@attrs.frozen
class Policy:
    """One policy. Field names are the JSON's; spans are seconds, as in a session."""

    NOT_ACTED_ON: ClassVar[Mapping[str, str]] = names("graphql_access_rights")

    #: What keys name it by; without one it is ``_id``.
    id: str = key("")
    #: Database id.
    database_id: str = key("", name="_id")
    #: For people.
    name: str = key("")
    #: The organisation that owns it; only APIs of the same one take it.
    org_id: str = key("")
    #: Requests in ``per`` seconds; -1 is no limit.
    rate: float = key(0.0)
    per: float = key(0.0)
    smoothing: Smoothing | None = key(None)
    #: Requests in ``quota_renewal_rate`` seconds; -1 is no limit.
    quota_max: int = key(0)
    quota_renewal_rate: int = key(0)
    #: Seconds between retries of a request over the rate.
    throttle_interval: float = key(0.0)
    throttle_retry_limit: int = key(0)
    #: Of GraphQL queries; -1 is no limit.
    max_query_depth: int = key(0)
    #: By API id.
    access_rights: Mapping[str, AccessDefinition] = key(attrs.Factory(dict))
    hmac_enabled: bool = key(False)
    enable_http_signature_validation: bool = key(False)
    #: For people: neither Tyk nor this gateway looks at it.
    active: bool = key(False)
    #: Keys of it are refused.
    is_inactive: bool = key(False)
    tags: tuple[str, ...] = key(())
    #: Seconds that a new key is good for; 0 means that the policy does not say.
    key_expires_in: int = key(0)
    #: What becomes of a key that has expired.
    post_expiry_action: Literal["", "retain", "delete"] = key("")
    #: Seconds that an expired key is retained; -1 is for ever.
    post_expiry_grace_period: int = key(0)
    partitions: Partitions = key(Partitions())
    #: Unix seconds as text; a change begins rate counters anew.
    last_updated: str = key("")
    #: Put over that of keys.
    meta_data: Mapping[str, Any] = key(attrs.Factory(dict))

    #: The whole document, references resolved; treat as read-only.
    raw: Mapping[str, Any] = not_a_key(attrs.Factory(dict))

    def limit(self) -> Limit:
        """Its limits as those of one API."""
        return Limit(
            rate=self.rate,
            per=self.per,
            smoothing=None if self.smoothing is None else attrs.evolve(self.smoothing),
            throttle_interval=self.throttle_interval,
            throttle_retry_limit=self.throttle_retry_limit,
            max_query_depth=self.max_query_depth,
            quota_max=self.quota_max,
            quota_renewal_rate=self.quota_renewal_rate,
        )
