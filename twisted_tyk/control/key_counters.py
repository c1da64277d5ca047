"""The counters of a key: begun anew when it changes, shown when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.limits.counters import Counters
from twisted_tyk.limits.names import BLOCKED, quota_name, rate_name
from twisted_tyk.session.state import SessionState

if TYPE_CHECKING:
    from twisted_tyk.interfaces import IStore


class ICounters(Protocol):
    """Where counters are. It fails with ``StoreUnavailable``."""

    def used(self, *names: str) -> Deferred[list[int]]:
        """How often these quotas have been used since they began, 0 for those that have not."""

    def forget(self, *names: str) -> Deferred[Any]:
        """Begin these anew."""


@frozen
class KeyCounters:
    """Knows the counters of a session by their names."""

    counters: ICounters

    def reset(self, session: SessionState, stored_as: str) -> Deferred[Any]:
        """Begin its quotas anew and let it in if it is locked out.

        :param stored_as: what the key is stored under.
        """
        names = [
            name
            for scope in _scopes(session)
            for name in (quota_name(scope, stored_as), rate_name(scope, stored_as) + BLOCKED)
        ]
        return self.counters.forget(*names)

    @inlineCallbacks
    def show(self, session: SessionState, stored_as: str) -> Any:
        """Set what remains of its quotas [gw/api.go handleGetDetail]."""
        holders: list[tuple[Any, str]] = []
        if session.quota_max != -1:
            holders.append((session, ""))
        holders += [
            (access.limit, access.allowance_scope)
            for access in session.access_rights.values()
            if access.limit.quota_max > 0
        ]
        if not holders:
            return
        names = [quota_name(scope, stored_as) for _, scope in holders]
        counts = yield self.counters.used(*names)
        for (holder, _), count in zip(holders, counts, strict=True):
            holder.quota_remaining = max(0, holder.quota_max - count)


def _scopes(session: SessionState) -> Iterator[str]:
    """Of the key as a whole, and of its rights."""
    scopes = (access.allowance_scope for access in session.access_rights.values())
    yield from dict.fromkeys(["", *scopes])


@frozen
class StoredCounters:
    """Counters in the store, and in the memory of this node.

    :ivar memory: what has not been told to the store yet, and what never is.
    :ivar seconds: Unix time.
    """

    store: IStore
    memory: Counters
    seconds: Callable[[], float]

    def used(self, *names: str) -> Deferred[list[int]]:
        """See :class:`ICounters`."""
        here = [self.memory.quotas.entries.get(name) for name in names]
        now = self.seconds()

        def counted(values: list[bytes | None]) -> list[int]:
            return [
                _number(value) if used is None else used.count if used.until > now else 0
                for used, value in zip(here, values, strict=True)
            ]

        return self.store.get_many([_bytes(name) for name in names]).addCallback(counted)

    def forget(self, *names: str) -> Deferred[int]:
        """See :class:`ICounters`."""
        for name in names:
            self.memory.quotas.entries.pop(name, None)
            self.memory.quotas.changed.pop(name, None)
            self.memory.logs.sentinels.pop(name.removesuffix(BLOCKED), None)
        return self.store.delete(*map(_bytes, names))


def _number(value: bytes | None) -> int:
    try:
        return int(value or 0)
    except ValueError:
        return 0


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
