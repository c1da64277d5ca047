"""The answer of an upstream, for the gateway and for treq."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IConsumer, IProtocol, IPushProducer
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseFailed
from twisted.web.http_headers import Headers as TwistedHeaders
from twisted.web.iweb import UNKNOWN_LENGTH, IClientRequest, IResponse
from zope.interface import implementer

from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers, Pair
from twisted_tyk.proxy.call import Call
from twisted_tyk.proxy.origin import UpstreamURL


@implementer(IResponse)
class UpstreamResponse:
    """A status, fields and a body that may still be coming.

    Whoever does not want the body says ``body.stopProducing()``, or the
    upstream's connection waits for a reader.

    :ivar code: the status, 200 to 999.
    :ivar phrase: the reason phrase, as bytes.
    :ivar fields: in arrival order, without those of the connection. What
        ``Content-Length`` says of an answer to HEAD stays as it came.
    :ivar body: its ``length`` is known when the upstream said it.
    """

    __slots__ = (
        "code",
        "phrase",
        "fields",
        "body",
        "previousResponse",
        "_call",
        "_headers",
        "_length",
    )

    version = (b"HTTP", 1, 1)

    def __init__(self, code: int, phrase: bytes, fields: Headers, body: Body, call: Call) -> None:
        self.code = code
        self.phrase = phrase
        self.fields = fields
        self.body = body
        self.previousResponse: Any = None
        self._call = call
        self._headers: TwistedHeaders | None = None
        self._length: Any = None

    @property
    def headers(self) -> TwistedHeaders:
        """The fields in Twisted's form, from the first access on a copy of their own."""
        if self._headers is None:
            self._headers = twisted_headers(self.fields.raw)
        return self._headers

    @property
    def length(self) -> Any:
        """Bytes of the body, or ``UNKNOWN_LENGTH``. Twisted's decoders assign it."""
        if self._length is not None:
            return self._length
        return UNKNOWN_LENGTH if self.body.length is None else self.body.length

    @length.setter
    def length(self, length: Any) -> None:
        self._length = length

    @property
    def request(self) -> ClientRequest:
        """What was asked."""
        call = self._call
        return ClientRequest(call.method, call.url.absolute(), twisted_headers(call.fields))

    def deliverBody(self, protocol: IProtocol) -> None:
        """Hand the body to ``protocol`` as it comes; once only.

        It ends with ``ResponseDone``, or ``ResponseFailed`` when it broke off.
        """
        delivery = Delivery(protocol, self.body)
        transport: Any = delivery
        protocol.makeConnection(transport)
        self.body.pipe(delivery)

    def setPreviousResponse(self, response: IResponse) -> None:
        self.previousResponse = response


class AwaitedCall(Call):
    """A call of everybody who wants a response as treq and Twisted know it.

    :ivar answer: fires with an :class:`UpstreamResponse`. Cancelling it drops
        the connection.
    """

    __slots__ = ("answer",)

    def __init__(self, method: bytes, url: UpstreamURL, fields: list[Pair], body: Body) -> None:
        super().__init__(method, url, fields, body)
        self.answer: Deferred[UpstreamResponse] = Deferred(lambda _: self.cancel())

    def answered(self, code: int, phrase: bytes, fields: Headers, body: Body) -> None:
        self.answer.callback(UpstreamResponse(code, phrase, fields, body, self))

    def failed(self, error: Exception) -> None:
        self.answer.errback(error)


@implementer(IClientRequest)
@frozen
class ClientRequest:
    """The request as :class:`~twisted.web.iweb.IResponse` shows it."""

    method: bytes
    absoluteURI: bytes
    headers: TwistedHeaders


@implementer(IPushProducer, IConsumer)
class Delivery:
    """Between a body and a Twisted protocol: sink of the one, transport of the other."""

    disconnecting = False

    def __init__(self, protocol: IProtocol, body: Body) -> None:
        self._protocol = protocol
        self._body = body

    def attach(self, body: Body) -> None:
        """The body is at the pace of whoever pauses this transport."""

    def write(self, data: bytes) -> None:
        self._protocol.dataReceived(data)

    def end(self) -> None:
        self._protocol.connectionLost(Failure(ResponseDone()))

    def fail(self, reason: Failure) -> None:
        self._protocol.connectionLost(Failure(ResponseFailed([reason])))

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """For the interface: nothing is ever sent this way."""

    def unregisterProducer(self) -> None:
        """For the interface."""

    def pauseProducing(self) -> None:
        self._body.pauseProducing()

    def resumeProducing(self) -> None:
        self._body.resumeProducing()

    def stopProducing(self) -> None:
        self._body.stopProducing()

    def loseConnection(self) -> None:
        self._body.stopProducing()

    abortConnection = loseConnection


def twisted_headers(raw: list[Pair]) -> TwistedHeaders:
    """The same fields in Twisted's form."""
    headers = TwistedHeaders()
    for name, value in raw:
        headers.addRawHeader(name, value)
    return headers
