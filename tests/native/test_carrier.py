"""Changes are carried out as a whole or not at all."""

from __future__ import annotations

import struct
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from native_frames import changes

from twisted_tyk.exchange import Exchange
from twisted_tyk.message.body import Body
from twisted_tyk.message.headers import Headers
from twisted_tyk.message.response import Response
from twisted_tyk.native import abi
from twisted_tyk.native.carrier import Carrier
from twisted_tyk.native.changes import Change, Malformed
from twisted_tyk.session.reading import SessionReader
from twisted_tyk.session.state import SessionState

READER = SessionReader()


class Told:
    """What the gateway was told."""

    def __init__(self) -> None:
        self.lines: list[tuple[int, str, str]] = []
        self.measured: list[tuple[int, str, float]] = []

    def carrier(self, way_back: bool) -> Carrier:
        return Carrier(
            READER,
            lambda level, text, fields, exchange: self.lines.append((level, text, fields)),
            lambda kind, name, value: self.measured.append((kind, name, value)),
            way_back,
        )


def exchange() -> Exchange:
    headers = Headers([(b"A", b"1"), (b"B", b"2"), (b"a", b"3")])
    asked = Exchange(b"GET", b"/x?y", b"gw.test", headers, Body.of(b"old"))
    asked.token = "presented"
    return asked


def way_back() -> Exchange:
    asked = exchange()
    asked.response = Response(200, b"OK", Headers([(b"Server", b"up")]), Body.of(b"from upstream"))
    return asked


def carry(asked: Exchange, *wanted: tuple[Any, ...], told: Told | None = None) -> None:
    made: list[Change] = []
    for kind, *rest in wanted:
        number = rest.pop(0) if rest and isinstance(rest[0], int) else 0
        key, value = [b"", b"", *rest][-2:]
        made.append(Change(kind, number, key, value))
    (told or Told()).carrier(asked.response is not None)(asked, changes(*made))


def test_the_request_is_changed() -> None:
    asked = exchange()
    carry(
        asked,
        (abi.HEADER_SET, b"a", b"set"),
        (abi.HEADER_ADD, b"C", b"added"),
        (abi.HEADER_DELETE, b"b", b""),
        (abi.SET_METHOD, b"PUT"),
        (abi.SET_TARGET, b"/other?q=1"),
        (abi.SET_HOST, b"other.test"),
        (abi.SET_BODY, b"new body"),
        (abi.SET_REWRITE, b"http://up/"),
    )
    assert asked.headers.raw == [(b"a", b"set"), (b"C", b"added")]
    assert (asked.method, asked.path_and_query(), asked.host) == (
        b"PUT",
        b"/other?q=1",
        b"other.test",
    )
    assert (asked.body.join(), asked.body.length) == (b"new body", 8)
    assert asked.notes is not None
    assert asked.notes.rewrite == b"http://up/"


def test_the_client_is_answered() -> None:
    asked = exchange()
    carry(
        asked,
        (abi.REPLY_HEADER_ADD, b"X-A", b"1"),
        (abi.REPLY_HEADER_SET, b"X-B", b"2"),
        (abi.REPLY_HEADER_ADD, b"X-C", b"3"),
        (abi.REPLY_HEADER_DELETE, b"x-c", b""),
        (abi.REPLY_STATUS, 201),
        (abi.REPLY_STATUS, 500),
        (abi.REPLY_WRITE, b"one "),
        (abi.REPLY_WRITE, b"two"),
    )
    assert asked.writer is not None
    reply = asked.writer.reply()
    assert reply is not None
    assert (reply.status, reply.body) == (201, b"one two")
    assert list(reply.headers) == [(b"X-A", b"1"), (b"X-B", b"2")]


def test_the_response_is_changed() -> None:
    asked = way_back()
    carry(
        asked,
        (abi.RESPONSE_STATUS, 418),
        (abi.RESPONSE_HEADER_ADD, b"X-A", b"1"),
        (abi.RESPONSE_HEADER_SET, b"X-A", b"2"),
        (abi.RESPONSE_HEADER_DELETE, b"server", b""),
        (abi.RESPONSE_BODY, b"tea"),
    )
    response = asked.response
    assert response is not None
    assert (response.status, response.reason, response.body) == (418, b"", b"tea")
    assert response.headers.raw == [(b"X-A", b"2")]


def test_a_session_is_set_and_stored_when_it_says_so() -> None:
    asked = exchange()
    carry(asked, (abi.SET_SESSION, 1, b"abc", b'{"alias": "one", "rate": 5}'))
    assert asked.session == SessionState(alias="one", rate=5.0, key_id="abc")
    assert (asked.token, asked.session_changed) == ("abc", True)
    carry(asked, (abi.SET_SESSION, 0, b"", b'{"alias": "two"}'))
    assert asked.session == SessionState(alias="two", key_id="abc")
    assert (asked.token, asked.session_changed) == ("abc", True)


def test_values_for_later_hooks_come_and_go() -> None:
    asked = exchange()
    carry(
        asked,
        (abi.SET_CONTEXT, b"a", b"[1]"),
        (abi.SET_CONTEXT, b"b", b"{}"),
        (abi.SET_CONTEXT, b"b", b""),
        (abi.SET_CONTEXT, b"never", b""),
        (abi.SET_DEFINITION, b'{"name": "other"}'),
    )
    assert asked.notes is not None
    assert asked.notes.values == {"a": b"[1]"}
    assert asked.notes.definition == b'{"name": "other"}'


