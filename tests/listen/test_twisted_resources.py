"""Resources written for twisted.web, on the gateway's own requests."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address
from twisted.web.error import UnsupportedMethod
from twisted.web.iweb import IRequest
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET
from wire import DATE, HELLO, Wire, get, hello, request
from zope.interface.verify import verifyObject

from twisted_tyk.listen.foreign import render_foreign
from twisted_tyk.listen.request import GatewayRequest
from twisted_tyk.message.request import BodyNotRead

with warnings.catch_warnings():
    # The module makes error pages of Twisted's own deprecated classes.
    warnings.simplefilter("ignore", DeprecationWarning)
    from twisted.web.static import Data, File

pytestmark = pytest.mark.filterwarnings(
    r"ignore:twisted\.web\.resource\._Unsafe:DeprecationWarning"
)


class Page(Resource):
    isLeaf = True

    def __init__(self, render_GET: Any) -> None:
        super().__init__()
        self.render_GET = render_GET


class Foreign(Resource):
    """The gateway's side: hands every request to one resource."""

    isLeaf = True

    def __init__(self, resource: Any) -> None:
        super().__init__()
        self.resource = resource

    def render(self, one: Any) -> int:
        return render_foreign(one, self.resource)


def ask(resource: Any, data: bytes = b"") -> bytes:
    wire = Wire(resource=resource)
    return wire.send(data or get(b"/a/b?c=d&c=e&f"))


def pump(wire: Wire) -> bytes:
    """Ask a pull producer until it has no more."""
    while wire.transport.producer is not None:
        wire.transport.producer.resumeProducing()
    return wire.take()


def seen(data: bytes) -> GatewayRequest:
    wire = Wire()
    wire.send(data)
    return wire.request


def test_it_is_a_request_of_twisted() -> None:
    verifyObject(IRequest, seen(get()))


def test_what_it_tells() -> None:
    one: Any = seen(get(b"/a%20b/c?d=1&d=2&e=", b"A: b", b"A: c", b"Cookie: f=g; h; i=j=k"))
    assert (one.method, one.uri, one.path) == (b"GET", b"/a%20b/c?d=1&d=2&e=", b"/a%20b/c")
    assert one.args == {b"d": [b"1", b"2"], b"e": [b""]}
    assert (one.prepath, one.postpath, one.sitepath) == ([], [b"a b", b"c"], [])
    assert one.clientproto == b"HTTP/1.1"
    assert one.requestHeaders.getRawHeaders("a") == ["b", "c"]
    assert one.getHeader(b"a") == b"c"
    assert one.getHeader("host") == "a.example"
    assert one.getAllHeaders()[b"a"] == b"c"
    assert (one.getCookie(b"f"), one.getCookie(b"h"), one.getCookie(b"i")) == (b"g", None, b"j=k")
    assert one.getRequestHostname() == b"a.example"
    assert one.getClientAddress() == IPv4Address("TCP", "192.0.2.7", 40000)
    assert one.getClientIP() == "192.0.2.7"
    assert one.getHost().port == 12345
    assert one.transport is one.channel.transport
    assert not one.isSecure()
    assert one.content.read() == b""
    assert not one.startedWriting
    assert not one.finished
    assert (one.getUser(), one.getPassword()) == (b"", b"")
    with pytest.raises(NotImplementedError, match="sessions"):
        one.getSession()
    assert seen(get(version=b"1.0")).clientproto == b"HTTP/1.0"


def test_what_it_is_told() -> None:
    one: Any = seen(get(b"/a/b"))
    one.method = b"POST"
    one.uri = b"/c"
    assert (one.exchange.method, one.exchange.target) == (b"POST", b"/c")
    one.some_attribute = 1
    assert one.some_attribute == 1
    one.setHost(b"b.example", 443, True)
    assert one.isSecure()
    assert one.prePathURL() == b"https://b.example/"
    one.prepath.append(one.postpath.pop(0))
    assert str(one.URLPath()) == "https://b.example/c"
    one.rememberRootURL()
    assert one.getRootURL() == b"https://b.example/"


