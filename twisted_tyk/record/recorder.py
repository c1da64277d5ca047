"""Makes the record of each finished request and hands it to the sinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import frozen
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.record.hit import Hit


@frozen
class Recorder:
    """
    :ivar sinks: those of analytics; an API that says ``do_not_track`` is not for them.
    :ivar logs: those of the operator, who is told of every request.
    :ivar seconds: Unix time.
    :ivar monotonic: the clock of ``Exchange.started``.
    """

    sinks: Sequence[IRecordSink]
    logs: Sequence[IRecordSink]
    seconds: Callable[[], float]
    monotonic: Callable[[], float]

    log = Logger()

    def record(self, exchange: Exchange, failure: Failure | None) -> None:
        """:param failure: why the client did not get all of the answer, if it did not."""
        untracked = exchange.api.definition.do_not_track
        sinks = self.logs if untracked else (*self.sinks, *self.logs)
        if not sinks:
            return
        error = exchange.refusal or (failure and failure.value)
        hit = Hit(
            exchange,
            round((self.monotonic() - exchange.started) * 1000),
            round(exchange.upstream_time * 1000),
            self.seconds(),
            str(error) if error else "",
        )
        for sink in sinks:
            try:
                sink.record(hit)
            except Exception:
                self.log.failure("a record was lost")


@implementer(IResource)
class Recorded(Leaf):
    """Stands before the chain of an API whose requests are recorded."""

    def __init__(self, recorder: Recorder, chain: IResource) -> None:
        self._recorder = recorder
        self._chain = chain

    def render(self, request: Any) -> object:
        """Have the request recorded when it is over, and serve it."""
        exchange = request.exchange
        request.on_done = lambda failure: self._recorder.record(exchange, failure)
        return self._chain.render(request)
