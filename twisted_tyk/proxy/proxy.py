"""The step that asks the upstream."""

from __future__ import annotations

from time import monotonic

from attrs import frozen
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from twisted_tyk.exchange import Exchange, Reply
from twisted_tyk.interfaces import IStep
from twisted_tyk.message.response import Response
from twisted_tyk.proxy.client import UpstreamClient
from twisted_tyk.proxy.headers import request_fields
from twisted_tyk.proxy.origin import UpstreamURL
from twisted_tyk.proxy.response import UpstreamResponse
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
        answer = self.client.request(
            exchange.method,
            url,
            headers=request_fields(exchange.headers.raw, exchange.peer),
            data=exchange.body,
        )
        started = monotonic()
        waiting: Deferred[Reply | None] = answer.addCallbacks(
            self._answered,
            self._failed,
            callbackArgs=(exchange, started),
            errbackArgs=(exchange, started, url),
        )
        return waiting

    def _answered(self, answer: UpstreamResponse, exchange: Exchange, started: float) -> None:
        exchange.upstream_time = monotonic() - started
        exchange.response = Response(answer.code, answer.phrase, answer.fields, answer.body)

    def _failed(
        self, reason: Failure, exchange: Exchange, started: float, url: UpstreamURL
    ) -> Failure:
        exchange.upstream_time = monotonic() - started
        error = reason.value
        if error is not None and not isinstance(error, CancelledError):
            self.log.warn(
                "{method} {origin}: {refusal}: {cause}",
                method=exchange.method.decode("ascii", "replace"),
                origin=f"{url.origin.scheme}://{url.host.decode('utf-8', 'replace')}",
                refusal=str(error),
                cause=repr(error.__cause__),
            )
        return reason
