"""What of limits an API's definition and the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from twisted_tyk.chain.patterns import patterns
from twisted_tyk.events.monitor import QuotaMonitor
from twisted_tyk.limits.names import short
from twisted_tyk.limits.of_api import ApiLimits, api_limits
from twisted_tyk.limits.of_session import Wanted
from twisted_tyk.limits.refused import Monitor

if TYPE_CHECKING:
    from twisted_tyk.apidef.model import ApiDefinition
    from twisted_tyk.chain.shared import Shared
    from twisted_tyk.settings import Settings


def limits_of_api(definition: ApiDefinition, settings: Settings, shared: Shared) -> ApiLimits:
    """Those of the API itself; each time it is loaded they begin anew."""
    shown = short if shared.tokens.hash_keys else str
    return api_limits(definition, shown, patterns(definition, settings), uuid4().hex)


def wanted_of_keys(
    definition: ApiDefinition, settings: Settings, shared: Shared, of_organisation: bool = False
) -> Wanted:
    """What of its clients' limits it has; all of an organisation's."""
    return Wanted(
        api_id=definition.api_id,
        rates=of_organisation or not definition.disable_rate_limit,
        quotas=of_organisation or not definition.disable_quota,
        smooths=settings.enable_rate_limit_smoothing,
        hashed=shared.tokens.hashed,
        compile_path=patterns(definition, settings),
    )


def monitor(wanted: bool, settings: Settings, shared: Shared) -> Monitor | None:
    """What is told how quotas are used. :param wanted: of keys such as these."""
    if not wanted or not settings.monitor.enable_trigger_monitors:
        return None
    return QuotaMonitor(settings.monitor.global_trigger_limit, shared.announce).used
