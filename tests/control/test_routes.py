"""Endpoints of any kind: how they are found, asked and answered, whatever they do."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from gateways import MakeGateway
from twisted.internet.defer import CancelledError, Deferred, fail

from twisted_tyk.control.answers import Answer, ok
from twisted_tyk.control.asked import Asked
from twisted_tyk.control.root import Control
from twisted_tyk.control.routes import Route, Routes
from twisted_tyk.errors import StoreUnavailable
from twisted_tyk.testing import MemoryGateway

SECRET = {"X-Tyk-Authorization": "secret"}
ANYTHING: dict[str, Any] = {"type": "object"}


class Things:
    """An area with every kind of endpoint. :ivar asked: what they were asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.waiting: Deferred[Answer] = Deferred()

    def routes(self) -> Iterable[Route]:
        for method, path, handler, body in (
            ("GET", "/tyk/things", self.seen, None),
            ("POST", "/tyk/things", self.seen, ANYTHING),
            ("GET", "/tyk/things/{thing}", self.seen, None),
            ("DELETE", "/tyk/things/{thing}", self.seen, None),
            ("POST", "/tyk/things/all", self.json, ANYTHING),
            ("GET", "/tyk/things/{thing}/parts/{part}", self.seen, None),
            ("POST", "/tyk/forms", self.form, ANYTHING),
            ("GET", "/tyk/slow", lambda asked: self.waiting, None),
            ("GET", "/tyk/away", lambda asked: fail(StoreUnavailable("it is down")), None),
            ("GET", "/tyk/wrong", lambda asked: fail(LookupError("oh")), None),
            ("GET", "/tyk/unsayable", lambda asked: Answer(200, {"a": object()}), None),
            ("GET", "/tyk/plain", lambda asked: Answer(200, b"a b\n", "text/plain"), None),
        ):
            yield Route(method, path, handler, "…", body=body)
        yield Route("GET", "/open", self.seen, "…", open=True)

    def seen(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        return ok()

    def json(self, asked: Asked) -> Answer:
        return Answer(200, asked.json())

    def form(self, asked: Asked) -> Answer:
        return Answer(200, asked.form())


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
def running(gateway: MakeGateway, things: Things) -> MemoryGateway:
    made = gateway()
    made.service.root.control = Control("secret", [things], max_body=100)
    return made


Ask = Callable[..., Any]


@pytest.fixture
def ask(running: MemoryGateway) -> Ask:
    """Status and JSON of an answer."""

    def asked(method: str, target: str, body: bytes = b"", **headers: str) -> Any:
        answer = running.request(method, target, {**SECRET, **headers}, body)
        return answer.status, json.loads(answer.body)

    return asked


def test_the_names_of_a_template_stand_for_segments(ask: Ask, things: Things) -> None:
    ask("GET", "/tyk/things/a%2Fb%20c/parts/%C3%A4?x=1&y=&x=2&z")
    [asked] = things.asked
    assert asked.parameters == {"thing": "a/b c", "part": "ä"}
    assert asked.query == {"x": "1", "y": "", "z": ""}
    assert (asked.method, asked.body, asked.trusted) == ("GET", b"", True)


def test_a_name_stands_for_something(ask: Ask, running: MemoryGateway) -> None:
    for path in ("/tyk/things/a/parts/", "/tyk/things/a/parts", "/tyk/things/a/b/c"):
        assert running.control(path).status == 404


def test_what_is_literal_comes_first_where_it_has_the_method(ask: Ask, things: Things) -> None:
    assert ask("POST", "/tyk/things/all", b"[1]") == (200, [1])
    assert ask("GET", "/tyk/things/all")[0] == 200
    assert things.asked[0].parameters == {"thing": "all"}


def test_a_405_says_which_methods_there_are(running: MemoryGateway) -> None:
    for path, allowed in (
        ("/tyk/things", "GET, POST"),
        ("/tyk/things/", "GET, POST"),
        ("/tyk/things/all", "DELETE, GET, POST"),
        ("/open", "GET"),
    ):
        for method in ("PATCH", "OPTIONS", "HEAD"):
            answer = running.request(method, path, SECRET)
            assert (answer.status, answer.headers.get("Allow")) == (405, allowed)


def test_an_open_path_needs_no_secret_but_knows_who_has_it(
    running: MemoryGateway, things: Things
) -> None:
    for headers in ({}, SECRET):
        assert running.request("GET", "/open", headers).status == 200
    assert [asked.trusted for asked in things.asked] == [False, True]
    assert running.request("GET", "/open/", SECRET).status == 404


def test_a_body_that_comes_in_pieces_is_waited_for(running: MemoryGateway, things: Things) -> None:
    client = running.connect()
    head = b"POST /tyk/things HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n"
    running.send(client, head + b"Content-Length: 6\r\n\r\nabc")
    assert client.answers == []
    running.send(client, b"def")
    assert [answer.status for answer in client.answers] == [200]
    assert things.asked[0].body == b"abcdef"


@pytest.mark.parametrize(
    "sent", [b"Content-Length: 101\r\n\r\n" + b"x" * 101, b"Content-Length: 101\r\n\r\n",
             b"Transfer-Encoding: chunked\r\n\r\n3C\r\n" + b"x" * 60 + b"\r\n3C\r\n" + b"x" * 60]
)  # fmt: skip
def test_a_body_that_is_too_long_is_refused(
    running: MemoryGateway, things: Things, sent: bytes
) -> None:
    client = running.connect()
    head = b"POST /tyk/things HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n"
    running.send(client, head + sent)
    [answer] = client.answers
    assert answer.status == 413
    assert json.loads(answer.body)["message"] == "Request Entity Too Large"
    assert things.asked == []


def test_a_body_of_the_greatest_length_is_taken(ask: Ask, things: Things) -> None:
    assert ask("POST", "/tyk/things", b"x" * 100)[0] == 200
    assert things.asked[0].body == b"x" * 100


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        (b"", "body:1:1: not JSON: expecting value"),
        (b"{", "body:1:2: not JSON: expecting property name enclosed in double quotes"),
        (b'{"a": 1, "a": 2}', "body:1: a: given twice, first on line 1"),
        (b'{"a": NaN}', "body:1: not JSON: NaN"),
        (b"\xff", "body:1: is not UTF-8 text"),
        (b'"\\ud800"', "body:1: not text: \\ud800 is half of a character"),
    ],
)
def test_json_that_is_none_is_named(ask: Ask, body: bytes, wrong: str) -> None:
    status, said = ask("POST", "/tyk/things/all", body)
    assert status == 400
    assert said["message"].startswith(f"Request malformed: {wrong}")


