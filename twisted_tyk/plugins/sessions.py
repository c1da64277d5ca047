"""Sessions that hooks have stored, and that plugins ask for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.message.octets import as_text
from twisted_tyk.session.keys import Keys
from twisted_tyk.session.lifetime import Lifetimes, concerned
from twisted_tyk.session.state import SessionState

if TYPE_CHECKING:
    from twisted_tyk.apidef.model import ApiDefinition
    from twisted_tyk.exchange import Exchange


@frozen
class HookSessions:
    """Called in the reactor thread.

    :ivar definitions: of the APIs that are served, by id.
    :ivar seconds: Unix time.
    """

    keys: Keys
    lifetimes: Lifetimes
    definitions: Callable[[], Mapping[str, ApiDefinition]]
    seconds: Callable[[], float]

    log = Logger()

    def keep(self, exchange: Exchange) -> None:
        """Store the session of a request that has one that was changed.

        The request does not wait for it. A client without a key has none that is stored,
        as in Tyk [UpdateRequestSession], and a key that was deleted while the request was
        under way stays so.
        """
        exchange.session_changed = False
        session, api = exchange.session, exchange.api.definition
        if session is None or not exchange.token:
            return
        lifetime = self.lifetimes.of(
            session, concerned(session, self.definitions(), api), self.seconds()
        )
        known = exchange.recognised == exchange.token
        self.keys.write(exchange.token, session, lifetime, known=known).addErrback(
            self._not_kept, api.api_id
        )

    def json_of(self, token: bytes) -> Deferred[bytes | None]:
        """JSON with Tyk's names of the session that is stored for a client's key.

        Its policies are not applied to it. It fails as the store does.
        """
        text = as_text(token)
        return self.keys.read(text, "").addCallback(_json)

    def _not_kept(self, failure: Failure, api_id: str) -> None:
        # The request itself has its session, so it goes on.
        failure.trap(StoreUnavailable, TypeError, ValueError)
        error = failure.value
        reason = error.reason if isinstance(error, StoreUnavailable) else error
        self.log.error("a session of API {api} is not stored: {reason}", api=api_id, reason=reason)


def _json(session: SessionState | None) -> bytes | None:
    if session is None:
        return None
    return json.dumps(session.to_json(), separators=(",", ":")).encode()
