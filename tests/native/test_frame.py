"""An exchange in, a frame out."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from native_frames import read_frame

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.notes import Notes
from twisted_tyk.message.request import Request
from twisted_tyk.message.response import Response
from twisted_tyk.message.writer import ResponseWriter
from twisted_tyk.native import abi
from twisted_tyk.native.frame import Encoder, record_frame
from twisted_tyk.native.manifest import NEEDS, Function
from twisted_tyk.session.state import SessionState

PAIRS = st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20)), max_size=20)


def function(*needs: str) -> Function:
    return Function("f", 0, "request", frozenset(needs))


def exchange(body: bytes = b"body", fields: Headers | None = None) -> Exchange:
    asked = Exchange(
        b"POST", b"/a%20b?c=d", b"gw.test", fields or Headers(), Body.of(body), "192.0.2.1", 4711
    )
    asked.token = "key"
    return asked


def test_what_is_always_there() -> None:
    frame = read_frame(
        Encoder(function(), False, b"api@1")(exchange(fields=Headers([(b"A", b"b")])))
    )
    assert frame.slices == [b"POST", b"/a%20b?c=d", b"gw.test", b"192.0.2.1"]
    assert (frame.flags, frame.status, frame.port) == (0, 0, 4711)
    assert (frame.fields, frame.response_fields, frame.reply_fields) == ([(b"A", b"b")], [], [])


def test_what_is_not_asked_for_is_not_sent() -> None:
    asked = exchange(b"secret body")
    asked.session = SessionState(alias="secret alias")
    frame = Encoder(function(), False, b"api@1")(asked)
    assert b"secret" not in frame
    assert b"key" not in frame
    assert b"api@1" not in frame
    assert read_frame(frame).flags == abi.FLAG_SESSION


def test_each_need_has_its_slices() -> None:
    asked = exchange()
    asked.session = SessionState(alias="one")
    asked.notes = Notes()
    asked.notes.values["a"] = b"[1]"
    asked.notes.rewrite = b"http://other/"
    asked.notes.definition = b'{"name":"x"}'
    wanted = {
        "body": {abi.BODY: b"body"},
        "session": {abi.TOKEN: b"key", abi.SESSION: b'{"alias": "one"}'},
        "definition": {abi.API: b"api@1", abi.DEFINITION: b'{"name":"x"}'},
        "context": {abi.CONTEXT: b'{"a":[1]}', abi.REWRITE: b"http://other/"},
        "tls": {},
    }
    for need in NEEDS:
        frame = read_frame(Encoder(function(need), False, b"api@1")(asked))
        found = {number: text for number, text in enumerate(frame.slices) if number > 3 and text}
        assert found == wanted[need], need
    every = read_frame(Encoder(function(*NEEDS), False, b"api@1")(asked))
    together = {number: text for slices in wanted.values() for number, text in slices.items()}
    assert {n: every.slice(n) for n in range(4, abi.SLICES) if every.slice(n)} == together


def test_what_hooks_changed_is_what_is_sent() -> None:
    asked = exchange()
    request = Request(asked)
    request.url = "/other?x"  # type: ignore[assignment]
    request.method = "PUT"
    asked.writer = ResponseWriter()
    asked.writer.headers.add("X-Earlier", "hook")
    frame = read_frame(Encoder(function(), False, b"")(asked))
    assert frame.slices[:2] == [b"PUT", b"/other?x"]
    assert frame.reply_fields == [(b"X-Earlier", b"hook")]


def test_on_the_way_back_the_response_is_there() -> None:
    asked = exchange()
    asked.response = Response(404, b"", Headers([(b"Server", b"up")]), Body.of(b"gone"))
    frame = read_frame(Encoder(function("body"), True, b"")(asked))
    assert (frame.status, frame.response_fields) == (404, [(b"Server", b"up")])
    assert frame.slice(abi.BODY) == b"gone"
    assert frame.slice(abi.METHOD) == b"POST"


def test_a_secure_request_says_so() -> None:
    asked = exchange()
    asked.secure = True
    assert read_frame(Encoder(function(), False, b"")(asked)).flags == abi.FLAG_SECURE


@given(fields=PAIRS, response=PAIRS, reply=PAIRS, body=st.binary(max_size=200))
def test_nothing_is_mixed_up(
    fields: list[tuple[bytes, bytes]],
    response: list[tuple[bytes, bytes]],
    reply: list[tuple[bytes, bytes]],
    body: bytes,
) -> None:
    asked = exchange(body, Headers(list(fields)))
    asked.response = Response(200, b"", Headers(list(response)), Body.of(body))
    asked.writer = ResponseWriter()
    asked.writer.headers.raw.extend(reply)
    frame = read_frame(Encoder(function("body", "context"), True, b"")(asked))
    assert (frame.fields, frame.response_fields, frame.reply_fields) == (fields, response, reply)
    assert frame.slice(abi.BODY) == body


def test_values_with_strange_names_are_one_json_object() -> None:
    notes = Notes()
    notes.values = {'a"b\n': b"1", "ü": b"null"}
    assert json.loads(notes.as_json()) == {'a"b\n': 1, "ü": None}


def test_a_record_is_alone_in_its_frame() -> None:
    frame = read_frame(record_frame(b'{"a":1}'))
    assert frame.flags == abi.FLAG_RECORD
    assert frame.slices == [b""] * abi.RECORD + [b'{"a":1}']
