"""Requests to upstreams over connections that are kept alive."""

from __future__ import annotations

import re
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator, IReactorTime
from twisted.web.http_headers import Headers as TwistedHeaders
from twisted.web.iweb import IAgent, IBodyProducer, IResponse
from zope.interface import implementer

from twisted_tyk.message.body import NO_BODY, Body
from twisted_tyk.message.headers import Pair, encode_name
from twisted_tyk.proxy.call import IDEMPOTENT, Call
from twisted_tyk.proxy.dial import Dial
from twisted_tyk.proxy.failures import failure_of
from twisted_tyk.proxy.headers import outgoing_fields
from twisted_tyk.proxy.origin import Origin, UpstreamURL
from twisted_tyk.proxy.pool import Pool, PoolSettings
from twisted_tyk.proxy.producer import ProducedBody
from twisted_tyk.proxy.response import AwaitedCall, UpstreamResponse
from twisted_tyk.transport.deadlines import Deadlines
from twisted_tyk.transport.trust import VERIFIED, TLSSettings, client_tls

_BREAKS = re.compile(rb"[\r\n\x00]")


@implementer(IAgent)
class PooledAgent:
    """Sends requests and keeps the connections for the next ones.

    All of it happens in the reactor thread. Answers fail with
    :class:`~twisted_tyk.errors.UpstreamTimeout` (504) or
    :class:`~twisted_tyk.errors.UpstreamUnreachable` (502), whose ``__cause__``
    says what happened. A request is sent a second time only when a connection
    that was kept alive turned out to be dead before a byte of the answer came,
    the method is idempotent, and the whole body is at hand.
    """

    def __init__(
        self,
        reactor: Any,
        deadlines: Deadlines,
        *,
        timeout: float = 0,
        max_idle: int = 0,
        max_idle_per_host: int = 0,
        max_age: float = 0,
        keep_alive: bool = True,
        tls: TLSSettings = VERIFIED,
    ) -> None:
        """The numbers are those of :class:`~twisted_tyk.proxy.pool.PoolSettings`.

        :param deadlines: started and stopped by whoever made it.
        :param tls: for ``https`` URLs that are given as text or bytes.
        """
        self._reactor = reactor
        #: Tells the time to whoever uses the agent.
        self.clock: IReactorTime = reactor
        self._default_tls = tls
        self._creators: dict[tuple[TLSSettings, str], IOpenSSLClientConnectionCreator] = {}
        settings = PoolSettings(timeout, max_idle, max_idle_per_host, max_age, keep_alive)
        self.pool = Pool(deadlines, settings, self._dial)

    def dispatch(self, call: Call) -> None:
        """Send a call exactly as it is: the gateway's own way in.

        Its fields were checked by whoever made them. A body that has not
        ended yet is streamed.
        """
        connection = self.pool.take(call.url.origin)
        if connection is not None and call.method not in IDEMPOTENT:
            # There is no second chance for these, so a look is worth its price.
            while connection is not None and connection.has_ended():
                connection.abort()
                connection = self.pool.take(call.url.origin)
        if connection is None:
            self._dial(call)
        else:
            connection.send(call)

    def send(
        self, method: bytes, url: UpstreamURL, fields: list[Pair], body: Body = NO_BODY
    ) -> Deferred[UpstreamResponse]:
        """As :meth:`dispatch`, with a Deferred of the response.

        :param fields: without ``Host``, ``Content-Length`` and the fields of a connection.
        :returns: the response, as soon as its head is there. Cancelling it, or
            dropping the response's body, ends the connection at once.
        """
        call = AwaitedCall(method, url, fields, body)
        self.dispatch(call)
        return call.answer

    def request(
        self,
        method: bytes,
        uri: bytes,
        headers: TwistedHeaders | None = None,
        bodyProducer: IBodyProducer | None = None,
    ) -> Deferred[IResponse]:
        """As Twisted's agents do it, for treq and anybody else.

        :raises ValueError: for a method, URL or field that HTTP does not allow.
        """
        raw = (
            []
            if headers is None
            else [(name, value) for name, values in headers.getAllRawHeaders() for value in values]
        )
        body = NO_BODY if bodyProducer is None else ProducedBody(bodyProducer)
        answer: Deferred[Any] = self.send_checked(method, uri, raw, body)
        return answer

    def send_checked(
        self, method: bytes, url: UpstreamURL | str | bytes, raw: list[Pair], body: Body
    ) -> Deferred[UpstreamResponse]:
        """As :meth:`send`, for what has not been through the gateway's own parser.

        A ``Host`` among the fields is sent instead of the URL's; the fields of
        a connection are left out.

        :raises ValueError: as :meth:`request`.
        """
        if not isinstance(url, UpstreamURL):
            url = UpstreamURL.parse(url, self._default_tls)
        fields, host = outgoing_fields(raw)
        for name, value in fields:
            encode_name(name)
            if _BREAKS.search(value) is not None:
                raise ValueError(f"line break in the value of {name!r}")
        if host is not None:
            if _BREAKS.search(host) is not None:
                raise ValueError("line break in the value of Host")
            url = url._replace(host=host)
        return self.send(encode_name(method), url, fields, body)

    def close(self) -> Deferred[None]:
        """End all connections; who still waits gets an error.

        :returns: called when the last one is gone.
        """
        return self.pool.close()

    def _dial(self, call: Call) -> None:
        try:
            tls = self._tls_for(call.url.origin)
        except Exception as error:
            # Settings that make no sense are named when an API is loaded.
            call.fail(failure_of(error))
            return
        Dial(self.pool, call).start(self._reactor, tls)

    def _tls_for(self, origin: Origin) -> IOpenSSLClientConnectionCreator | None:
        if origin.tls is None:
            return None
        key = (origin.tls, origin.host)
        creator = self._creators.get(key)
        if creator is None:
            creator = self._creators[key] = client_tls(origin.tls, origin.host)
        return creator
