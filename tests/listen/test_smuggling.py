"""Messages that servers read differently: none of them may reach a resource."""

from __future__ import annotations

import pytest
from wire import HELLO, Wire, hello, request

HOST = b"Host: a.example\r\n"
LINE = b"GET / HTTP/1.1\r\n"
POST = b"POST / HTTP/1.1\r\n" + HOST
CHUNKS = b"5\r\nhello\r\n0\r\n\r\n"

REFUSED = {
    # The request line
    "two blanks": b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n",
    "two blanks before the version": b"GET /  HTTP/1.1\r\n" + HOST + b"\r\n",
    "tab": b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "blank in front": b" GET / HTTP/1.1\r\n" + HOST + b"\r\n",
    "blank after the version": b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n",
    "blank in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "fragment": b"GET /a#b HTTP/1.1\r\n" + HOST + b"\r\n",
    "fragment and another version": b"GET /a#b HTTP/1.7\r\n" + HOST + b"\r\n",
    "bytes beyond ASCII in the target": b"GET /\xe4 HTTP/1.1\r\n" + HOST + b"\r\n",
    "control character in the target": b"GET /\x01 HTTP/1.1\r\n" + HOST + b"\r\n",
    "DEL in the target": b"GET /\x7f HTTP/1.1\r\n" + HOST + b"\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "HTTP/0.9 with fields": b"GET /\r\n" + HOST + b"\r\n",
    "no slash": b"GET a HTTP/1.1\r\n" + HOST + b"\r\n",
    "no target": b"GET HTTP/1.1\r\n" + HOST + b"\r\n",
    "lower-case protocol": b"GET / http/1.1\r\n" + HOST + b"\r\n",
    "another protocol": b"GET / RTSP/1.0\r\n" + HOST + b"\r\n",
    "version of two digits": b"GET / HTTP/1.10\r\n" + HOST + b"\r\n",
    "unknown method": b"FROB / HTTP/1.1\r\n" + HOST + b"\r\n",
    "lower-case method": b"get / HTTP/1.1\r\n" + HOST + b"\r\n",
    "method that is no token": b"G@T / HTTP/1.1\r\n" + HOST + b"\r\n",
    "star for GET": b"GET * HTTP/1.1\r\n" + HOST + b"\r\n",
    "authority for GET": b"GET a.example:80 HTTP/1.1\r\n" + HOST + b"\r\n",
    "another scheme": b"GET ftp://a.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "absolute target without host": b"GET http:///a HTTP/1.1\r\n" + HOST + b"\r\n",
    "absolute target with user": b"GET http://u@a.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "absolute target and another Host": b"GET http://b.example/ HTTP/1.1\r\n" + HOST + b"\r\n",
    "absolute target and empty Host": b"GET http://b.example/ HTTP/1.1\r\nHost:\r\n\r\n",
    "absolute target without Host": b"GET http://a.example/ HTTP/1.1\r\n\r\n",
    # Line ends
    "bare LF": b"GET / HTTP/1.1\nHost: a.example\n\n",
    "bare LF after the line": b"GET / HTTP/1.1\n" + HOST + b"\r\n",
    "bare LF after a field": LINE + b"Host: a.example\nA: b\r\n\r\n",
    "bare LF as the last line": LINE + HOST + b"A: b\r\n\n\r\n\r\n",
    "bare CR after the line": b"GET / HTTP/1.1\r" + HOST + b"\r\n",
    "bare CR after a field": LINE + b"Host: a.example\rA: b\r\n\r\n",
    "bare CR in a value": LINE + HOST + b"A: b\rc\r\n\r\n",
    "CR CR LF": LINE + HOST + b"A: b\r\r\n\r\n",
    # Fields
    "folded value": LINE + HOST + b"A: b\r\n c\r\n\r\n",
    "folded value, tab": LINE + HOST + b"A: b\r\n\tc\r\n\r\n",
    "folded first field": LINE + b" A: b\r\n" + HOST + b"\r\n",
    "blank before the colon": LINE + HOST + b"A : b\r\n\r\n",
    "tab before the colon": LINE + HOST + b"A\t: b\r\n\r\n",
    "blank in a name": LINE + HOST + b"A B: c\r\n\r\n",
    "no colon": LINE + HOST + b"A\r\n\r\n",
    "no name": LINE + HOST + b": b\r\n\r\n",
    "NUL in a name": LINE + HOST + b"A\x00: b\r\n\r\n",
    "NUL in a value": LINE + HOST + b"A: b\x00c\r\n\r\n",
    "control character in a value": LINE + HOST + b"A: b\x01c\r\n\r\n",
    "DEL in a value": LINE + HOST + b"A: b\x7fc\r\n\r\n",
    "bytes beyond ASCII in a name": LINE + HOST + b"\xc4: b\r\n\r\n",
    # Host
    "no Host": LINE + b"A: b\r\n\r\n",
    "no field at all": LINE + b"\r\n",
    "two Hosts": LINE + HOST + HOST + b"\r\n",
    "two Hosts in one": LINE + b"Host: a.example, b.example\r\n\r\n"[:-4] + b" x\r\n\r\n",
    "path in Host": LINE + b"Host: a.example/b\r\n\r\n",
    "user in Host": LINE + b"Host: u@a.example\r\n\r\n",
    "blank in Host": LINE + b"Host: a b\r\n\r\n",
    "bytes beyond ASCII in Host": LINE + b"Host: \xe4\r\n\r\n",
    "port that is none": LINE + b"Host: a.example:b\r\n\r\n",
    "two ports": LINE + b"Host: a.example:1:2\r\n\r\n",
    "open bracket in Host": LINE + b"Host: [::1\r\n\r\n",
    # Lengths
    "both framings": POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS,
    "both, the other way": POST
    + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"
    + CHUNKS,
    "both, length 0": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n" + CHUNKS,
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "the same length twice": POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "plus": POST + b"Content-Length: +5\r\n\r\nhello",
    "minus": POST + b"Content-Length: -5\r\n\r\nhello",
    "hexadecimal": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "underscore": POST + b"Content-Length: 1_0\r\n\r\n0123456789",
    "fraction": POST + b"Content-Length: 5.0\r\n\r\nhello",
    "empty length": POST + b"Content-Length:\r\n\r\nhello",
    "blank within a length": POST + b"Content-Length: 5 5\r\n\r\nhello",
    "length beyond reason": POST + b"Content-Length: 1000000000000000000\r\n\r\nhello",
    "length beyond 64 bits": POST + b"Content-Length: 18446744073709551621\r\n\r\nhello",
    # Codings
    "gzip": POST + b"Transfer-Encoding: gzip\r\n\r\n" + CHUNKS,
    "gzip, chunked": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKS,
    "chunked, gzip": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n" + CHUNKS,
    "chunked, identity": POST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + CHUNKS,
    "identity": POST + b"Transfer-Encoding: identity\r\n\r\n" + CHUNKS,
    "chunked twice": POST
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    + CHUNKS,
    "chunked, chunked": POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + CHUNKS,
    "chunked with a comma": POST + b"Transfer-Encoding: chunked,\r\n\r\n" + CHUNKS,
    "chunked with a parameter": POST + b"Transfer-Encoding: chunked;a=b\r\n\r\n" + CHUNKS,
    "quoted chunked": POST + b'Transfer-Encoding: "chunked"\r\n\r\n' + CHUNKS,
    "xchunked": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + CHUNKS,
    "vertical tab": POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n" + CHUNKS,
    "empty coding": POST + b"Transfer-Encoding:\r\n\r\n" + CHUNKS,
    "blank before the coding's colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + CHUNKS,
    "chunked on 1.0": b"POST / HTTP/1.0\r\n"
    + HOST
    + b"Transfer-Encoding: chunked\r\n\r\n"
    + CHUNKS,
    # Bodies that come with the head
    "wrong chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhelloX",
}


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED)
def test_is_answered_400_and_nothing_after_it_is_read(message: bytes) -> None:
    wire = Wire(hello)
    answer = wire.send(message + request(b"GET", b"/smuggled"))
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.endswith(b"\r\n\r\n400 Bad Request\n")
    assert wire.requests == []
    assert wire.transport.half_closed
    assert wire.send(request(b"GET", b"/smuggled")) == b""
    assert wire.requests == []


