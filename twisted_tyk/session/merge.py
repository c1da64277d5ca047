"""Policies put over a session: Tyk's rules [internal/policy/apply.go].

Of several policies the one that allows more counts: the fastest rate, the largest quota,
the rights of each. A policy with partitions decides the parts it names, one with none
all four; one that is ``per_api`` gives each API limits of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Final

from attrs import define, field

from twisted_tyk.session.merge_rights import (
    greater,
    merge_access,
    merge_endpoints,
    pause,
    united,
)
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.rights import AccessDefinition, Limit
from twisted_tyk.session.state import SessionState

QUOTA: Final = "quota"
RATE: Final = "rate_limit"
ACL: Final = "acl"
COMPLEXITY: Final = "complexity"
PARTS: Final = (QUOTA, RATE, ACL, COMPLEXITY)


class PolicyError(ValueError):
    """The key can not be used with the policies it names. The message is Tyk's."""


def merge(session: SessionState, policies: Sequence[Policy]) -> None:
    """Put policies over a session, which changes. They share nothing with it then.

    :raises PolicyError: when they do not go together, or give no right on any API.
    """
    _check(policies)
    _clear(session, policies)
    merging = _Merging(session)
    for policy in policies:
        merging.take(policy)
    _take_rest(session, policies)
    merging.finish()


def parts_of(policy: Policy) -> frozenset[str]:
    """The parts of a key that a policy decides."""
    partitions = policy.partitions
    return frozenset(p for p in PARTS if not partitions.named or getattr(partitions, p))


def _check(policies: Sequence[Policy]) -> None:
    for policy in policies:
        if policy.partitions.per_api and policy.partitions.named:
            raise PolicyError(
                f"cannot apply policy {policy.id} which has per_api and any of partitions set"
            )
    per_api = any(policy.partitions.per_api and policy.access_rights for policy in policies)
    if per_api and any(policy.partitions.named for policy in policies):
        raise PolicyError(
            "cannot apply multiple policies when some have per_api set and some are partitioned"
        )


def _clear(session: SessionState, policies: Sequence[Policy]) -> None:
    """Take out of the session what policies decide: a larger value of its own would win."""
    parts = frozenset[str]().union(*map(parts_of, policies))
    if QUOTA in parts:
        session.quota_max = session.quota_remaining = 0
    if RATE in parts:
        session.rate = session.per = session.throttle_interval = 0.0
        session.throttle_retry_limit = 0
        session.smoothing = None
    if COMPLEXITY in parts:
        session.max_query_depth = 0


def _take_rest(session: SessionState, policies: Sequence[Policy]) -> None:
    """What is neither a limit nor a right. The key's own ``is_inactive`` does not count."""
    session.is_inactive = any(policy.is_inactive for policy in policies)
    session.tags = united(*(policy.tags for policy in policies), session.tags)
    updates = [session.last_updated, *(policy.last_updated for policy in policies)]
    # Numbers, as text.
    session.last_updated = max(updates, key=lambda text: (len(text), text))
    for policy in policies:
        session.meta_data.update(deepcopy(dict(policy.meta_data)))
        session.hmac_enabled |= policy.hmac_enabled
        session.enable_http_signature_validation |= policy.enable_http_signature_validation
        session.post_expiry_action = policy.post_expiry_action or session.post_expiry_action
        session.post_expiry_grace_period = (
            policy.post_expiry_grace_period or session.post_expiry_grace_period
        )


@define
class _Rights:
    """One API as the policies so far have it.

    :ivar parts: that some policy has decided.
    :ivar owner: whose limits they are, for the scope of counters: a policy or the API.
    """

    access: AccessDefinition = field(factory=AccessDefinition)
    parts: set[str] = field(factory=set)
    owner: str = ""


