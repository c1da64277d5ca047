"""Bundles are fetched: patiently, not twice, and not from everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fetching import BASE, Fetching, Hands, Open, Response, why
from gateways import Events
from OpenSSL import SSL
from outcomes import outcome
from twisted.internet.address import IPv4Address
from twisted.internet.defer import CancelledError, Deferred, fail
from twisted.internet.error import ConnectingCancelledError, ConnectionRefusedError
from twisted.python.failure import Failure
from twisted.web.client import ResponseDone, ResponseFailed, ResponseNeverReceived

from twisted_tyk.bundles.download import LEAST, PIECE
from twisted_tyk.bundles.fetch import AT_A_TIME, LONGEST, Fetched
from twisted_tyk.bundles.source import NotFetched

OLD = "Fri, 20 Nov 2026 20:00:00 GMT"
NEW = "Fri, 20 Nov 2026 20:00:09 GMT"
NOW = "Fri, 20 Nov 2026 20:00:10 GMT"


def test_a_bundle_is_put_into_a_file(tmp_path: Path) -> None:
    fetching = Fetching(tmp_path, Response(200, b"PK", b"34"))
    found = fetching.got()
    assert found.file.read_bytes() == b"PK34"
    assert found.file.parent == fetching.folder
    assert found.file.stat().st_mode & 0o777 == 0o600
    assert fetching.web.asked == [("https://bundles.test/abc/hooks.zip", {}, None)]
    assert fetching.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    ("base_url", "name", "url"),
    [
        ("http://b", "a.zip", "http://b/a.zip"),
        ("http://b/", "a.zip", "http://b/a.zip"),
        ("http://b:81/x/", "/y/a.zip", "http://b:81/x/y/a.zip"),
        ("http://b/x?token=t", "a b.zip", "http://b/x/a%20b.zip?token=t"),
        ("http://b/x%2Fy", "a?b#c%.zip", "http://b/x%2Fy/a%3Fb%23c%25.zip"),
    ],
)
def test_the_name_is_put_to_the_path_of_the_base_url(
    tmp_path: Path, base_url: str, name: str, url: str
) -> None:
    fetching = Fetching(tmp_path, Response(), base_url=base_url)
    fetching.got(name)
    assert fetching.web.asked[0][0] == url


@pytest.mark.parametrize(
    ("base_url", "name", "why"),
    [
        ("", "a.zip", "No bundle base URL set, skipping bundle"),
        ("ftp://b/", "a.zip", "Unknown URL scheme"),
        ("bundles", "a.zip", "Unknown URL scheme"),
        ("http://", "a.zip", "Unknown URL scheme"),
        ("http://b:no/", "a.zip", "bundle_base_url is not a URL"),
        ("http://b/", "../a.zip", "its name leads out of bundle_base_url"),
        ("file:///b", "a/../../c.zip", "its name leads out of bundle_base_url"),
    ],
)
def test_what_is_not_asked_for(tmp_path: Path, base_url: str, name: str, why: str) -> None:
    assert Fetching(tmp_path, base_url=base_url).refused(name) == why


@pytest.mark.parametrize(
    ("fields", "asks"),
    [
        ({"ETag": '"v1"'}, {"If-None-Match": '"v1"'}),
        ({"ETag": '"v1"', "Last_Modified": OLD, "Date": NOW}, {"If-None-Match": '"v1"'}),
        ({"ETag": 'W/"v 1"'}, {"If-None-Match": 'W/"v 1"'}),
        ({"Last_Modified": OLD, "Date": NOW}, {"If-Modified-Since": OLD}),
        ({}, {}),
        # It may be changed again under the same time.
        ({"ETag": '"v1"', "Last_Modified": NEW, "Date": NOW}, {}),
        ({"Last_Modified": NEW, "Date": NOW}, {}),
        ({"Last_Modified": OLD}, {}),
        ({"Last_Modified": "yesterday", "Date": NOW}, {}),
        ({"Last_Modified": OLD.replace("GMT", "-0000"), "Date": NOW}, {}),
    ],
)
def test_what_is_here_is_not_fetched_again(
    tmp_path: Path, fields: dict[str, str], asks: dict[str, str]
) -> None:
    fetching = Fetching(tmp_path, Response(200, b"1", **fields), Response(304), Response(200, b"2"))
    first = fetching.got()
    if asks:
        assert outcome(fetching.fetcher.fetch("hooks.zip", first.etag)) is None
        assert [name.endswith(".part") for name in fetching.left()] == [True]
        assert fetching.web.asked[1][1] == {name.title(): text for name, text in asks.items()}
        assert fetching.got(etag=first.etag).file.read_bytes() == b"2"
    else:
        assert first.etag == ""


def test_what_another_server_said_is_nothing_to_go_by(tmp_path: Path) -> None:
    first = Fetching(tmp_path, Response(200, b"1", ETag='"v1"')).got()
    other = Fetching(tmp_path, Response(200, b"2"), base_url="https://other.test")
    other.got(etag=first.etag)
    assert other.web.asked[0][1] == {}
    assert BASE not in first.etag


def test_a_304_that_was_not_asked_for(tmp_path: Path) -> None:
    assert Fetching(tmp_path, Response(304)).refused() == "HTTP Error, got status code 304"


@pytest.mark.parametrize("code", [204, 400, 401, 404, 410, 429])
def test_answers_that_no_other_try_would_change(tmp_path: Path, code: int) -> None:
    response = Response(code, b"a page")
    fetching = Fetching(tmp_path, response)
    assert fetching.refused() == f"HTTP Error, got status code {code}"
    assert "stopProducing" in response.transport.told


def test_what_may_go_better_is_tried_again(tmp_path: Path, events: Events) -> None:
    fetching = Fetching(
        tmp_path,
        Response(503), ConnectionRefusedError(), ResponseFailed([Failure(ValueError("odd"))]),
        Response(500), Response(200, b"PK"),
    )  # fmt: skip
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    tries = []
    for wait in (0.5, 1.0, 2.0, 4.0):
        fetching.clock.advance(wait - 0.01)
        tries.append(len(fetching.web.asked))
        fetching.clock.advance(0.01)
    assert tries == [1, 2, 3, 4]
    assert fetched[0].file.read_bytes() == b"PK"
    assert events.texts() == [
        f"bundle hooks.zip: {each} ({BASE}/hooks.zip); it is tried again in {wait} s"
        for each, wait in (
            ("HTTP Error, got status code 503", 0.5),
            ("Error getting bundle: Connection was refused by other side", 1.0),
            ("Error getting bundle: odd", 2.0),
            ("HTTP Error, got status code 500", 4.0),
        )
    ]


@pytest.mark.parametrize("left", [[], [("", "", "")] * 2, [("PEM routines", "", "no start line")]])
def test_tls_that_fails(tmp_path: Path, left: list[tuple[str, str, str]]) -> None:
    queue = [*left, ("SSL routines", "", "certificate verify failed")]
    fetching = Fetching(tmp_path, ResponseFailed([Failure(SSL.Error(queue))]))
    assert fetching.refused() == "Error getting bundle: TLS: certificate verify failed"


def test_after_four_more_tries_it_is_enough(tmp_path: Path) -> None:
    fetching = Fetching(tmp_path, *[Response(500)] * 9)
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    fetching.clock.pump([0.5, 1, 2, 4, 100])
    assert why(fetched[0].value) == "HTTP Error, got status code 500"
    assert len(fetching.web.asked) == 5
    assert fetching.clock.getDelayedCalls() == []


def test_a_server_that_says_nothing(tmp_path: Path) -> None:
    fetching = Fetching(tmp_path, Deferred(), Response(200, b"PK"))
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    fetching.clock.advance(4.9)
    fetching.clock.advance(0.1)
    fetching.clock.advance(0.5)
    assert fetched[0].file.read_bytes() == b"PK"


def test_a_download_goes_on_while_something_comes(tmp_path: Path, events: Events) -> None:
    response = Open(200, length=100_000)
    fetching = Fetching(tmp_path, response)
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    for _ in range(100):
        fetching.clock.advance(2)
        response.protocol.dataReceived(b"x" * 1000)
    response.end(ResponseDone())
    assert fetched[0].file.stat().st_size == 100_000
    assert fetching.clock.getDelayedCalls() == []
    texts = events.texts()
    assert texts[0] == "bundle hooks.zip: 3000 of 100000 bytes, 3 %, and going on"
    assert len(texts) == 33


def test_how_far_it_is_without_a_length(tmp_path: Path, events: Events) -> None:
    response = Open(200)
    fetching = Fetching(tmp_path, response)
    fetching.fetcher.fetch("hooks.zip")
    response.protocol.dataReceived(b"x" * 2000)
    fetching.clock.advance(5)
    response.protocol.dataReceived(b"x")
    assert events.texts() == ["bundle hooks.zip: 2001 bytes, and going on"]


def test_a_download_that_stands_still_is_begun_anew(tmp_path: Path) -> None:
    slow = Open(200, b"x" * 5000)
    fetching = Fetching(tmp_path, slow, Response(200, b"PK"))
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    fetching.clock.advance(5)
    slow.protocol.dataReceived(b"a drop")
    assert "stopProducing" not in slow.transport.told
    fetching.clock.advance(5)
    assert "stopProducing" in slow.transport.told
    slow.protocol.dataReceived(b"too late")
    slow.end(ResponseDone())
    fetching.clock.advance(0.5)
    assert fetched[0].file.read_bytes() == b"PK"
    assert len(fetching.left()) == 1


def test_a_download_that_breaks_off_is_begun_anew(tmp_path: Path) -> None:
    broken = Open(200, b"half")
    fetching = Fetching(tmp_path, broken, Response(404))
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    broken.end(ResponseFailed([Failure(ValueError())]))
    assert fetching.left() == []
    fetching.clock.advance(0.5)
    assert why(fetched[0].value) == "HTTP Error, got status code 404"


def test_too_large(tmp_path: Path) -> None:
    said = Response(200, length=11)
    assert Fetching(tmp_path, said, largest=10).refused() == (
        "it has 11 bytes, bundle_max_size allows 10"
    )
    unsaid = Open(200, b"x" * 10, b"x")
    assert Fetching(tmp_path, unsaid, largest=10).refused() == (
        "it is larger than 10 bytes, which bundle_max_size allows"
    )
    assert "stopProducing" in unsaid.transport.told
    assert Fetching(tmp_path, Response(200, b"x" * 10, length=10), largest=10).got()


def test_the_server_waits_while_a_thread_writes(tmp_path: Path) -> None:
    hands, response = Hands(), Open(200, b"a" * PIECE, b"b" * PIECE)
    fetching = Fetching(tmp_path, response, in_thread=hands, largest=1 << 30)
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    assert response.transport.told == ["pauseProducing"]
    fetching.clock.advance(60)  # a slow disk is no slow server
    hands.work()
    assert response.transport.told == ["pauseProducing", "pauseProducing"]
    hands.work()
    assert response.transport.told[2:] == ["resumeProducing"]
    response.protocol.dataReceived(b"c")
    response.end(ResponseDone())
    assert fetched == []
    hands.work()
    assert fetched[0].file.read_bytes() == b"a" * PIECE + b"b" * PIECE + b"c"


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    def full(*_: Any) -> Any:
        return fail(OSError(28, "No space left on device"))

    assert Fetching(tmp_path, Open(200, b"x" * PIECE), in_thread=full, largest=1 << 30).refused(
    ) == "it could not be written: No space left on device"  # fmt: skip


def test_a_disk_that_is_full_and_a_server_that_breaks_off(tmp_path: Path) -> None:
    hands, response = Hands(), Open(200, b"x" * PIECE)
    fetching = Fetching(tmp_path, response, Response(404), in_thread=hands, largest=1 << 30)
    fetched: list[Any] = []
    fetching.fetcher.fetch("hooks.zip").addBoth(fetched.append)
    response.end(ResponseFailed([Failure(ValueError())]))
    assert fetched == []
    hands.waiting[0][0].errback(OSError(28, "No space left on device"))
    fetching.clock.advance(0.5)
    assert why(fetched[0].value) == "HTTP Error, got status code 404"


def test_no_folder_to_put_it_in(tmp_path: Path) -> None:
    (tmp_path / "fetched").write_text("")
    fetching = Fetching(tmp_path, Response(200, b"PK"))
    assert "fetched: File exists" in fetching.refused()


def test_it_can_be_given_up(tmp_path: Path) -> None:
    response = Open(200, b"x")
    fetching = Fetching(tmp_path, response)
    fetched = fetching.fetcher.fetch("hooks.zip")
    failures: list[Any] = []
    fetched.addErrback(failures.append)
    fetched.cancel()
    assert len(failures) == 1
    assert "stopProducing" in response.transport.told
    assert fetching.left() == []
    assert fetching.clock.getDelayedCalls() == []


@pytest.mark.parametrize(
    "said",
    [
        ResponseNeverReceived([Failure(CancelledError())]),
        ConnectingCancelledError(IPv4Address("TCP", "192.0.2.7", 443)),
        CancelledError(),
    ],
)
def test_it_can_be_given_up_while_the_server_says_nothing(
    tmp_path: Path, events: Events, said: Exception
) -> None:
    """As when the gateway stops: it is not tried again, and nobody is told so."""
    silent: Deferred[Any] = Deferred(lambda silent: silent.errback(said))
    fetching = Fetching(tmp_path, silent, Response(200, b"PK"))
    fetched = fetching.fetcher.fetch("hooks.zip")
    fetched.cancel()
    assert isinstance(outcome(fetched), CancelledError)
    fetching.clock.advance(10)
    assert len(fetching.web.asked) == 1
    assert events.texts() == []
    assert fetching.clock.getDelayedCalls() == []


def test_it_can_be_given_up_while_a_thread_writes(tmp_path: Path) -> None:
    hands, response = Hands(), Open(200, b"x" * PIECE)
    fetching = Fetching(tmp_path, response, in_thread=hands, largest=1 << 30)
    fetched = fetching.fetcher.fetch("hooks.zip")
    failures: list[Any] = []
    fetched.addErrback(failures.append)
    fetched.cancel()
    hands.work()
    assert len(failures) == 1
    assert fetching.left() == []
    assert fetching.clock.getDelayedCalls() == []


def test_it_goes_where_it_is_sent_and_tells_nobody_else_the_password(tmp_path: Path) -> None:
    fetching = Fetching(
        tmp_path,
        Response(302, Location="/more"), Response(307, Location="https://b/"), Response(200),
        base_url="https://u%40:p@bundles.test/abc?token=t",
    )  # fmt: skip
    fetching.got()
    assert [(url, user) for url, _, user in fetching.web.asked] == [
        ("https://bundles.test/abc/hooks.zip?token=t", ("u@", "p")),
        ("https://bundles.test/more", ("u@", "p")),
        ("https://b/", None),
    ]


@pytest.mark.parametrize(
    ("location", "why"),
    [
        ("http://bundles.test/", "it is redirected from https to http"),
        ("file:///etc/passwd", "it is redirected, and not to a URL that can be asked for"),
        ("", "it is redirected, and not to a URL that can be asked for"),
        ("https://[x", "it is redirected, and not to a URL that can be asked for"),
    ],
)
def test_where_it_does_not_go(tmp_path: Path, location: str, why: str) -> None:
    assert Fetching(tmp_path, Response(302, Location=location)).refused() == why


def test_it_does_not_go_in_circles(tmp_path: Path) -> None:
    fetching = Fetching(tmp_path, *[Response(302, Location="/x")] * 9)
    assert fetching.refused() == "it is redirected again and again"
    assert len(fetching.web.asked) == 6


def test_it_is_told_where_it_was_to_come_from_without_what_is_secret(tmp_path: Path) -> None:
    base = "https://u:p@bundles.test:8000/abc?token=t0ken"
    fetching = Fetching(tmp_path, Response(404), base_url=base)
    error = outcome(fetching.fetcher.fetch("hooks.zip"))
    assert str(error) == (
        "HTTP Error, got status code 404 (https://bundles.test:8000/abc/hooks.zip)"
    )


def test_what_cannot_be_asked_is_told_without_its_url(tmp_path: Path) -> None:
    fetching = Fetching(tmp_path, ValueError("https://u:p@bundles.test"))
    assert fetching.refused() == "it cannot be asked for: ValueError"


def test_drops_do_not_keep_a_reload_waiting_for_ever(tmp_path: Path) -> None:
    response = Open(200)
    fetching = Fetching(tmp_path, response)
    fetched = fetching.fetcher.fetch("hooks.zip")
    for _ in range(int(LONGEST) // 5):
        response.protocol.dataReceived(b"x" * LEAST)
        fetching.clock.advance(5)
    error = outcome(fetched)
    assert isinstance(error, NotFetched)
    assert str(error) == "it is not here after 900 s"
    assert "stopProducing" in response.transport.told
    assert fetching.left() == []
    assert fetching.clock.getDelayedCalls() == []


def test_an_etag_that_is_longer_than_a_bundle_is_worth(tmp_path: Path) -> None:
    found = Fetching(tmp_path, Response(200, b"PK", ETag="\xe9" * 16000)).got()
    assert found.etag == ""


@pytest.mark.parametrize("name", ["a\0b", "a\x1b[2Jb", "a\nb", "a\u202eb", "a\ud800", "a" * 1001])
@pytest.mark.parametrize("base_url", ["https://bundles.test", "file://bundles"])
def test_names_that_are_none(tmp_path: Path, name: str, base_url: str) -> None:
    fetching = Fetching(tmp_path, base_url=base_url)
    why = "its name is too long, or has a character that cannot be seen"
    assert fetching.refused(name) == why


def test_silent_servers_keep_others_waiting_for_one_try_and_not_for_all(tmp_path: Path) -> None:
    silent: list[Deferred[Any]] = [Deferred() for _ in range(AT_A_TIME)]
    again: list[Deferred[Any]] = [Deferred() for _ in range(AT_A_TIME)]
    fetching = Fetching(tmp_path, *silent, Response(200, b"quick"), *again)
    fetched = [fetching.fetcher.fetch(f"{number}.zip") for number in range(AT_A_TIME)]
    quick = fetching.fetcher.fetch("quick.zip")
    assert len(fetching.web.asked) == AT_A_TIME
    fetching.clock.advance(5)
    assert isinstance(outcome(quick), Fetched)
    for each in fetched:
        each.cancel()
        assert isinstance(outcome(each), CancelledError | NotFetched)
    assert fetching.clock.getDelayedCalls() == []
