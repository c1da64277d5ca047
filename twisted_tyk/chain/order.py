"""The one ordered table of every step. Its order is Tyk's (``processSpec``).

Below the last line lies the client again: what comes after ``ReverseProxy``
is rendered when the upstream has answered, and only then. An API that is
keyless has no session, so the steps marked ``asks_who`` are left out of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from attrs import frozen

from twisted_tyk.chain.steps import clients, hooks, limits, recording, upstream
from twisted_tyk.interfaces import IRelay, IStep

if TYPE_CHECKING:
    from twisted_tyk.chain.build import Plan


@frozen
class Place:
    """One line of the table.

    :ivar stage: the package that the step belongs to.
    :ivar name: Tyk's name of the step, or the hook point.
    :ivar make: the steps that an API wants here, often none.
    :ivar asks_who: left out of keyless APIs.
    """

    stage: str
    name: str
    make: Callable[[Plan], Iterable[IStep | IRelay]]
    asks_who: bool = False


ORDER: Final = (
    Place("admit", "pre", hooks.pre),
    Place("admit", "IPWhiteListMiddleware", clients.allowed),
    Place("admit", "IPBlackListMiddleware", clients.blocked),
    Place("admit", "CertificateCheckMW", clients.certificate),
    Place("admit", "OrganizationMonitor", limits.of_organisation),
    Place("admit", "TrackEndpointMiddleware", recording.tracking),
    Place("authenticate", "AuthKey", clients.authenticate, asks_who=True),
    Place("authenticate", "DetailRecording", recording.key_detail, asks_who=True),
    Place("authenticate", "post_key_auth", hooks.post_key_auth, asks_who=True),
    Place("authorize", "StripAuth", clients.strip, asks_who=True),
    Place("authorize", "KeyExpired", clients.expiry, asks_who=True),
    Place("authorize", "AccessRightsCheck", clients.access, asks_who=True),
    Place("authorize", "GranularAccessMiddleware", clients.granular, asks_who=True),
    Place("authorize", "RateLimitAndQuotaCheck", limits.of_key, asks_who=True),
    Place("authorize", "RateLimitForAPI", limits.of_api),
    Place("answer", "GoPluginMiddleware", hooks.endpoints),
    Place("answer", "post", hooks.post),
    Place("proxy", "ReverseProxy", upstream.proxy),
    Place("respond", "response", hooks.response),
)