def test_basic_credentials() -> None:
    one: Any = seen(get(b"/", b"Authorization: Basic YTpiOmM="))
    assert (one.getUser(), one.getPassword()) == (b"a", b"b:c")
    broken: Any = seen(get(b"/", b"Authorization: Basic !"))
    assert broken.getUser() == b""
    other: Any = seen(get(b"/", b"Authorization: Bearer YTpiOmM="))
    assert other.getUser() == b""


def test_forms_are_arguments() -> None:
    form = b"Content-Type: application/x-www-form-urlencoded; charset=utf-8"
    one = seen(request(b"POST", b"/?a=1&b=2", form, b"Content-Length: 7", body=b"a=3&c=4"))
    assert one.args == {b"a": [b"3"], b"b": [b"2"], b"c": [b"4"]}
    text = seen(request(b"POST", b"/?a=1", b"Content-Length: 7", body=b"a=3&c=4"))
    assert text.args == {b"a": [b"1"]}
    put = seen(request(b"PUT", b"/?a=1", form, b"Content-Length: 7", body=b"a=3&c=4"))
    assert put.args == {b"a": [b"1"]}


def test_bytes_that_render_gives_back_are_the_answer() -> None:
    def render(one: Any) -> bytes:
        one.setResponseCode(202, b"Fine")
        one.setHeader(b"X-A", b"b")
        one.responseHeaders.addRawHeader("x-c", "d")
        one.addCookie("k", "v", path="/")
        one.setETag(b'"tag"')
        one.setLastModified(0.5)
        return b"body"

    assert ask(Page(render)) == (
        b"HTTP/1.1 202 Fine\r\nX-A: b\r\nX-C: d\r\nLast-Modified: Thu, 01 Jan 1970 00:00:01 GMT\r\n"
        b'ETag: "tag"\r\nSet-Cookie: k=v; Path=/\r\nContent-Type: text/html\r\n'
        + DATE
        + b"Content-Length: 4\r\n\r\nbody"
    )


