"""The yardstick: a plain proxy from stock parts, twisted.web in front and treq behind."""

from __future__ import annotations

import sys

import treq
from treq.client import HTTPClient
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool
from twisted.web.http_headers import Headers
from twisted.web.iweb import IResponse
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Request, Site

# Framing belongs to each connection, and both sides of Twisted write their own.
OWN = {b"connection", b"content-length", b"host", b"keep-alive", b"transfer-encoding"}


def passed_on(headers: Headers) -> Headers:
    return Headers({k: v for k, v in headers.getAllRawHeaders() if k.lower() not in OWN})


class Forward(Resource):
    isLeaf = True

    def __init__(self, client: HTTPClient, target: bytes) -> None:
        super().__init__()
        self.client = client
        self.target = target

    def render(self, request: Request) -> int:
        has_body = request.getHeader("content-length") or request.getHeader("transfer-encoding")
        answer: Deferred[IResponse] = self.client.request(
            request.method.decode("ascii"),
            self.target + request.uri,
            headers=passed_on(request.requestHeaders),
            data=FileBodyProducer(request.content) if has_body else None,
            allow_redirects=False,
            unbuffered=True,
        )
        answer.addCallback(self.relay, request)
        answer.addErrback(self.failed, request)
        return NOT_DONE_YET

    def relay(self, response: IResponse, request: Request) -> Deferred[None]:
        request.setResponseCode(response.code)
        request.responseHeaders = passed_on(response.headers)
        if isinstance(response.length, int):
            request.setHeader(b"content-length", b"%d" % response.length)
        sent: Deferred[None] = treq.collect(response, request.write)
        return sent.addCallback(lambda _: request.finish())

    def failed(self, failure: Failure, request: Request) -> None:
        if not request.startedWriting:
            request.setResponseCode(502)
            request.finish()
        elif request.channel is not None:
            request.loseConnection()


def main() -> None:
    port, upstream = int(sys.argv[1]), int(sys.argv[2])
    pool = HTTPConnectionPool(reactor, persistent=True)
    pool.maxPersistentPerHost = 256
    client = HTTPClient(Agent(reactor, pool=pool))
    site = Site(Forward(client, b"http://127.0.0.1:%d" % upstream))
    reactor.listenTCP(port, site, backlog=4096, interface="127.0.0.1")
    reactor.run()


main()
