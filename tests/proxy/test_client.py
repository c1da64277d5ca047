"""treq, without what a gateway must not do; and the agent for everybody else."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
import treq
from outcomes import outcome
from treq.client import HTTPClient
from twisted.internet.defer import Deferred, succeed
from twisted.internet.protocol import Protocol
from twisted.web.client import FileBodyProducer, ResponseFailed
from twisted.web.http_headers import Headers as TwistedHeaders
from twisted.web.iweb import UNKNOWN_LENGTH, IAgent, IBodyProducer, IClientRequest, IResponse
from upstream_wire import Wire
from zope.interface import implementer
from zope.interface.verify import verifyObject

from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.proxy.origin import UpstreamURL

URL = "http://192.0.2.1:8000/a%2fb//c?d=%zz"


def test_no_client_gets_the_cookie_of_another(wire: Wire) -> None:
    first = wire.ask()
    upstream = wire.accept()
    upstream.answers(b"", b"Set-Cookie: sid=alice; Path=/")
    assert outcome(first).fields.get("set-cookie") == "sid=alice; Path=/"
    upstream.received()
    wire.ask()
    assert b"ookie" not in upstream.received()
    wire.ask(headers=Headers([(b"Cookie", b"sid=bob")]))
    assert b"Cookie: sid=bob\r\n" in wire.accept().received()


def test_nothing_is_decoded(wire: Wire) -> None:
    packed = gzip.compress(b"hello")
    answer = wire.ask(headers=Headers([(b"Accept-Encoding", b"br;q=1, gzip")]))
    upstream = wire.accept()
    assert b"\r\nAccept-Encoding: br;q=1, gzip\r\n" in upstream.received()
    upstream.answers(packed, b"Content-Encoding: gzip")
    response = outcome(answer)
    assert response.fields.get("content-encoding") == "gzip"
    assert outcome(treq.content(response)) == packed


def test_nobody_asks_for_gzip_of_their_own(wire: Wire) -> None:
    wire.ask()
    assert wire.accept().received() == b"GET / HTTP/1.1\r\nHost: 192.0.2.1:8000\r\n\r\n"


def test_no_redirect_is_followed(wire: Wire) -> None:
    answer = wire.ask()
    wire.accept().answers(b"", b"Location: /elsewhere", status=b"302 Found")
    response = outcome(answer)
    assert (response.code, response.fields.get("location")) == (302, "/elsewhere")
    assert wire.asked == 1


@pytest.mark.parametrize("url", [URL, URL.encode(), UpstreamURL.parse(URL)])
def test_the_url_stays_as_it_is(wire: Wire, url: Any) -> None:
    wire.client.get(url)
    assert wire.accept().received().startswith(b"GET /a%2fb//c?d=%zz HTTP/1.1\r\n")


@pytest.mark.parametrize(
    "headers", [[(b"A", b"1")], Headers([(b"A", b"1")]), TwistedHeaders({b"A": [b"1"]})]
)
def test_fields_come_in_any_form(wire: Wire, headers: Any) -> None:
    wire.client.request("GET", URL, headers=headers)
    assert wire.accept().received().endswith(b"\r\nA: 1\r\n\r\n")


@pytest.mark.parametrize("data", [b"hello", Body.of(b"hello")])
def test_so_do_bodies(wire: Wire, data: Any) -> None:
    wire.client.post(URL, data=data)
    assert wire.accept().received().endswith(b"\r\nContent-Length: 5\r\n\r\nhello")


@pytest.mark.parametrize(
    "option",
    [{"cookies": {}}, {"params": {}}, {"json": 1}, {"files": {}}, {"auth": ("a", "b")},
     {"allow_redirects": True}, {"unbuffered": False}, {"timeout": 1}],
)  # fmt: skip
def test_what_would_change_a_message_is_refused(wire: Wire, option: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(option))):
        wire.client.get(URL, **option)


@pytest.mark.parametrize(
    "given",
    [{"headers": Headers([(b"A", b"1\r\nB: 2")])}, {"headers": Headers([(b"A b", b"1")])},
     {"headers": Headers([(b"Host", b"a\r\nb")])}, {"method": "GET /"}, {"path": "/ HTTP/1.1"}],
)  # fmt: skip
def test_what_would_break_a_message_is_refused(wire: Wire, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"header|URL|break"):
        wire.ask(**given)


def test_the_response_is_what_twisted_knows(wire: Wire) -> None:
    answer = wire.ask("/x", headers=Headers([(b"A", b"1")]))
    wire.accept().answers(b'{"a": 1}', b"A: 1", b"A: 2")
    response = outcome(answer)
    assert verifyObject(IResponse, response)
    assert verifyObject(IClientRequest, response.request)
    assert response.headers.getRawHeaders("a") == ["1", "2"]
    assert response.request.absoluteURI == b"http://192.0.2.1:8000/x"
    assert response.request.headers.getRawHeaders("a") == ["1"]
    assert outcome(treq.json_content(response)) == {"a": 1}


def test_length_is_unknown_when_nobody_said_it(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\n\r\nhello")
    response = outcome(answer)
    assert response.length is UNKNOWN_LENGTH
    content = treq.content(response)
    upstream.says(b"world")
    upstream.leaves()
    assert outcome(content) == b"helloworld"


def test_a_protocol_sets_the_pace(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    reader: Any = Protocol()
    reasons = []
    reader.connectionLost = lambda reason: reasons.append(reason.value)
    outcome(answer).deliverBody(reader)
    reader.transport.pauseProducing()
    assert upstream.paused
    reader.transport.resumeProducing()
    assert not upstream.paused
    upstream.leaves()
    assert isinstance(reasons[0], ResponseFailed)


def test_a_protocol_may_hang_up(wire: Wire) -> None:
    answer = wire.ask()
    upstream = wire.accept()
    upstream.says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
    reader: Any = Protocol()
    outcome(answer).deliverBody(reader)
    reader.transport.loseConnection()
    assert upstream.cut_off


@implementer(IBodyProducer)
class Producer:
    """Produces when it is told to."""

    def __init__(self, length: Any = UNKNOWN_LENGTH) -> None:
        self.length = length
        self.consumer: Any = None
        self.finished: Deferred[None] = Deferred()
        self.heard: list[str] = []

    def startProducing(self, consumer: Any) -> Deferred[None]:
        self.consumer = consumer
        return self.finished

    def pauseProducing(self) -> None:
        self.heard.append("pause")

    def resumeProducing(self) -> None:
        self.heard.append("resume")

    def stopProducing(self) -> None:
        self.heard.append("stop")


class TestAgent:
    """``IAgent``, for treq's own client and anybody else."""

    def test_the_interface(self, wire: Wire) -> None:
        assert verifyObject(IAgent, wire.agent)

    def test_treqs_own_client_works_on_it(self, wire: Wire) -> None:
        answer = HTTPClient(wire.agent).get(URL, headers={"A": "1"}).addCallback(treq.json_content)
        upstream = wire.accept()
        assert b"\r\nA: 1\r\n" in upstream.received()
        upstream.answers(gzip.compress(b"[1]"), b"Content-Encoding: gzip")
        assert outcome(answer) == [1]

    def test_files_work_too(self, wire: Wire, tmp_path: Any) -> None:
        path = tmp_path / "file"
        path.write_bytes(b"hello")
        with path.open("rb") as file:
            cooperated: list[Any] = []
            producer = FileBodyProducer(file, cooperator=Steps(cooperated))
            wire.agent.request(b"PUT", URL.encode(), None, producer)
            upstream = wire.accept()
            for _ in cooperated[0]:
                pass
        assert upstream.received().endswith(b"\r\nContent-Length: 5\r\n\r\nhello")

    def test_a_producer_starts_with_the_connection(self, wire: Wire) -> None:
        producer = Producer()
        wire.agent.request(b"POST", URL.encode(), None, producer)
        assert producer.consumer is None
        upstream = wire.accept()
        producer.consumer.write(b"hello")
        producer.finished.callback(None)
        assert upstream.received().endswith(b"chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")

    def test_it_keeps_the_upstreams_pace(self, wire: Wire) -> None:
        producer = Producer(5)
        wire.agent.request(b"POST", URL.encode(), None, producer)
        upstream = wire.accept()
        upstream.transport.producer.pauseProducing()
        upstream.transport.producer.resumeProducing()
        upstream.answers()
        assert producer.heard == ["pause", "resume", "stop"]
        producer.consumer.write(b"hello")
        producer.finished.callback(None)

    def test_one_that_breaks_off_ends_the_request(self, wire: Wire) -> None:
        producer = Producer()
        answer = wire.agent.request(b"POST", URL.encode(), None, producer)
        upstream = wire.accept()
        producer.finished.errback(OSError("disk"))
        assert isinstance(outcome(answer).__cause__, OSError)
        assert upstream.cut_off

    def test_the_host_can_be_named(self, wire: Wire) -> None:
        headers = TwistedHeaders({b"Host": [b"other"], b"Content-Length": [b"9"]})
        wire.agent.request(b"GET", URL.encode(), headers)
        assert wire.accept().received().endswith(b" HTTP/1.1\r\nHost: other\r\n\r\n")


class Steps:
    """A cooperator whose task the test walks through."""

    def __init__(self, tasks: list[Any]) -> None:
        self._tasks = tasks

    def __call__(self, iterator: Any) -> Any:
        return self.cooperate(iterator)

    def cooperate(self, iterator: Any) -> Any:
        self._tasks.append(iterator)
        return self

    def whenDone(self) -> Deferred[None]:
        return Deferred()

    def stop(self) -> Any:
        return succeed(None)
