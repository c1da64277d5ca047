"""All that counts requests, as the settings ask for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from attrs import define, field
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime
from twisted.internet.task import LoopingCall

from twisted_tyk.limits.counters import Algorithm, Counters, chosen
from twisted_tyk.limits.kept import KeptQuotas
from twisted_tyk.limits.limiter import Limiter
from twisted_tyk.limits.nodes import Announcements, Nodes
from twisted_tyk.limits.remote import Redis, RemoteCounters
from twisted_tyk.limits.sweep import Sweep
from twisted_tyk.settings import Settings

if TYPE_CHECKING:
    from twisted_tyk.interfaces import INotifications, IStore

#: Seconds between two looks at what is to be kept, and what is over.
INTERVAL: Final = 1.0


@define(eq=False)
class Counting:
    """Called in the reactor thread. :ivar limiter: what steps ask."""

    limiter: Limiter
    sweep: Sweep
    kept: KeptQuotas | None
    announcements: Announcements | None
    clock: IReactorTime
    _loop: LoopingCall = field(init=False)

    @_loop.default
    def _make_loop(self) -> LoopingCall:
        loop = LoopingCall(self._look)
        loop.clock = self.clock
        return loop

    def start(self) -> None:
        """Begin, when the store has."""
        self._loop.start(INTERVAL, now=False)
        if self.announcements is not None:
            self.announcements.start()

    def stop(self) -> Deferred[Any]:
        """End, before the store does; fires when the quotas are kept."""
        if self._loop.running:
            self._loop.stop()
        if self.announcements is not None:
            self.announcements.stop()
        return succeed(None) if self.kept is None else self.kept.write()

    def _look(self) -> None:
        if self.kept is not None:
            self.kept.write()
        self.sweep.some()


def make_counting(
    clock: IReactorTime,
    settings: Settings,
    store: IStore,
    notifications: INotifications,
    redis: Redis | None,
    host: str,
) -> Counting:
    """Make it; nothing happens before it is started.

    :param clock: its seconds are Unix time.
    :param redis: counts for all nodes; without it this one is alone.
    :param host: the name of this machine.
    """
    algorithm, seconds = chosen(settings), clock.seconds
    counters = Counters(algorithm, seconds)
    kept = KeptQuotas(counters.quotas, store, seconds) if redis is None else None
    counters.quotas.kept = kept is not None
    nodes = Nodes(settings.drl_threshold)
    remote = None
    if redis is not None:
        shared = Algorithm.ROLLING if algorithm is Algorithm.SHARED else algorithm
        remote = RemoteCounters(redis, shared, settings.drl_enable_sentinel_rate_limiter)
    limiter = Limiter(seconds, counters, nodes, remote, kept)
    announcements = None
    if redis is not None and algorithm is Algorithm.SHARED and not settings.management_node:
        announcements = Announcements(
            nodes, notifications, clock, host, f"solo-{uuid4()}",
            "".join(settings.db_app_conf_options.tags),
            float(settings.drl_notification_frequency), lambda: limiter.asked,
        )  # fmt: skip
    return Counting(
        limiter,
        Sweep(counters, seconds, keeps_quotas=kept is not None),
        kept,
        announcements,
        clock,
    )
