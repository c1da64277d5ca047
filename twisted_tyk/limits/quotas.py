"""Quotas in memory."""

from __future__ import annotations

from math import inf

from attrs import define, field

from twisted_tyk.limits.contract import Quota, Standing


@define(eq=False)
class Used:
    """What of a quota is used up.

    :ivar until: when it begins anew, in Unix seconds.
    :ivar changed: the store does not know yet.
    :ivar seen: :attr:`count` at the last sweep, by which those are found that nobody uses.
    """

    count: int
    until: float
    changed: bool = False
    seen: int = -1


@define(eq=False)
class Quotas:
    """Counters by name.

    :ivar kept: somebody asks for :attr:`changed`.
    :ivar changed: what the store does not know yet, by name.
    """

    kept: bool = True
    entries: dict[str, Used] = field(factory=dict, init=False)
    changed: dict[str, Used] = field(factory=dict, init=False)

    def count(self, ask: Quota, now: float, standings: list[Standing]) -> bool:
        """Whether the request passes. It counts also when it does not, as in Tyk."""
        used = self.entries.get(ask.key)
        if used is None:
            until = now + ask.renewal if ask.renewal > 0 else inf
            used = self.entries[ask.key] = Used(0, until)
        elif used.until <= now or (used.until == inf and ask.renewal > 0):
            # Its time is over, or it was to last for ever and is not any more.
            used.count = 0
            used.until = now + ask.renewal if ask.renewal > 0 else inf
        used.count = count = used.count + 1
        if not used.changed and self.kept:
            used.changed = True
            self.changed[ask.key] = used
        left = ask.limit - count
        standings.append((left if left > 0 else 0, used.until if used.until != inf else 0.0))
        return left >= 0

    def take_changed(self) -> dict[str, Used]:
        """What the store is to be told, once."""
        changed, self.changed = self.changed, {}
        for used in changed.values():
            used.changed = False
        return changed
