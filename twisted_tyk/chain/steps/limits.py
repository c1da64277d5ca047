"""How much may be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twisted_tyk.admit.organisation import OrganisationLimits
from twisted_tyk.authorize.limits import KeyLimits, OwnLimits
from twisted_tyk.chain.limiting import monitor, wanted_of_keys
from twisted_tyk.interfaces import IStep

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


def of_organisation(plan: Plan) -> list[IStep]:
    """What limits all keys of an organisation together."""
    definition, shared = plan.definition, plan.shared
    if not plan.settings.enforce_org_quotas or not definition.org_id:
        return []
    return [
        OrganisationLimits(
            shared.organisations,
            shared.limiter,
            definition.org_id,
            wanted_of_keys(definition, plan.settings, shared, of_organisation=True),
            definition.storage_outage == "local",
            monitor(plan.settings.monitor.monitor_org_keys, plan.settings, shared),
        )
    ]


def of_key(plan: Plan) -> list[IStep]:
    """What limits a key."""
    definition, shared = plan.definition, plan.shared
    if definition.disable_rate_limit and definition.disable_quota:
        return []
    return [
        KeyLimits(
            shared.limiter,
            wanted_of_keys(definition, plan.settings, shared),
            plan.own_limits,
            definition.storage_outage == "local",
            shared.clock,
            shared.events.of_request,
            monitor(plan.settings.monitor.monitor_user_keys, plan.settings, shared),
        )
    ]


def of_api(plan: Plan) -> list[IStep]:
    """What limits all callers of the API together."""
    own = plan.own_limits
    local = plan.definition.storage_outage == "local"
    return [OwnLimits(plan.shared.limiter, own, local)] if own.limited else []
