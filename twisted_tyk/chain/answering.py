"""A resource around a coroutine function that answers requests."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.web.resource import IResource
from twisted.web.server import NOT_DONE_YET
from zope.interface import implementer

from twisted_tyk.chain.leaf import Leaf
from twisted_tyk.exchange import Exchange, Reply


@implementer(IResource)
class Answering(Leaf):
    """Stands at a path of an API's own. It is cancelled when the client leaves."""

    log = Logger()

    def __init__(self, answer: Callable[[Exchange], Coroutine[Any, Any, Reply]]) -> None:
        """:param answer: called in the reactor thread; what it raises is logged and is a 500."""
        self._answer = answer

    def render(self, request: Any) -> object:
        """Begin; the answer follows."""
        exchange = request.exchange
        answering = Deferred.fromCoroutine(self._answer(exchange))
        if not answering.called:
            request.on_lost = lambda reason: answering.cancel()
        answering.addErrback(self._failed, exchange).addCallback(self._send, request)
        answering.addErrback(lambda failure: self.log.failure("no answer was sent", failure))
        return NOT_DONE_YET

    def _failed(self, failure: Failure, exchange: Exchange) -> Reply:
        if not exchange.left:  # else it is the client that broke off
            self.log.failure(
                "a path of API {api} of its own failed", failure, api=exchange.api.api_id
            )
        fields = [(b"Content-Type", b"application/json")]
        return Reply(500, fields, b'{"status":"error","message":"Internal Server Error"}\n')

    def _send(self, reply: Reply, request: Any) -> None:
        request.on_lost = None
        request.respond(reply.status, b"", list(reply.headers), reply.body)
