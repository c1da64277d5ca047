"""Keys that may use some paths and methods of an API only."""

from __future__ import annotations

import pytest
from gateways import Events

from twisted_tyk.authorize.granular import Granular
from twisted_tyk.errors import Refusal
from twisted_tyk.exchange import Exchange
from twisted_tyk.message.headers import Headers
from twisted_tyk.session.rights import AccessDefinition, AllowedURL
from twisted_tyk.session.state import SessionState


def session(*allowed: tuple[str, list[str]]) -> SessionState:
    urls = [AllowedURL(url, methods) for url, methods in allowed]
    return SessionState(access_rights={"one": AccessDefinition(allowed_urls=urls)})


SEARCHING = Granular("one")
FORBIDDEN = (403, "Access to this resource has been disallowed", None)


def passes(
    key: SessionState | None, target: str, method: str = "GET", step: Granular = SEARCHING
) -> bool:
    exchange = Exchange(method.encode(), target.encode(), b"", Headers())
    exchange.listen_path = b"/one/"
    exchange.session = key
    try:
        step.process(exchange)
    except Refusal as refusal:
        if (refusal.status, refusal.message, refusal.event) != FORBIDDEN:
            raise
        return False
    return True


@pytest.mark.parametrize(
    "key",
    [
        None,
        SessionState(),
        session(),
        SessionState(access_rights={"two": AccessDefinition(allowed_urls=[AllowedURL("/x")])}),
    ],
)
def test_who_names_no_paths_may_use_all(key: SessionState | None) -> None:
    assert passes(key, "/one/get")


@pytest.mark.parametrize(
    ("pattern", "target", "passed"),
    [
        ("/get", "/one/get", True),
        ("/get", "/one/getters/all?x=/y", True),
        ("/get", "/one/post?x=/get", False),
        # As in Tyk: the listen path is part of what is searched.
        ("^/one/get$", "/one/get", True),
        ("^/get", "/one/get", False),
        ("^/one/get$", "/one/get/", False),
        ("^/one/get$", "/one/get%0A", False),
        ("/users/{id}$", "/one/users/5", True),
        ("/users/{id}$", "/one/users/5/6", False),
        ("/a%20b", "/one/a%20b", False),
        ("/a b", "/one/a%20b", True),
        ("", "/one/get", True),
    ],
)
def test_a_pattern_is_searched_in_the_whole_path(pattern: str, target: str, passed: bool) -> None:
    assert passes(session((pattern, ["GET"])), target) == passed


@pytest.mark.parametrize(
    ("pattern", "target", "passed"),
    [
        ("/get", "/one/get", True),
        ("/get", "/one/post/get", False),
        ("/one/get", "/one/get", True),
        ("^/get", "/one/get", True),
        ("get", "/one/post/get", True),
    ],
)
def test_or_held_against_its_beginning(pattern: str, target: str, passed: bool) -> None:
    step = Granular("one", prefix=True)
    assert passes(session((pattern, ["GET"])), target, step=step) == passed


def test_and_against_its_end() -> None:
    key = session(("/get", ["GET"]))
    assert passes(key, "/one/get", step=Granular("one", prefix=True, suffix=True))
    key.derived.clear()
    assert not passes(key, "/one/get/more", step=Granular("one", prefix=True, suffix=True))
    key.derived.clear()
    assert not passes(key, "/one/getters", step=Granular("one", suffix=True))


def test_methods_belong_to_their_patterns() -> None:
    key = session(("/get", ["GET", "HEAD"]), ("/put", ["PUT"]), ("/any", []))
    assert passes(key, "/one/get", "HEAD")
    assert not passes(key, "/one/get", "PUT")
    assert passes(key, "/one/put", "PUT")
    assert not passes(key, "/one/put", "put")
    assert not passes(key, "/one/any", "GET")


@pytest.mark.parametrize("bad", ["(", "[a", "a{2,1}(", r"\p{Nobody}", "*", "(?=a)"])
def test_a_pattern_that_is_none_lets_nothing_pass(bad: str, events: Events) -> None:
    key = session((bad, ["GET"]))
    assert not passes(key, "/one/a")
    told = [text for text in events.texts() if "lets nothing pass" in text]
    assert len(told) == 1
    assert told[0].startswith("API one: an allowed URL of a key lets nothing pass: ")
    # Told once, for as long as the session is at hand.
    assert not passes(key, "/one/a")
    assert len([text for text in events.texts() if "lets nothing pass" in text]) == 1


def test_a_bad_pattern_leaves_the_others_alone(events: Events) -> None:
    assert passes(session(("(", ["GET"]), ("/get", ["GET"])), "/one/get")


def test_no_client_makes_a_pattern_take_long() -> None:
    # Python's own engine would be busy for ages with this path.
    key = session(("^/one/(a+)+$", ["GET"]))
    assert passes(key, "/one/" + 5000 * "a")
    assert not passes(key, "/one/" + 5000 * "a" + "!")


def test_patterns_are_compiled_once_for_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    key = session(("/get", ["GET"]))
    assert passes(key, "/one/get")

    def again(*args: object, **kwargs: object) -> None:
        raise AssertionError("compiled again")

    monkeypatch.setattr("twisted_tyk.authorize.granular.PathPattern.compile", again)
    assert passes(key, "/one/get")
