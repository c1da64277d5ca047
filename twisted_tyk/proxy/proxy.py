"""The step that asks the upstream."""

from __future__ import annotations

from time import monotonic

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.logger import Logger
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.response import Response
from twisted_tyk.proxy.call import Call
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.proxy.headers import request_fields
from twisted_tyk.proxy.target import Target


@implementer(IStep)
@frozen
class Proxy:
    """Sends the request as the chain left it, and takes the answer.

    Nothing of it waits for a body: a request's is streamed on unless somebody
    has gathered it, and the response is there with its head.

    :ivar client: shared by all APIs.
    :ivar target: where this API's requests go.
    """

    log = Logger()
    name = "ReverseProxy"

    client: UpstreamClient
    target: Target

    def process(self, exchange: Exchange) -> Deferred[Reply | None]:
        """Fill :attr:`Exchange.response` and :attr:`Exchange.upstream_time`.

        Whoever then has no use for the response's ``stream`` says so with
        ``stopProducing()``.

        :raises UpstreamUnreachable, UpstreamTimeout: through the Deferred.
        """
        url = self.target.url_for(exchange.path_and_query(), exchange.listen_path, exchange.host)
        fields = request_fields(exchange.headers.raw, exchange.peer)
        exchange.upstream_asked = monotonic()
        return self.client.send(exchange.method, url, fields, exchange.body, self, exchange)

    # Receiver

    def answered(self, call: Call, code: int, phrase: bytes, fields: Headers, body: Body) -> None:
        """The answer's head is there: the chain goes on with it."""
        exchange = call.context
        exchange.upstream_time = monotonic() - exchange.upstream_asked
        exchange.response = Response(code, phrase, fields, body)

    def failed(self, call: Call, error: Exception) -> None:
        """Log what happened; the client is told less."""
        exchange = call.context
        exchange.upstream_time = monotonic() - exchange.upstream_asked
        url = call.url
        self.log.warn(
            "{method} {origin}: {refusal}: {cause}",
            method=exchange.method.decode("ascii", "replace"),
            origin=f"{url.origin.scheme}://{url.host.decode('utf-8', 'replace')}",
            refusal=str(error),
            cause=repr(error.__cause__),
        )
