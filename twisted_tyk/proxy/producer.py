"""Twisted's body producers as bodies, for callers who speak ``IAgent``."""

from __future__ import annotations

from typing import Any

from twisted.internet.interfaces import IConsumer
from twisted.python.failure import Failure
from twisted.web.iweb import UNKNOWN_LENGTH, IBodyProducer
from zope.interface import implementer

from twisted_tyk.message.body import Body


class ProducedBody(Body):
    """What an ``IBodyProducer`` makes. It starts when the body is piped on."""

    __slots__ = ("_production",)

    def __init__(self, producer: IBodyProducer) -> None:
        self._production = Production(producer, self)
        length: Any = producer.length
        super().__init__(self._production, None if length is UNKNOWN_LENGTH else length, held=True)

    def drop(self) -> None:
        wanted = not self.ended and self.failure is None and not self._dropped
        super().drop()
        if wanted:
            self._production.stop()


@implementer(IConsumer)
class Production:
    """Between a producer and a body: consumer of the one, source of the other."""

    def __init__(self, producer: IBodyProducer, body: Body) -> None:
        self._producer = producer
        self._body = body
        self._started = False
        self._stopped = False

    def resumeProducing(self) -> None:
        if self._stopped:
            return
        if self._started:
            self._producer.resumeProducing()
            return
        self._started = True
        finished = self._producer.startProducing(self)
        finished.addCallbacks(self._ended, self._broke_off)

    def pauseProducing(self) -> None:
        self._producer.pauseProducing()

    def stop(self) -> None:
        """No more bytes are wanted."""
        self._stopped = True
        if self._started:
            self._producer.stopProducing()

    def write(self, data: bytes) -> None:
        if not self._stopped:
            self._body.feed(data)

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """For the interface: the producer at hand is the only one."""

    def unregisterProducer(self) -> None:
        """For the interface."""

    def _ended(self, _: object) -> None:
        if not self._stopped:
            self._body.end()

    def _broke_off(self, reason: Failure) -> None:
        if not self._stopped:
            self._body.fail(reason)
