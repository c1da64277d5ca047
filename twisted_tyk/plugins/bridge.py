"""A relay where a step is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IRelay, IStep, IWaiting


def decision(relay: IRelay, exchange: Exchange) -> Deferred[Reply | None]:
    """What a step would return for what ``relay`` does. Cancelling it tells the relay."""
    return _Waiting(relay, exchange).decided


@implementer(IWaiting)
class _Waiting:
    def __init__(self, relay: IRelay, exchange: Exchange) -> None:
        self._leave: Callable[[], None] | None = None
        self.decided: Deferred[Reply | None] = Deferred(self._cancelled)
        self._leave = relay.relay(exchange, self)

    def go_on(self) -> None:
        self.decided.callback(None)

    def reply(self, reply: Reply) -> None:
        self.decided.callback(reply)

    def refuse(self, error: Exception) -> None:
        self.decided.errback(error)

    def _cancelled(self, _: Any) -> None:
        if self._leave is not None:
            self._leave()


def as_step(step: IStep | IRelay) -> IStep:
    """``step`` itself, or a step that does what the relay does."""
    if IStep.providedBy(step):
        return step
    made: IStep = Bridge(step)
    return made


@implementer(IStep)
class Bridge:
    """A relay behind the face of a step."""

    def __init__(self, relay: IRelay) -> None:
        self.name = relay.name
        self._relay = relay

    def process(self, exchange: Exchange) -> Deferred[Reply | None]:
        """Wait for the relay."""
        return decision(self._relay, exchange)
