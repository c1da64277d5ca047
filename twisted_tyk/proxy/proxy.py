"""The step that asks the upstream."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from attrs import frozen
from zope.interface import implementer

from twisted_tyk.exchange import Exchange
from twisted_tyk.interfaces import IRelay, IWaiting
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers, Pair
from twisted_tyk.message.response import Response
from twisted_tyk.proxy.call import Call
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.proxy.headers import request_fields
from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.proxy.target import Target
from twisted_tyk.proxy.unanswered import Unanswered


@implementer(IRelay)
@frozen
class Proxy:
    """Sends the request as the chain left it, and takes the answer.

    Nothing of it waits for a body: a request's is streamed on unless somebody
    has gathered it, and the response is there with its head.

    :ivar client: shared by all APIs.
    :ivar target: where this API's requests go.
    """

    name = "ReverseProxy"

    client: UpstreamClient
    target: Target

    def relay(self, exchange: Exchange, waiting: IWaiting) -> Callable[[], None]:
        """Fill :attr:`Exchange.response` and :attr:`Exchange.upstream_time`.

        Whoever then has no use for the response's ``stream`` says so with
        ``stopProducing()``. It is refused with ``UpstreamUnreachable`` or
        ``UpstreamTimeout``.

        :raises ValueError: when a hook rewrote the URL to one that is none.
        """
        notes = exchange.notes
        if notes is None or not notes.rewrite:
            url = self.target.url_for(
                exchange.path_and_query(), exchange.listen_path, exchange.host
            )
        else:
            url = self.target.rewritten(notes.rewrite, exchange.host)
        fields = request_fields(exchange.headers.raw, exchange.peer)
        call = Forwarded(exchange, waiting, url, fields, self.client.unanswered)
        self.client.dispatch(call)
        return call.cancel


class Forwarded(Call):
    """A client's request on its way to the upstream."""

    __slots__ = ("_exchange", "_started", "_unanswered", "_waiting")

    def __init__(
        self,
        exchange: Exchange,
        waiting: IWaiting,
        url: UpstreamURL,
        fields: list[Pair],
        unanswered: Unanswered,
    ) -> None:
        self.method = exchange.method
        self.url = url
        self.fields = fields
        self.body = exchange.body
        self.holder = None
        self._exchange = exchange
        self._waiting = waiting
        self._unanswered = unanswered
        self._started = monotonic()

    def answered(self, code: int, phrase: bytes, fields: Headers, body: Body) -> None:
        """The answer's head is there: the chain goes on with it."""
        exchange = self._exchange
        exchange.upstream_time = monotonic() - self._started
        exchange.response = Response(code, phrase, fields, body)
        self._waiting.go_on()

    def failed(self, error: Exception) -> None:
        """Log what happened; the client is told less."""
        self._exchange.upstream_time = monotonic() - self._started
        self._unanswered.tell(self.method, self.url, error)
        self._waiting.refuse(error)
