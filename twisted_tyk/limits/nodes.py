"""How many nodes share the rates: each tells the others every now and then that it is there.

Tyk's announcements, so that its gateways on the same Redis are counted, and count this one
[gateway/distributed_rate_limiter.go, TykTechnologies/drl].
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from attrs import define, field
from twisted.internet.task import LoopingCall
from twisted.logger import Logger
from twisted.python.failure import Failure

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorTime

    from twisted_tyk.interfaces import INotifications

#: The command of the announcements.
NOTICE: Final = "NoticeGatewayDRLNotification"


@define(eq=False)
class Nodes:
    """
    :ivar threshold: ``drl_threshold``: requests per second and node, below which a rate is
        counted exactly when there are several.
    :ivar count: this node and those that were heard of not long ago.
    """

    threshold: float = 5.0
    count: int = 1


@define(eq=False)
class Announcements:
    """Tells of this node, and hears of the others. Called in the reactor thread.

    :ivar own_id: another one for each process.
    :ivar tag_hash: nodes with another one do not share rates with this one.
    :ivar asked: how many requests this node has counted so far.
    :ivar frequency: seconds between two announcements. After two of them without one a
        node counts no longer.
    """

    nodes: Nodes
    notifications: INotifications
    clock: IReactorTime
    host: str
    own_id: str
    tag_hash: str
    frequency: float
    asked: Callable[[], int]
    _heard: dict[str, float] = field(factory=dict, init=False)
    _last: int = field(default=0, init=False)
    _unheard: int = field(default=0, init=False)
    _loop: LoopingCall = field(init=False)

    log = Logger()

    @_loop.default
    def _make_loop(self) -> LoopingCall:
        loop = LoopingCall(self._announce)
        loop.clock = self.clock
        return loop

    def start(self) -> None:
        """Begin, at once."""
        self.notifications.subscribe(NOTICE, self.heard)
        self._loop.start(self.frequency)

    def stop(self) -> None:
        """The others find out by themselves."""
        if self._loop.running:
            self._loop.stop()

    def _announce(self) -> None:
        self._forget()
        asked = self.asked()
        load, self._last = (asked - self._last) / self.frequency, asked
        payload = {
            "HostName": self.host,
            "ID": self.own_id,
            "LoadPerSec": max(1, round(load)),
            "Percentage": 0,
            "TagHash": self.tag_hash,
        }
        text = json.dumps(payload, separators=(",", ":"))
        self.notifications.publish(NOTICE, text).addCallbacks(self._sent, self._unsent)

    def _sent(self, _: object) -> None:
        self._unheard = 0

    def _unsent(self, failure: Failure) -> None:
        """The first one says little: at the start there may be no connection yet."""
        self._unheard += 1
        if self._unheard == 2:
            self.log.warn(
                "other nodes can not be told of this one, so that each lets the whole rate "
                "pass: {error}",
                error=getattr(failure.value, "reason", "") or failure.getErrorMessage(),
            )

    def heard(self, payload: str) -> None:
        """A node is there; what is no announcement is passed over."""
        node = _node(payload)
        if node is None:
            self.log.warn("a node's announcement can not be read: {text}", text=payload[:200])
            return
        if node.get("ID") == self.own_id or node.get("TagHash", "") != self.tag_hash:
            return
        name = f"{node.get('ID')}|{node.get('HostName')}"
        self._heard[name] = self.clock.seconds() + 2 * self.frequency
        self._forget()

    def _forget(self) -> None:
        now = self.clock.seconds()
        for name in [name for name, until in self._heard.items() if until <= now]:
            del self._heard[name]
        self.nodes.count = 1 + len(self._heard)


def _node(payload: str) -> dict[str, Any] | None:
    try:
        node = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return node if isinstance(node, dict) else None
