"""Documents of other servers: what is taken, where a redirect may lead, and when it ends."""

from __future__ import annotations

from typing import Any

import pytest
from outcomes import outcome
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.error import ConnectionRefusedError
from twisted.internet.task import Clock
from twisted.web.http_headers import Headers

from twisted_tyk.transport.fetch import FetchError, fetch


class Response:
    def __init__(self, code: int = 200, body: bytes = b"", location: str | None = None) -> None:
        self.code = code
        self.headers = Headers({} if location is None else {"Location": [location]})
        self._body = body

    def collect(self, collector: Any) -> Deferred[None]:
        try:
            collector(self._body)
        except FetchError as error:
            return fail(error)
        return succeed(None)


class Web:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, str, Any]] = []

    def request(self, method: str, url: str, data: Any = None, **options: Any) -> Deferred[Any]:
        self.asked.append((method, url, data))
        assert options["allow_redirects"] is False
        answer = self.answers.pop(0)
        if isinstance(answer, Deferred):
            return answer
        return fail(answer) if isinstance(answer, Exception) else succeed(answer)


def got(web: Web, url: str = "https://a/keys", **options: Any) -> Any:
    return outcome(fetch(web, Clock(), url, **options))  # type: ignore[arg-type]


def refused(web: Web, **options: Any) -> str:
    error = got(web, **options)
    assert isinstance(error, FetchError)
    return str(error)


def test_the_body_of_a_document() -> None:
    web = Web(Response(body=b"keys"))
    assert got(web) == b"keys"
    assert web.asked == [("GET", "https://a/keys", None)]


def test_it_goes_where_it_is_sent() -> None:
    web = Web(Response(302, location="/more"), Response(301, location="https://b/"), Response())
    assert got(web) == b""
    assert [url for _, url, _ in web.asked] == [
        "https://a/keys", "https://a/more", "https://b/",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://a/keys", "it is redirected from https to http"),
        ("file:///etc/passwd", "it is redirected, and not to a URL that can be asked for"),
        ("http://[a", "it is redirected, and not to a URL that can be asked for"),
        ("", "it is redirected, and not to a URL that can be asked for"),
        (None, "it is redirected, and not to a URL that can be asked for"),
    ],
)
def test_where_it_does_not_go(location: str | None, why: str) -> None:
    assert refused(Web(Response(302, location=location))) == why


def test_it_does_not_go_in_circles() -> None:
    web = Web(*[Response(302, location="/keys")] * 9)
    assert refused(web) == "it answered 302"
    assert len(web.asked) == 4


def test_a_form_is_sent_once() -> None:
    web = Web(Response(307, location="https://b/"))
    assert refused(web, form={"token": "t"}) == "it answered 307"
    assert web.asked == [("POST", "https://a/keys", {"token": "t"})]


@pytest.mark.parametrize("code", [204, 400, 404, 500])
def test_other_answers(code: int) -> None:
    assert refused(Web(Response(code, b"{}"))) == f"it answered {code}"


def test_too_much() -> None:
    assert len(got(Web(Response(body=b"x" * (1 << 20))))) == 1 << 20
    assert refused(Web(Response(body=b"x" * ((1 << 20) + 1)))) == "it is larger than 1048576 bytes"


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (ConnectionRefusedError("no"), "no connection, or it broke: "),
        (ValueError("odd"), "it cannot be asked: odd"),
        (RuntimeError("odd"), "RuntimeError: odd"),
    ],
)
def test_what_breaks(error: Exception, why: str) -> None:
    assert refused(Web(error)).startswith(why)


def test_it_ends_after_a_time() -> None:
    clock, never = Clock(), Deferred[Any]()
    fetched = fetch(Web(never), clock, "https://a/", seconds=5)  # type: ignore[arg-type]
    failures: list[Any] = []
    fetched.addErrback(failures.append)
    clock.advance(4)
    assert failures == []
    clock.advance(1)
    assert str(failures[0].value) == "nothing came within 5 s"
    assert never.called
    assert clock.getDelayedCalls() == []