@define
class _Merging:
    """:ivar apis: by API id, with what was decided of them."""

    session: SessionState
    apis: dict[str, _Rights] = field(factory=dict)

    def take(self, policy: Policy) -> None:
        for api_id, access in policy.access_rights.items():
            rights = self.apis.setdefault(api_id, _Rights())
            if policy.partitions.per_api:
                self._take_per_api(rights, api_id, access, policy)
            else:
                self._take_parts(rights, access, policy)
            before = self.session.access_rights.get(api_id)
            if before is not None and not before.limit.empty:
                rights.access.limit.quota_renews = before.limit.quota_renews
        if not policy.access_rights:
            self._take_master(policy)

    def _take_per_api(
        self, rights: _Rights, api_id: str, access: AccessDefinition, policy: Policy
    ) -> None:
        """The API's own limit, or else the policy's, which its APIs share."""
        empty = access.limit.empty
        owner = policy.id if empty else api_id
        limit = policy.limit() if empty else deepcopy(access.limit)
        known = rights.access.limit
        if rights.parts and _outdo(limit, known):
            owner = rights.owner
        rights.access.limit = limit
        rights.owner = rights.access.allowance_scope = owner
        rights.parts.update(PARTS)
        merge_access(rights.access, access)
        merge_endpoints(rights.access, access)
        before = self.session.access_rights.get(api_id)
        rights.access.disable_introspection |= bool(before and before.disable_introspection)

    def _take_parts(self, rights: _Rights, access: AccessDefinition, policy: Policy) -> None:
        parts, session, limit = parts_of(policy), self.session, rights.access.limit
        rights.parts.update(parts)
        if ACL in parts:
            merge_access(rights.access, access)
            rights.owner = policy.id
        if QUOTA in parts:
            for place in (limit, session):
                if greater(policy.quota_max, place.quota_max):
                    place.quota_max = policy.quota_max
                place.quota_renewal_rate = max(place.quota_renewal_rate, policy.quota_renewal_rate)
        if RATE in parts:
            merge_endpoints(rights.access, access)
            for place in (limit, session):
                _rate(place, policy.limit())
                _throttle(place, policy.limit())
        if COMPLEXITY in parts:
            for place in (limit, session):
                if greater(policy.max_query_depth, place.max_query_depth):
                    place.max_query_depth = policy.max_query_depth

    def _take_master(self, policy: Policy) -> None:
        """Of a policy that names no API the limits are those of the session."""
        parts, session = parts_of(policy), self.session
        if RATE in parts:
            _copy_rate(session, policy.limit())
        if COMPLEXITY in parts:
            session.max_query_depth = policy.max_query_depth
        if QUOTA in parts:
            session.quota_max = policy.quota_max
            session.quota_renewal_rate = policy.quota_renewal_rate

    def finish(self) -> None:
        """:raises PolicyError: when there is no right on any API."""
        session = self.session
        apis = {api_id: rights for api_id, rights in self.apis.items() if ACL in rights.parts}
        owners = {rights.owner for rights in apis.values()}
        for rights in apis.values():
            access, limit = rights.access, rights.access.limit
            if RATE not in rights.parts:
                _copy_rate(limit, session)
                access.endpoints = []
            if COMPLEXITY not in rights.parts:
                limit.max_query_depth = session.max_query_depth
            if QUOTA not in rights.parts:
                limit.quota_max = session.quota_max
                limit.quota_renewal_rate = session.quota_renewal_rate
                limit.quota_renews = session.quota_renews
            if len(owners) > 1:
                access.allowance_scope = access.allowance_scope or rights.owner
        self._lift_only(apis)
        if not apis:
            raise PolicyError("key has no valid policies to be applied")
        session.access_rights = {api_id: rights.access for api_id, rights in apis.items()}

    def _lift_only(self, apis: Mapping[str, _Rights]) -> None:
        """Limits of the one API that has any are the session's, too, as in Tyk of old."""
        session = self.session
        quotas, rates, depths = (
            [api_id for api_id, rights in self.apis.items() if part in rights.parts]
            for part in (QUOTA, RATE, COMPLEXITY)
        )
        if not len(quotas) == len(rates) == len(depths) == 1:
            return
        if rates[0] in apis:
            limit = apis[rates[0]].access.limit
            session.rate, session.per = limit.rate, limit.per
            session.smoothing = limit.smoothing
        if quotas[0] in apis:
            limit = apis[quotas[0]].access.limit
            session.quota_max, session.quota_renews = limit.quota_max, limit.quota_renews
            session.quota_renewal_rate = limit.quota_renewal_rate
        if depths[0] in apis:
            session.max_query_depth = apis[depths[0]].access.limit.max_query_depth


def _outdo(limit: Limit, known: Limit) -> bool:
    """Give ``limit`` what ``known`` has more of. Whether rate or quota is from there."""
    wins = False
    if pause(known.rate, known.per) < pause(limit.rate, limit.per):
        limit.rate, limit.per, limit.smoothing = known.rate, known.per, known.smoothing
        wins = True
    if known.quota_max != limit.quota_max and greater(known.quota_max, limit.quota_max):
        limit.quota_max = known.quota_max
        wins = True
    if greater(known.quota_renewal_rate, limit.quota_renewal_rate):
        limit.quota_renewal_rate = known.quota_renewal_rate
    if limit.quota_max == -1:
        limit.quota_renewal_rate = 0
    if greater(known.max_query_depth, limit.max_query_depth):
        limit.max_query_depth = known.max_query_depth
    _throttle(limit, known)
    return wins


def _rate(place: Limit | SessionState, limit: Limit) -> None:
    """The faster rate. A policy that says none changes nothing."""
    if not limit.rate or not limit.per:
        return
    none = not place.rate or not place.per
    if none or pause(place.rate, place.per) > pause(limit.rate, limit.per):
        place.rate, place.per, place.smoothing = limit.rate, limit.per, limit.smoothing


def _throttle(place: Limit | SessionState, limit: Limit) -> None:
    place.throttle_interval = max(place.throttle_interval, limit.throttle_interval)
    place.throttle_retry_limit = max(place.throttle_retry_limit, limit.throttle_retry_limit)


def _copy_rate(place: Limit | SessionState, source: Limit | SessionState) -> None:
    place.rate, place.per, place.smoothing = source.rate, source.per, source.smoothing
    place.throttle_interval = source.throttle_interval
    place.throttle_retry_limit = source.throttle_retry_limit
