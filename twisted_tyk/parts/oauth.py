"""OAuth 2.0 servers of APIs, as far as they belong to the gateway."""

from __future__ import annotations

from attrs import frozen

from twisted_tyk.chain.shared import Shared
from twisted_tyk.control.oauth_apis import OAuthApis
from twisted_tyk.oauth.purge import Purger
from twisted_tyk.parts.routing import Served
from twisted_tyk.settings import Settings


@frozen
class OAuth:
    """
    :ivar apis: those with a server.
    :ivar purger: takes tokens that lapsed long ago out of the lists of clients.
    """

    apis: OAuthApis
    purger: Purger

    @classmethod
    def make(cls, settings: Settings, shared: Shared, served: Served) -> OAuth:
        """It begins when the purger is started."""
        apis = OAuthApis(served, settings, shared)
        return cls(
            apis,
            Purger(
                shared.store,
                shared.notifications,
                shared.clock,
                apis.servers,
                settings.oauth_token_expired_retain_period,
            ),
        )
