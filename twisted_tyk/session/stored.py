"""The keys of clients as they are in the store, in Tyk's layout."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.message.octets import as_text, octets
from twisted_tyk.session.state import SessionState
from twisted_tyk.session.tokens import Tokens

if TYPE_CHECKING:
    from twisted_tyk.interfaces import IStore

#: Before what stands for a token, in the keys of the store [storage: apikey-].
PREFIX: Final = b"apikey-"
#: Counters of Tyk's that an empty filter must not take for keys.
_COUNTERS: Final = ("quota-", "rate-limit-")

Found = SessionState | None
_Place = tuple[str, str, bytes]


@frozen
class StoredKeys:
    """Its Deferreds fail with :class:`~twisted_tyk.errors.StoreUnavailable`.

    :ivar read_json: a session from its JSON; raises ``ValueError``.
    """

    store: IStore
    tokens: Tokens
    read_json: Callable[[bytes], SessionState]

    @inlineCallbacks
    def read(self, token: str, org_id: str, hashed: bool = False) -> Any:
        """A key as it is stored: its session, without policies, or ``None``.

        :param hashed: ``token`` is what the key is stored under.
        :raises ValueError: when what is stored is no session.
        """
        found = yield self._find(token, org_id, hashed)
        if found is None:
            return None
        name, known, value = found
        session = self.read_json(value)
        session.key_id = known
        session.key_hash = name
        return session

    @inlineCallbacks
    def write(self, name: str, session: SessionState, lifetime: float, known: bool) -> Any:
        """Store a session in place of any before.

        :param name: what it is stored under.
        :param lifetime: seconds that the store keeps it, 0 for ever.
        :param known: only if the key is still there.
        :raises TypeError: when its meta data holds what is not JSON; or ``ValueError``.
        """
        text = json.dumps(session.to_json(), separators=(",", ":"), allow_nan=False)
        put = self.store.replace if known else self.store.set
        yield put(PREFIX + octets(name), text.encode(), max(0.0, lifetime))

    @inlineCallbacks
    def remove(self, token: str, org_id: str, hashed: bool = False) -> Any:
        """Forget a key. What it was stored under and its token, or ``None``.

        :param hashed: ``token`` is what the key is stored under, and the token is ``""``.
        """
        found = yield self._find(token, org_id, hashed)
        if found is None:
            return None
        name, known, _ = found
        yield self.store.delete(PREFIX + octets(name))
        return name, known

    @inlineCallbacks
    def listed(self, beginning: str = "") -> Any:
        """What keys are stored under: tokens, or hashes of them, as text in no order."""
        names = yield self.store.keys(PREFIX + octets(beginning))
        texts = [as_text(name[len(PREFIX) :]) for name in names]
        return [text for text in texts if not text.startswith(_COUNTERS)]

    def _find(self, token: str, org_id: str, hashed: bool) -> Deferred[_Place | None]:
        """The first name that a token may be stored under, its token, and what is there."""
        if hashed:
            tokens, names = [""], [token]
        else:
            tokens = self.tokens.candidates(token, org_id)
            names = [self.tokens.hashed(each) for each in tokens]

        def first(values: list[bytes | None]) -> _Place | None:
            for name, known, value in zip(names, tokens, values, strict=True):
                if value is not None:
                    return name, known, value
            return None

        return self.store.get_many([PREFIX + octets(name) for name in names]).addCallback(first)