def test_redirects() -> None:
    def render(one: Any) -> bytes:
        one.redirect(b"/elsewhere")
        return b""

    answer = ask(Page(render))
    assert answer.startswith(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n")


@pytest.mark.parametrize("field", [b'If-None-Match: "tag"', b"If-None-Match: *"])
def test_conditional_requests(field: bytes) -> None:
    def render(one: Any) -> bytes:
        one.setETag(b'"tag"')
        return b"body"

    answer = ask(Page(render), get(b"/", field))
    assert answer == b'HTTP/1.1 304 Not Modified\r\nETag: "tag"\r\n' + DATE + b"\r\n"


def test_pieces() -> None:
    def render(one: Any) -> int:
        one.setHeader(b"content-type", b"a/b")
        one.write(b"one")
        one.write(b"two")
        one.finish()
        one.finish()
        return NOT_DONE_YET

    head = b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n" + DATE
    chunks = b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    assert ask(Page(render)) == head + chunks
    old = ask(Page(render), get(version=b"1.0"))
    assert old == head.replace(b"1.1", b"1.0") + b"Connection: close\r\n\r\nonetwo"
    resource = Page(render)
    resource.render_HEAD = render  # type: ignore[attr-defined]
    assert ask(resource, request(b"HEAD", b"/") + get()) == head + b"\r\n" + head + chunks


def test_pieces_of_a_known_length() -> None:
    def render(one: Any) -> int:
        one.setHeader(b"content-length", b"6")
        one.write(b"one")
        one.write(b"two")
        one.finish()
        return NOT_DONE_YET

    wire = Wire(resource=Page(render))
    wire.send(get())
    assert len(wire.transport.writes) == 2
    assert wire.transport.writes[0].endswith(b"\r\nContent-Length: 6\r\n\r\none")
    assert wire.transport.open


def test_an_empty_answer() -> None:
    def render(one: Any) -> int:
        one.setResponseCode(204)
        one.finish()
        return NOT_DONE_YET

    assert ask(Page(render)) == b"HTTP/1.1 204 No Content\r\n" + DATE + b"\r\n"


def test_pieces_of_an_answer_without_a_body_are_left_out() -> None:
    def render(one: Any) -> int:
        one.setResponseCode(304)
        one.write(b"x")
        one.finish()
        return NOT_DONE_YET

    assert ask(Page(render)) == b"HTTP/1.1 304 Not Modified\r\n" + DATE + b"\r\n"


def test_writing_and_finishing_at_the_wrong_time() -> None:
    wire = Wire(hello)
    wire.send(get())
    with pytest.raises(RuntimeError, match="already"):
        wire.request.write(b"x")
    wire = Wire()
    wire.send(get())
    wire.leave()
    wire.request.write(b"x")
    with pytest.raises(RuntimeError, match="left"):
        wire.request.finish()
    assert wire.take() == b""


def test_bytes_after_pieces_end_the_answer() -> None:
    def render(one: Any) -> bytes:
        one.write(b"one")
        return b"two"

    assert ask(Page(render)).endswith(b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")


class Producer:
    def __init__(self, one: Any) -> None:
        self.one = one
        self.calls: list[str] = []

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def stopProducing(self) -> None:
        self.calls.append("stop")


def test_producers() -> None:
    wire = Wire(write_timeout=10)
    wire.send(get() * 2)
    one = wire.requests[0]
    producer = Producer(one)
    one.registerProducer(producer, True)
    wire.transport.producer.pauseProducing()
    wire.transport.producer.resumeProducing()
    assert producer.calls == ["pause", "resume"]
    one.finish()
    assert wire.transport.producer is None
    two = wire.requests[1]
    two.registerProducer(producer, False)
    wire.transport.producer.resumeProducing()
    wire.transport.producer.stopProducing()
    assert producer.calls == ["pause", "resume", "resume", "stop"]
    # Asked for more only when the client took the last piece.
    wire.wait(10)
    assert wire.transport.aborted
    wire.leave()
    two.unregisterProducer()
    two.registerProducer(producer, True)
    assert producer.calls[-1] == "stop"


def test_a_producer_that_is_done_is_not_waited_for() -> None:
    wire = Wire(write_timeout=10)
    wire.send(get())
    producer = Producer(wire.request)
    wire.request.registerProducer(producer, False)
    wire.transport.producer.resumeProducing()
    wire.request.unregisterProducer()
    wire.wait(100)
    assert wire.transport.open
    assert producer.calls == ["resume"]


@pytest.mark.parametrize("begun", [False, True])
def test_a_resource_that_raises(begun: bool, logged_failures: Any) -> None:
    def render(one: Any) -> bytes:
        if begun:
            one.write(b"x")
        raise ZeroDivisionError

    wire = Wire(resource=Page(render))
    answer = wire.send(get())
    assert len(logged_failures.flush(ZeroDivisionError)) == 1
    if begun:
        assert wire.transport.aborted
        assert not answer.endswith(b"0\r\n\r\n")
    else:
        assert answer.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
        assert answer.endswith(b"\r\n\r\nInternal Server Error\n")
        wire.factory.resource = wire.recorder
        wire.recorder.answer = hello
        assert wire.send(get()) == HELLO


def test_a_resource_that_raises_after_its_answer(logged_failures: Any) -> None:
    def render(one: Any) -> bytes:
        hello(one)
        raise ZeroDivisionError

    assert ask(Page(render)) == HELLO
    assert len(logged_failures.flush(ZeroDivisionError)) == 1


def test_a_resource_that_gives_back_no_bytes(logged_failures: Any) -> None:
    assert ask(Page(lambda one: "text")).startswith(b"HTTP/1.1 500 ")
    assert len(logged_failures.flush(TypeError)) == 1


@pytest.mark.parametrize("wrap", [lambda resource: resource, Foreign])
def test_methods_a_resource_does_not_know(wrap: Any) -> None:
    page = wrap(Page(lambda one: b"body"))
    answer = ask(page, request(b"POST", b"/"))
    assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"\r\nAllow: HEAD\r\n" in answer
    assert ask(page, request(b"PURGE", b"/")).startswith(b"HTTP/1.1 501 ")


def test_head_is_made_from_get() -> None:
    class Getter(Resource):
        isLeaf = True

        def render(self, one: Any) -> bytes:
            if one.method != b"GET":
                raise UnsupportedMethod([b"GET"])
            return b"body"

    answer = ask(Getter(), request(b"HEAD", b"/"))
    assert answer.endswith(b"\r\nContent-Length: 4\r\n\r\n")


# render_foreign


def test_children_are_found() -> None:
    class Where(Resource):
        isLeaf = True

        def render_GET(self, one: Any) -> bytes:
            return b"|".join([*one.prepath, b"-", *one.postpath])

    root = Resource()
    root.putChild(b"a", Where())
    answer = ask(Foreign(root), get(b"/a/b%2Fc/d"))
    assert answer.endswith(b"\r\n\r\na|-|b/c|d")
    assert ask(Foreign(root), get(b"/nothing")).startswith(b"HTTP/1.1 404 ")


def test_the_body_is_gathered_first() -> None:
    class Echo(Resource):
        isLeaf = True

        def render_POST(self, one: Any) -> bytes:
            return bytes(one.content.read())

    wire = Wire(resource=Foreign(Echo()))
    head = request(b"POST", b"/", b"Content-Length: 5", b"Expect: 100-continue")
    assert wire.send(head) == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert wire.send(b"hell") == b""
    assert wire.send(b"o").endswith(b"\r\n\r\nhello")


def test_a_client_that_leaves_during_its_body_is_not_rendered() -> None:
    wire = Wire(resource=Foreign(Page(lambda one: b"")))
    wire.send(request(b"GET", b"/", b"Content-Length: 5", body=b"h"))
    wire.leave()
    assert wire.take() == b""


def test_a_foreign_resource_that_raises(logged_failures: Any) -> None:
    def render(one: Any) -> bytes:
        raise ZeroDivisionError

    assert ask(Foreign(Page(render))).startswith(b"HTTP/1.1 500 ")
    assert len(logged_failures.flush(ZeroDivisionError)) == 1


def test_content_that_has_not_come() -> None:
    one = seen(request(b"POST", b"/", b"Content-Length: 5", body=b"h"))
    with pytest.raises(BodyNotRead):
        _ = one.content


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"0123456789" * 20000)
    wire = Wire(resource=Foreign(File(str(tmp_path))))
    answer = wire.send(get(b"/a.txt")) + pump(wire)
    assert b"\r\nContent-Length: 200000\r\n" in answer
    assert b"\r\nContent-Type: text/plain\r\n" in answer
    assert answer.endswith(b"\r\n\r\n" + b"0123456789" * 20000)
    answer = wire.send(get(b"/a.txt", b"Range: bytes=5-9")) + pump(wire)
    assert answer.startswith(b"HTTP/1.1 206 Partial Content\r\n")
    assert answer.endswith(b"\r\n\r\n56789")
    assert b"\r\nContent-Length: 200000\r\n" in wire.send(request(b"HEAD", b"/a.txt"))
    unchanged = wire.send(get(b"/a.txt", b"If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"))
    assert unchanged.startswith(b"HTTP/1.1 304 ")
    assert wire.transport.open


def test_data() -> None:
    assert ask(Data(b"body", "a/b")).endswith(b"\r\n\r\nbody")
