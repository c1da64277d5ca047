"""What comes before any API: cleaning, the control API, and nobody to ask.

Nothing that a client can write makes a path reach one API by the door of another.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from gateways import MakeGateway
from hypothesis import given
from hypothesis import strategies as st

from twisted_tyk.testing import MemoryGateway, definition

GUARD = """\
def guard(rw, request):
    rw.headers.set("X-Guard", "seen")
    rw.write_header(403)
"""


def guarded_and_open(folder: Path) -> list[dict[str, Any]]:
    """``/a/secret/`` is guarded; the open API takes everything else."""
    (folder / "guard.py").write_text(GUARD)
    pre = [{"name": "guard", "path": "guard.py"}]
    return [
        definition("guarded", proxy={"listen_path": "/a/secret/"}, pre=pre),
        definition("open", proxy={"listen_path": "/"}),
    ]


@pytest.mark.parametrize(
    "target",
    [
        "/a/secret/x",
        "/%61/secret/x",
        "/a/%73ecret/x",
        "/a/%73%65%63%72%65%74/x",
        "/a%2fsecret/x",
        "/a%2Fsecret%2Fx",
        "/%61%2f%73ecret%2f",
        "/a/secret/%2e%2e%",
        "/a/secret/?/../../open",
        "/a/secret/#",
        "http://gateway.test/a/secret/x",
        "http://gateway.test/%61/secret/x",
    ],
)
def test_no_spelling_gets_past_the_guard(
    gateway: MakeGateway, tmp_path: Path, target: str
) -> None:
    running = gateway(*guarded_and_open(tmp_path))
    answer = running.request("GET", target)
    # Either the guard has seen it, or it was no HTTP at all.
    assert answer.status == 400 if "#" in target else answer.headers.get("X-Guard") == "seen"
    assert running.upstream.requests == []


@pytest.mark.parametrize(
    "target",
    [
        "//a/secret/x",
        "/a//secret/x",
        "/a/./secret/x",
        "/b/../a/secret/x",
        "/b/%2e%2e/a/secret/x",
        "/b/..%2fa%2fsecret/x",
        "/b/.%2e/a/secret/x",
        "/b%2f..%2fa/secret/x",
        "/%2fa/secret/x",
        "/a/%2fsecret/x",
        "/a/secret//../secret/x",
        "/..//a/secret/x",
        "/%2e%2e/%2e%2e/a/secret/x",
        "http://gateway.test//a/secret/x",
        "http://gateway.test/b/../a/secret/x",
    ],
)
def test_detours_are_sent_to_the_front_door(
    gateway: MakeGateway, tmp_path: Path, target: str
) -> None:
    running = gateway(*guarded_and_open(tmp_path))
    answer = running.request("GET", target)
    assert (answer.status, answer.headers.get("Location")) == (301, "/a/secret/x")
    assert running.upstream.requests == []


@pytest.mark.parametrize(
    ("target", "upstream_sees"),
    [
        # One decoding is what the gateway does, and what the upstream shall do.
        ("/a/%2573ecret/x", "/a/%2573ecret/x"),
        ("/b/%252e%252e/a/secret/x", "/b/%252e%252e/a/secret/x"),
        ("/A/secret/x", "/A/secret/x"),
        ("/a/secre%74", "/a/secre%74"),
        ("/a%5csecret/x", "/a%5csecret/x"),
    ],
)
def test_other_paths_reach_the_open_api_as_they_were_written(
    gateway: MakeGateway, tmp_path: Path, target: str, upstream_sees: str
) -> None:
    running = gateway(*guarded_and_open(tmp_path))
    running.get(target)
    assert [seen.target for seen in running.upstream.requests] == [upstream_sees]


@pytest.fixture(scope="module")
def fortress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoryGateway]:
    """A guarded and an open gateway for many requests."""
    folder = tmp_path_factory.mktemp("fortress")
    made = MemoryGateway(folder, guarded_and_open(folder))
    yield made
    made.stop()


WORDS = st.one_of(
    st.sampled_from(["/", "//", ".", "..", "a", "secret", "b", "A", "x", ";", ";/", "%"]),
    st.sampled_from(["%2f", "%2F", "%5c", "%2e", "%61", "%73ecret", "secre%74", "%252f", "%00"]),
)


@given(st.lists(WORDS, max_size=9).map(lambda words: "/" + "".join(words)))
def test_what_the_open_upstream_is_asked_for_is_never_the_guarded_path(
    fortress: MemoryGateway, target: str
) -> None:


    fortress.upstream.requests.clear()
    answer = fortress.get(target)
    assert answer.status in (200, 301, 403, 404)
    for seen in fortress.upstream.requests:
        path = unquote(seen.target, errors="surrogateescape")
        # As careless an upstream as there is: it decodes once and cleans.
        parts: list[str] = []
        for part in path.split("/"):
            if part == "..":
                del parts[-1:]
            elif part not in ("", "."):
                parts.append(part)
        assert parts[:2] != ["a", "secret"] or (len(parts) == 2 and not path.endswith("/"))
    if answer.status == 301:
        location = answer.headers.get("Location") or ""
        assert location.startswith("/")
        assert not location.startswith("//")
        # The next request is not sent round again.
        assert fortress.get(location).status != 301


def test_a_redirect_keeps_the_query_and_leaves_escapes_where_they_are_needed(
    gateway: MakeGateway,
) -> None:
    running = gateway(definition("one"))
    answer = running.get("/one//a%20b%3Fc%25/d?x=//y/../z&q=%2F")
    assert answer.status == 301
    assert answer.headers.get("Location") == "/one/a%20b%3Fc%25/d?x=//y/../z&q=%2F"
    assert answer.body == b""


def test_a_redirect_leads_to_no_other_host(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    for target in ("//evil.test/", "/%2fevil.test/", "/./%2f%2fevil.test/", "/.//evil.test/"):
        assert running.get(target).headers.get("Location") == "/evil.test/"
    assert running.get("/x/..//%5cevil.test").headers.get("Location") == "/%5Cevil.test"


def test_line_feeds_do_not_get_into_the_redirect(gateway: MakeGateway) -> None:
    answer = gateway(definition("one")).get("/one//x%0d%0aSet-Cookie:%20a=b")
    assert answer.headers.get("Location") == "/one/x%0D%0ASet-Cookie:%20a=b"
    assert answer.headers.get("Set-Cookie") is None


def test_cleaning_can_be_switched_off(gateway: MakeGateway) -> None:
    running = gateway(
        definition("one"), settings={"http_server_options": {"skip_url_cleaning": True}}
    )
    assert running.get("/one/a//b/../c").status == 200
    assert running.upstream.requests[0].target == "/a//b/../c"


def test_nobody_to_ask_is_404_in_plain_text(gateway: MakeGateway) -> None:
    running = gateway(definition("one"))
    answer = running.get("/two/x")
    assert (answer.status, answer.body) == (404, b"Not Found")
    assert answer.headers.get("Content-Type") == "text/plain; charset=utf-8"
    assert answer.headers.get("X-Generator") is None
    assert running.records.hits == []


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("OPTIONS", "*", 404),
        ("GET", "*", 400),
        ("GET", "http://gateway.test", 200),
        ("GET", "http://gateway.test?x=1", 200),
        ("GET", "http://other.test/", 400),
        ("GET", "?x", 400),
        ("GET", "x", 400),
        ("CONNECT", "gateway.test:80", 501),
        ("GET", "/%", 200),
        ("GET", "/%00", 200),
        ("GET", "/%ff%fe", 200),
    ],
)
def test_odd_targets_do_no_harm(
    gateway: MakeGateway, method: str, target: str, status: int
) -> None:
    running = gateway(definition("one", proxy={"listen_path": "/"}))
    assert running.request(method, target).status == status
    assert running.get("/fine").status == 200


@pytest.mark.parametrize("path", ["/tyk/apis", "/tyk/x", "/hello", "/ready", "/%74yk/apis"])
def test_no_api_can_take_the_control_apis_paths(gateway: MakeGateway, path: str) -> None:
    running = gateway(
        definition("root", proxy={"listen_path": "/"}),
        definition("mine", proxy={"listen_path": path}),
        definition("tyk"),
    )
    running.get(path)
    running.get("/tyk/mine")
    assert running.upstream.requests == []


def test_unmatched_paths_are_logged_when_asked_for(gateway: MakeGateway, events: Any) -> None:
    gateway(definition("one"), settings={"track_404_logs": True}).get("/two/%0ax")
    assert "no API for /two/\nx" in events.texts()


def test_unmatched_paths_are_not_logged_otherwise(gateway: MakeGateway, events: Any) -> None:
    gateway(definition("one")).get("/two/x")
    assert not [text for text in events.texts() if "no API" in text]
