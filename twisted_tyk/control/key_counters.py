"""The counters of a key: begun anew when it changes, shown when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred, inlineCallbacks

from twisted_tyk.limits.names import BLOCKED, quota_name, rate_name
from twisted_tyk.limits.reader import QuotaReader
from twisted_tyk.session.state import SessionState


@frozen
class KeyCounters:
    """Knows the counters of a session by their names.

    Its Deferreds fail with :class:`~twisted_tyk.errors.StoreUnavailable`.
    """

    reader: QuotaReader

    def reset(self, session: SessionState, stored_as: str) -> Deferred[Any]:
        """Begin its quotas anew and let it in if it is locked out.

        :param stored_as: what the key is stored under.
        """
        names = [
            name
            for scope in _scopes(session)
            for name in (quota_name(scope, stored_as), rate_name(scope, stored_as) + BLOCKED)
        ]
        return self.reader.forget(*names)

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
        counts = yield self.reader.used(*names)
        for (holder, _), count in zip(holders, counts, strict=True):
            holder.quota_remaining = max(0, holder.quota_max - count)


def _scopes(session: SessionState) -> Iterator[str]:
    """Of the key as a whole, and of its rights."""
    scopes = (access.allowance_scope for access in session.access_rights.values())
    yield from dict.fromkeys(["", *scopes])
