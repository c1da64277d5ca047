"""Between a transport and what produces an answer for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from twisted.internet.interfaces import IPullProducer, IPushProducer
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted_tyk.listen.connection import Connection


@implementer(IPushProducer, IPullProducer)
class Pace:
    """Passes the transport's wishes on and tells the channel of them.

    The channel thus notices a client that takes nothing of its answer.
    """

    __slots__ = ("_channel", "_producer", "_streaming")

    def __init__(self, channel: Connection, producer: Any, streaming: bool) -> None:
        self._channel = channel
        self._producer = producer
        self._streaming = streaming

    def pauseProducing(self) -> None:
        self._channel.answer_stalled(True)
        self._producer.pauseProducing()

    def resumeProducing(self) -> None:
        # Between two calls of a pull producer the client has to take something.
        self._channel.answer_stalled(not self._streaming)
        self._producer.resumeProducing()

    def stopProducing(self) -> None:
        self._producer.stopProducing()
