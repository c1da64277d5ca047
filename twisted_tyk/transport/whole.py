"""A body that is there as a whole, for requests of our own."""

from __future__ import annotations

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IConsumer
from twisted.web.iweb import IBodyProducer
from zope.interface import implementer


@implementer(IBodyProducer)
class Whole:
    """Written at once. treq's own would read it bit by bit, by way of the global reactor."""

    def __init__(self, data: bytes) -> None:
        self.length = len(data)
        self._data = data

    def startProducing(self, consumer: IConsumer) -> Deferred[None]:
        """All of it."""
        consumer.write(self._data)
        return succeed(None)

    def pauseProducing(self) -> None:
        """It is over already."""

    def resumeProducing(self) -> None:
        """It is over already."""

    def stopProducing(self) -> None:
        """It is over already."""
