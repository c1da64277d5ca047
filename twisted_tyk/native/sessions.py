"""Sessions that hooks asked to be stored, under Tyk's keys in the store of plugins."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from twisted.logger import Logger

from twisted_tyk.native.shelf import StoreFull
from twisted_tyk.native.store import Store
from twisted_tyk.session.state import SessionState

if TYPE_CHECKING:
    from twisted_tyk.exchange import Exchange

#: Before the key of a client [storage: apikey-].
PREFIX: Final = b"apikey-"


class Sessions:
    """Called in the reactor thread."""

    log = Logger()

    def __init__(self, store: Store) -> None:
        self._store = store

    def get(self, key: bytes) -> bytes | None:
        """JSON with Tyk's names of the session of a client, ``None`` when there is none."""
        return self._store.get(PREFIX + key)

    def put(self, key: bytes, session: SessionState, lifetime: float) -> None:
        """Store a session.

        :param lifetime: in seconds, 0 for ever.
        :raises StoreFull: when there is no room.
        :raises TypeError: when its meta data holds what is not JSON; or ``ValueError``.
        """
        text = json.dumps(session.to_json(), separators=(",", ":"), allow_nan=False)
        self._store.set(PREFIX + key, text.encode(), lifetime)

    def keep(self, exchange: Exchange) -> None:
        """Store the session of a request that has one that was changed.

        A client without a key has none that is stored, as in Tyk [UpdateRequestSession]. It
        lives as long as the session says, or else its API (``session_lifetime``).
        """
        exchange.session_changed = False
        session = exchange.session
        if session is None or not exchange.token:
            return
        lifetime = session.session_lifetime or exchange.api.definition.session_lifetime
        key = exchange.token.encode("utf-8", "surrogateescape")
        try:
            self.put(key, session, max(0, lifetime))
        except (StoreFull, TypeError, ValueError) as error:
            # The request itself has its session, so it goes on.
            self.log.error(
                "a session of API {api} is not stored: {error}",
                api=exchange.api.api_id, error=error,
            )  # fmt: skip