def test_a_form_has_the_first_of_each_and_what_the_query_has(ask: Ask) -> None:
    said = ask("POST", "/tyk/forms?b=2&c=3", b"a=1&a=9&b=+%C3%A4&d")
    assert said == (200, {"a": "1", "b": " ä", "c": "3", "d": ""})


@pytest.mark.parametrize("body", [b"\xff", b"a=%FF", b"&".join([b"a=1"] * 33)])
def test_a_form_that_is_none(running: MemoryGateway, ask: Ask, body: bytes) -> None:
    running.service.root.control = Control("secret", [Things()])
    status, said = ask("POST", "/tyk/forms", body + b"&b=1" * (101 if b"1" in body else 0))
    assert (status, said["message"]) == (400, "Request malformed: the body is not a form")


@pytest.mark.parametrize("target", ["/tyk/things/%FF", "/tyk/things?a=%FF", "/tyk/things?\xff"])
def test_what_is_no_text_is_refused(running: MemoryGateway, target: str) -> None:
    client = running.connect()
    running.send(
        client,
        b"GET %s HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n\r\n"
        % target.encode("latin-1"),
    )
    assert [answer.status for answer in client.answers] == [400]


def test_a_store_that_is_away_is_503(running: MemoryGateway) -> None:
    answer = running.request("GET", "/tyk/away", SECRET)
    assert (answer.status, answer.headers.get("Retry-After")) == (503, "1")
    assert json.loads(answer.body) == {"status": "error", "message": "Storage is not available"}


def test_a_fault_is_500_and_logged(ask: Ask, logged_failures: Any) -> None:
    said = {"status": "error", "message": "Internal Server Error"}
    assert ask("GET", "/tyk/wrong") == (500, said)
    assert len(logged_failures.flush(LookupError)) == 1
    assert ask("GET", "/tyk/unsayable") == (500, said)
    assert len(logged_failures.flush(TypeError)) == 1


def test_text_is_sent_as_it_is(running: MemoryGateway) -> None:
    answer = running.control("/tyk/plain")
    assert (answer.body, answer.headers.get("Content-Type")) == (b"a b\n", "text/plain")


def test_an_answer_may_take_its_time(running: MemoryGateway, things: Things) -> None:
    client = running.connect()
    running.send(
        client, b"GET /tyk/slow HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n\r\n"
    )
    assert client.answers == []
    things.waiting.callback(ok("at last"))
    running.settle()
    assert [json.loads(answer.body)["message"] for answer in client.answers] == ["at last"]


def test_a_client_that_leaves_ends_the_work(
    running: MemoryGateway, things: Things, logged_failures: Any
) -> None:
    ended = []

    def note(failure: Any) -> Any:
        ended.append(failure.value)
        return failure

    things.waiting.addErrback(note)
    client = running.connect()
    running.send(
        client, b"GET /tyk/slow HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n\r\n"
    )
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    assert [type(error) for error in ended] == [CancelledError]
    assert logged_failures.flush() == []


def test_one_who_leaves_before_the_body_has_come(
    running: MemoryGateway, things: Things, logged_failures: Any
) -> None:
    client = running.connect()
    head = b"POST /tyk/things HTTP/1.1\r\nHost: a\r\nX-Tyk-Authorization: secret\r\n"
    running.send(client, head + b"Content-Length: 6\r\n\r\nabc")
    assert client.transport is not None
    client.transport.loseConnection()
    running.settle()
    assert things.asked == []
    assert logged_failures.flush() == []


def test_two_routes_can_not_be_the_same() -> None:
    with pytest.raises(ValueError, match=r"GET /tyk/a/\{c\} is there twice"):
        Routes([Route("GET", f"/tyk/a/{{{name}}}", lambda asked: ok(), "…") for name in "bc"])