def test_what_it_tells_is_passed_on() -> None:
    told = Told()
    carry(
        exchange(),
        (abi.LOG, abi.WARNING, b'{"a": 1}', b"a line \xff"),
        (abi.METRIC, abi.TIMING, b"time", struct.pack("=d", 0.25)),
        told=told,
    )
    assert told.lines == [(abi.WARNING, "a line \\xff", '{"a": 1}')]
    assert told.measured == [(abi.TIMING, "time", 0.25)]


def test_a_kind_of_a_later_version_is_passed_over() -> None:
    asked = exchange()
    carry(asked, (4711, b"a", b"b"), (abi.SET_METHOD, b"PUT"))
    assert asked.method == b"PUT"


BAD: list[tuple[Any, ...]] = [
    (abi.HEADER_SET, b"X-A", b"a\r\nX-Evil: yes"),
    (abi.HEADER_ADD, b"X A", b"a"),
    (abi.HEADER_ADD, b"", b"a"),
    (abi.REPLY_HEADER_SET, b"X-A", b"a\nb"),
    (abi.REPLY_HEADER_ADD, b"X-A\r\n", b"a"),
    (abi.REPLY_STATUS, 99),
    (abi.REPLY_STATUS, 2**32 - 1),
    (abi.SET_METHOD, b"GE T"),
    (abi.SET_TARGET, b"no/slash"),
    (abi.SET_TARGET, b"/a b"),
    (abi.SET_HOST, b"a\r\nb"),
    (abi.SET_REWRITE, b"http://a/\r\n"),
    (abi.SET_SESSION, b"", b"[]"),
    (abi.SET_SESSION, b"", b"{"),
    (abi.SET_DEFINITION, b"[]"),
    (abi.SET_DEFINITION, b"["),
    (abi.SET_CONTEXT, b"a", b"{"),
    (abi.SET_CONTEXT, b"\xff", b"1"),
    (abi.SET_CONTEXT, b"a", b"[" * 100_000),
    (abi.METRIC, 0, b"name", b"1"),
    (abi.RESPONSE_STATUS, 200),
    (abi.RESPONSE_BODY, b"x"),
    (abi.RESPONSE_HEADER_SET, b"X-A", b"1"),
    (abi.RESPONSE_HEADER_ADD, b"X-A", b"1"),
    (abi.RESPONSE_HEADER_DELETE, b"X-A", b""),
]


@pytest.mark.parametrize("bad", BAD, ids=str)
def test_one_bad_change_spoils_all(bad: tuple[Any, ...]) -> None:
    asked, told = exchange(), Told()
    with pytest.raises(Malformed, match=f"kind {bad[0]}"):
        carry(
            asked,
            (abi.HEADER_ADD, b"X-Good", b"1"),
            (abi.SET_BODY, b"changed"),
            (abi.LOG, 1, b"", b"said"),
            bad,
            told=told,
        )
    assert asked.headers.raw == exchange().headers.raw
    assert asked.body.join() == b"old"
    assert asked.session is None
    assert asked.writer is None or asked.writer.reply() is None
    assert told.lines == []


@given(
    st.lists(
        st.builds(
            Change,
            st.sampled_from(sorted(n for n in range(1, 67) if n != abi.SET_RECORD)),
            st.integers(0, 2**32 - 1),
            st.binary(max_size=8),
            st.binary(max_size=12),
        ),
        max_size=6,
    )
)
def test_whatever_is_asked_for_no_line_break_gets_into_a_header(made: list[Change]) -> None:
    asked = way_back()
    with suppress(Malformed):
        Told().carrier(True)(asked, changes(*made))
    assert asked.response is not None
    raw = asked.headers.raw + asked.response.headers.raw
    if asked.writer is not None:
        raw = raw + asked.writer.headers.raw
    for part in (asked.method, asked.path_and_query(), asked.host, *sum(raw, ())):
        assert not {0, 10, 13} & set(part)


def test_what_is_asked_for_again_is_done_again() -> None:
    carrier = Told().carrier(False)
    wanted = changes(
        (abi.SET_TARGET, 0, b"", b"/other"),
        (abi.HEADER_ADD, 0, b"X-A", b"1"),
        (abi.SET_CONTEXT, 0, b"a", b"1"),
        (abi.REPLY_WRITE, 0, b"", b"hello"),
    )
    first, second = exchange(), exchange()
    carrier(first, wanted)
    first.url.path = "/changed later"  # type: ignore[union-attr]
    carrier(second, wanted)
    assert second.path_and_query() == b"/other"
    assert second.headers.raw[-1] == (b"X-A", b"1")
    for asked in (first, second):
        assert asked.writer is not None
        assert asked.writer.reply().body == b"hello"  # type: ignore[union-attr]


def test_sessions_are_each_their_own() -> None:
    carrier = Told().carrier(False)
    wanted = changes((abi.SET_SESSION, 0, b"", b'{"alias": "one"}'))
    first, second = exchange(), exchange()
    carrier(first, wanted)
    carrier(second, wanted)
    assert first.session == second.session
    assert first.session is not second.session


def test_only_so_much_is_kept_of_what_was_asked_for() -> None:
    carrier = Told().carrier(False)
    for number in range(1000):
        asked = exchange()
        carrier(asked, changes((abi.HEADER_SET, 0, b"X-N", b"%d" % number)))
        assert asked.headers.get("X-N") == str(number)
    assert len(carrier._kept) <= 64
    carrier(exchange(), changes((abi.SET_BODY, 0, b"", b"x" * 100_000)))
    assert sum(map(len, carrier._kept)) < 64 * 512
