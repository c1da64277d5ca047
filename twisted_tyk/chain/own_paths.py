"""Paths of an API that the gateway itself answers, before the API's chain is entered.

They lie below the listen path, and below ``/<api_id>/`` too. As in Tyk they are not recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from attrs import frozen
from twisted.web.resource import IResource

from twisted_tyk.chain.answering import Answering
from twisted_tyk.chain.limiting import wanted_of_keys
from twisted_tyk.interfaces import IRelay, IStep
from twisted_tyk.limits.report import LimitReport
from twisted_tyk.oauth.endpoints import Endpoints
from twisted_tyk.oauth.server import Server

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan

Join = Callable[["Sequence[IStep | IRelay]"], IResource]


@frozen
class OwnPath:
    """
    :ivar paths: each begins with a slash and is taken to the letter: ``/oauth/token``.
    :ivar resource: renders the request.
    """

    paths: tuple[bytes, ...]
    resource: IResource


def _oauth(plan: Plan, join: Join) -> Iterable[OwnPath]:
    definition, settings = plan.definition, plan.settings
    if definition.use_oauth2:
        server = Server.of(definition, settings, plan.shared)
        for paths, endpoint in Endpoints(server, settings.secret.encode()).all():
            yield OwnPath(paths, Answering(endpoint))


def _rate_limits(plan: Plan, join: Join) -> Iterable[OwnPath]:
    """A client's own limits, for whom the API would let in."""
    definition, shared = plan.definition, plan.shared
    if definition.use_keyless:
        return ()
    report = LimitReport(wanted_of_keys(definition, plan.settings, shared), shared.quotas)
    names = ("OrganizationMonitor", "AuthKey", "KeyExpired", "AccessRightsCheck")
    steps = [step for name in names for step in plan.made.get(name, ())]
    return [OwnPath((b"/tyk/rate-limits/",), join([*steps, report]))]


#: What gives an API its paths, often none. The second argument makes a chain of steps.
MAKERS: Final[tuple[Callable[[Plan, Join], Iterable[OwnPath]], ...]] = (_oauth, _rate_limits)


def own_paths(plan: Plan, join: Join) -> dict[bytes, IResource]:
    """Every path of an API's own, decoded, and what answers there."""
    return {path: own.resource for make in MAKERS for own in make(plan, join) for path in own.paths}