@pytest.mark.parametrize("message", REFUSED.values(), ids=REFUSED)
def test_does_not_disturb_other_connections(message: bytes) -> None:
    wire = Wire(hello)
    wire.send(message)
    wire.connect()
    assert wire.send(request(b"GET", b"/next")) == HELLO
    assert [one.exchange.target for one in wire.requests] == [b"/next"]


OTHERS = {
    "HTTP/2.0": (505, b"GET / HTTP/2.0\r\n" + HOST + b"\r\n"),
    "HTTP/2 preface": (505, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/1.2": (505, b"GET / HTTP/1.2\r\n" + HOST + b"\r\n"),
    "HTTP/0.9 said": (505, b"GET / HTTP/0.9\r\n" + HOST + b"\r\n"),
    "HTTP/3.0": (505, b"GET / HTTP/3.0\r\n" + HOST + b"\r\n"),
    "CONNECT": (501, b"CONNECT a.example:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "expectation": (417, POST + b"Expect: 200-ok\r\nContent-Length: 5\r\n\r\n"),
    "two expectations": (417, POST + b"Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n"),
}


@pytest.mark.parametrize(("status", "message"), OTHERS.values(), ids=OTHERS)
def test_other_refusals(status: int, message: bytes) -> None:
    wire = Wire(hello)
    answer = wire.send(message + request(b"GET", b"/smuggled"))
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert b"\r\nConnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1 ") == 1
    assert wire.requests == []
    assert wire.transport.half_closed


def test_refusals_over_tls_say_goodbye_instead_of_half_closing() -> None:
    wire = Wire(hello, secure=True)
    assert wire.send(b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert wire.transport.disconnecting
    assert not wire.transport.half_closed
