"""The APIs that endpoints of ``/tyk/oauth`` are about."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen
from twisted.internet.defer import Deferred

from twisted_tyk.apidef.model import ApiDefinition
from twisted_tyk.chain.api import Api
from twisted_tyk.control.answers import Answer
from twisted_tyk.control.asked import Asked
from twisted_tyk.errors import Refusal
from twisted_tyk.oauth.server import Kept

if TYPE_CHECKING:
    from twisted_tyk.chain.shared import Shared
    from twisted_tyk.settings import Settings


@frozen
class OAuthApis:
    """:ivar served: the APIs of the routing table in force."""

    served: Callable[[], Sequence[Api]]
    settings: Settings
    shared: Shared

    def find(self, api_id: str) -> ApiDefinition | None:
        """The definition with that id."""
        return next((api.definition for api in self.served() if api.api_id == api_id), None)

    def kept(self, definition: ApiDefinition) -> Kept:
        """What the store has of an API."""
        return Kept.of(definition, self.settings, self.shared)

    def asked(self, api_id: str, complaint: str = "OAuth Client ID not found") -> Kept:
        """What the store has of the API with that id. :raises Refusal: 404 without one."""
        definition = self.find(api_id)
        if definition is None:
            raise Refusal(404, complaint)
        return self.kept(definition)

    def servers(self, org_id: str = "") -> Iterator[Kept]:
        """Those with an OAuth server. :param org_id: only those of this organisation, if given."""
        for api in self.served():
            if api.definition.use_oauth2 and org_id in ("", api.definition.org_id):
                yield self.kept(api.definition)

    async def having(self, client_id: str, org_id: str) -> list[Kept]:
        """Those of the servers that have a client."""
        return [kept for kept in self.servers(org_id) if await kept.clients.exists(client_id)]


def waits(
    answer: Callable[[Asked], Coroutine[Any, Any, Answer]],
) -> Callable[[Asked], Deferred[Answer]]:
    """A coroutine function as the handler of a route."""
    return lambda asked: Deferred.fromCoroutine(answer(asked))
