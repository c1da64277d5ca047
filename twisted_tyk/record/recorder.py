"""Makes the record of each finished request and hands it to the sinks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from weakref import WeakSet

from attrs import Factory, field, frozen
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IRecordSink
from twisted_tyk.message.detail import begin
from twisted_tyk.plugins.record_queue import RecordQueue
from twisted_tyk.record.as_json import EditableRecord
from twisted_tyk.record.buffer import Buffer
from twisted_tyk.record.facts import Facts
from twisted_tyk.record.hit import Hit


@frozen(eq=False)
class Recorder:
    """
    :ivar sinks: those of analytics; what is not to be tracked is not for them.
    :ivar logs: those of the operator, who is told of every request.
    :ivar seconds: Unix time.
    :ivar monotonic: the clock of ``Exchange.started``.
    :ivar queues: through which records go before they go to ``sinks``.
    """

    sinks: Sequence[IRecordSink]
    logs: Sequence[IRecordSink]
    seconds: Callable[[], float]
    monotonic: Callable[[], float]
    queues: WeakSet[RecordQueue] = field(factory=WeakSet, init=False)
    _all: Sequence[IRecordSink] = field(
        default=Factory(lambda self: (*self.sinks, *self.logs), takes_self=True), init=False
    )
    #: The only sink, when it takes records the quick way.
    _buffer: Buffer | None = field(
        default=Factory(lambda self: _only_buffer(self._all), takes_self=True), init=False
    )

    log = Logger()

    @property
    def wanted(self) -> bool:
        """Whether anybody takes records."""
        return bool(self._all)

    def note(self, exchange: Exchange, facts: Facts, failure: Failure | None) -> None:
        """:meth:`record` for an API whose :attr:`~Facts.plain` facts say that it can be quick."""
        buffer = self._buffer
        if buffer is None or exchange.do_not_track or exchange.detail is not None:
            self.record(exchange, facts, None, failure)
            return
        buffer.note(
            exchange,
            facts,
            int((self.monotonic() - exchange.started) * 1000 + 0.5),
            int(exchange.upstream_time * 1000 + 0.5),
            self.seconds(),
        )

    def record(
        self,
        exchange: Exchange,
        facts: Facts,
        queue: RecordQueue | None = None,
        failure: Failure | None = None,
    ) -> None:
        """
        :param facts: of the API.
        :param queue: of the API. What leaves it goes to the sinks; the logs tell what was.
        :param failure: why the client did not get all of the answer, if it did not.
        """
        untracked = (
            facts.do_not_track
            or exchange.do_not_track
            or (facts.ignored and exchange.api.client_address(exchange) in facts.ignored)
        )
        edited = queue is not None and not untracked
        sinks = self.logs if untracked or edited else self._all
        if not sinks and not edited:
            return
        error = exchange.refusal or (failure and failure.value)
        hit = Hit(
            exchange,
            facts,
            int((self.monotonic() - exchange.started) * 1000 + 0.5),
            int(exchange.upstream_time * 1000 + 0.5),
            self.seconds(),
            str(error) if error else "",
        )
        self._hand(sinks, hit)
        if queue is not None and edited:
            queue.edit(EditableRecord(hit), partial(self._hand, self.sinks))

    def close(self) -> None:
        """Records that wait for a function go on without it."""
        for queue in list(self.queues):
            queue.close()

    def flush(self) -> None:
        """So do those whose function has not come to its end: nothing runs any more."""
        for queue in list(self.queues):
            queue.flush()

    def _hand(self, sinks: Sequence[IRecordSink], hit: Hit) -> None:
        for sink in sinks:
            try:
                sink.record(hit)
            except Exception:
                self.log.failure("a record was lost")


@implementer(IResource)
class Recorded(Leaf):
    """Stands before the chain of an API whose requests are recorded."""

    def __init__(
        self,
        recorder: Recorder,
        chain: IResource,
        facts: Facts,
        queue: RecordQueue | None = None,
    ) -> None:
        self._chain = chain.render
        self._facts = facts
        self._copies = facts.detailed and not facts.do_not_track
        self._plain = facts.plain and queue is None
        self._note = recorder.note
        self._record = recorder.record
        self._queue = queue
        if queue is not None:
            recorder.queues.add(queue)

    def render(self, request: Any) -> object:
        """Have the request recorded when it is over, and serve it."""
        exchange = request.exchange
        if self._copies:
            begin(exchange, self._facts.detail_limit)
        if self._plain:
            request.on_done = partial(self._note, exchange, self._facts)
        else:
            request.on_done = partial(self._record, exchange, self._facts, self._queue)
        return self._chain(request)


def _only_buffer(sinks: Sequence[IRecordSink]) -> Buffer | None:
    only: Any = sinks[0] if len(sinks) == 1 else None
    return only if isinstance(only, Buffer) else None
