"""Sessions that were read a short time ago, so that a request need not ask the store."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from attrs import define, field, frozen

from twisted_tyk.session.state import SessionState

#: Seconds that a session counts without a look at the store, as in Tyk [gw/server.go].
FRESH: Final = 10.0


@frozen
class Held:
    """A session as it was read.

    :ivar until: when it is no longer fresh, in seconds of the clock.
    :ivar revision: of the policies that were applied to it.
    """

    session: SessionState
    until: float
    revision: int


@define(eq=False)
class SessionCache:
    """Held sessions by what clients present. What was read first makes room.

    A session that is not fresh any more stays until there is a newer one: it is what
    counts while the store is away.

    :ivar most: sessions at most.
    """

    most: int = 10_000
    _held: dict[Hashable, Held] = field(factory=dict, init=False)
    _by_hash: dict[str, set[Hashable]] = field(factory=dict, init=False)

    def __len__(self) -> int:
        return len(self._held)

    def get(self, name: Hashable) -> Held | None:
        """What is held, fresh or not."""
        return self._held.get(name)

    def put(self, name: Hashable, held: Held) -> None:
        """Hold it, in place of what was held before."""
        self.drop(name)
        while len(self._held) >= self.most:
            self.drop(next(iter(self._held)))
        self._held[name] = held
        self._by_hash.setdefault(held.session.key_hash, set()).add(name)

    def drop(self, name: Hashable) -> None:
        """Hold it no longer, if it is held."""
        held = self._held.pop(name, None)
        if held is not None:
            names = self._by_hash[held.session.key_hash]
            names.discard(name)
            if not names:
                del self._by_hash[held.session.key_hash]

    def drop_hash(self, key_hash: str) -> None:
        """Hold no session any longer that is stored under this."""
        for name in list(self._by_hash.get(key_hash, ())):
            self.drop(name)

    def clear(self) -> None:
        """Hold nothing."""
        self._held.clear()
        self._by_hash.clear()
