"""Limits and rights on each API from several policies: the parts that each of them decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from attrs import define, field

from twisted_tyk.session.merge_limits import (
    copied,
    copy_rate,
    greater,
    outdo,
    take_rate,
    take_throttle,
)
from twisted_tyk.session.merge_rights import merge_access, merge_endpoints
from twisted_tyk.session.policy import Policy
from twisted_tyk.session.rights import AccessDefinition
from twisted_tyk.session.state import SessionState

QUOTA: Final = "quota"
RATE: Final = "rate_limit"
ACL: Final = "acl"
COMPLEXITY: Final = "complexity"
PARTS: Final = (QUOTA, RATE, ACL, COMPLEXITY)


def parts_of(policy: Policy) -> frozenset[str]:
    """The parts of a key that a policy decides."""
    partitions = policy.partitions
    return frozenset(p for p in PARTS if not partitions.named or getattr(partitions, p))


@define
class Rights:
    """One API as the policies so far have it.

    :ivar parts: that some policy has decided.
    :ivar owner: whose limits they are, for the scope of counters: a policy or the API.
    """

    access: AccessDefinition = field(factory=AccessDefinition)
    parts: set[str] = field(factory=set)
    owner: str = ""


@define
class Merging:
    """Policies put over the APIs of a session, one after the other.

    :ivar apis: by API id, with what was decided of them.
    """

    session: SessionState
    apis: dict[str, Rights] = field(factory=dict)

    def take(self, policy: Policy) -> None:
        """One more policy."""
        for api_id, access in policy.access_rights.items():
            rights = self.apis.setdefault(api_id, Rights())
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
        self, rights: Rights, api_id: str, access: AccessDefinition, policy: Policy
    ) -> None:
        """The API's own limit, or else the policy's, which its APIs share."""
        empty = access.limit.empty
        owner = policy.id if empty else api_id
        limit = policy.limit() if empty else copied(access.limit)
        known = rights.access.limit
        if rights.parts and outdo(limit, known):
            owner = rights.owner
        rights.access.limit = limit
        rights.owner = rights.access.allowance_scope = owner
        rights.parts.update(PARTS)
        merge_access(rights.access, access)
        merge_endpoints(rights.access, access)
        before = self.session.access_rights.get(api_id)
        rights.access.disable_introspection |= bool(before and before.disable_introspection)

    def _take_parts(self, rights: Rights, access: AccessDefinition, policy: Policy) -> None:
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
            offered = policy.limit()
            for place in (limit, session):
                take_rate(place, offered)
                take_throttle(place, offered)
        if COMPLEXITY in parts:
            for place in (limit, session):
                if greater(policy.max_query_depth, place.max_query_depth):
                    place.max_query_depth = policy.max_query_depth

    def _take_master(self, policy: Policy) -> None:
        """Of a policy that names no API the limits are those of the session."""
        parts, session = parts_of(policy), self.session
        if RATE in parts:
            copy_rate(session, policy.limit())
        if COMPLEXITY in parts:
            session.max_query_depth = policy.max_query_depth
        if QUOTA in parts:
            session.quota_max = policy.quota_max
            session.quota_renewal_rate = policy.quota_renewal_rate

    def finish(self) -> bool:
        """Give the session its rights. Whether it has any."""
        session = self.session
        apis = {api_id: rights for api_id, rights in self.apis.items() if ACL in rights.parts}
        owners = {rights.owner for rights in apis.values()}
        for rights in apis.values():
            access, limit = rights.access, rights.access.limit
            if RATE not in rights.parts:
                copy_rate(limit, session)
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
            # No rights at all would open every API.
            return False
        session.access_rights = {api_id: rights.access for api_id, rights in apis.items()}
        return True

    def _lift_only(self, apis: Mapping[str, Rights]) -> None:
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
