"""Tells when a key has used much of its quota (``monitor``) [gw/monitor.go]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from attrs import frozen

if TYPE_CHECKING:
    from twisted_tyk.session.state import SessionState

#: Tyk's name of the event.
TRIGGERED: Final = "TriggerExceeded"


@frozen
class QuotaMonitor:
    """Called in the reactor thread, for each request that counts against a quota.

    Each limit is told of once, by the request that reaches it; Tyk tells of it again with
    each further request.

    :ivar everywhere: percent of the quota of every key; 0 is none.
    :ivar announce: takes the event and what is known of it.
    """

    everywhere: float
    announce: Callable[[str, Mapping[str, Any]], None]

    def used(self, session: SessionState, name: str, most: int, count: int) -> None:
        """A request was the ``count``-th of ``most``.

        :param session: whose own ``trigger_limits`` count, too.
        :param name: what the key is called towards others.
        """
        if most <= 0 or not 1 <= count <= most:
            return
        before, now = 100.0 * (count - 1) / most, 100.0 * count / most
        for limit in _limits(self.everywhere, session.monitor.trigger_limits):
            if before < limit <= now:
                self.announce(
                    TRIGGERED,
                    {
                        "Message": "Quota trigger reached",
                        "OrgID": session.org_id,
                        "Key": name,
                        "TriggerLimit": limit,
                        "UsagePercentage": now,
                    },
                )


def _limits(everywhere: float, own: Iterable[float]) -> Iterable[float]:
    return dict.fromkeys([*([everywhere] if everywhere > 0 else []), *own])
